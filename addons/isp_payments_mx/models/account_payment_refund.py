from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.isp_subscription.models.account_payment import POSTED_STATES

from .. import const
from ..services.refunds import plan_refund
from .account_payment_till import STAFF


class AccountPayment(models.Model):
    """Giving the money of an online payment back: what is possible, and what it settles."""

    _inherit = "account.payment"

    isp_refund_ids = fields.One2many(
        "isp.payment.refund", "payment_id", string="Money given back", readonly=True, groups=STAFF
    )
    isp_taken_back = fields.Boolean(
        string="Taken back by the bank",
        readonly=True,
        copy=False,
        help="A lost dispute: the customer still sees the payment, with its story.",
    )
    isp_is_online = fields.Boolean(
        string="Paid online", compute="_compute_isp_is_online", compute_sudo=True
    )

    # === COMPUTE METHODS === #

    @api.depends("payment_transaction_id")
    def _compute_isp_is_online(self):
        for payment in self:
            tx = payment.payment_transaction_id
            payment.isp_is_online = tx.provider_code == const.PROVIDER and tx.operation != "refund"

    def _compute_amount_available_for_refund(self):
        """Override of `account_payment`: refunds under way and disputes count too."""
        online = self.sudo().filtered("isp_is_online").with_env(self.env)
        res = super(AccountPayment, self - online)._compute_amount_available_for_refund()
        for payment in online:
            payment_sudo = payment.sudo()
            refused = payment_sudo._isp_refund_obstacle("card")
            payment.amount_available_for_refund = 0.0 if refused else payment_sudo._isp_refundable()
        return res

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: what the bank took back follows from its dispute."""
        if not self.env.su and "isp_taken_back" in vals:
            raise AccessError(self.env._("What the bank took back follows from its dispute."))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_refund_wizard(self):
        """Override of `account_payment`: our assistant shows what happens before it happens."""
        if not self.sudo().isp_is_online:
            return super().action_refund_wizard()
        self.env["isp.payment.refund"]._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_payment_refund_wizard_action"
        )
        return {**action, "context": {"default_payment_id": self.id}}

    # === BUSINESS METHODS: WHAT IS POSSIBLE === #

    def _isp_wait_turn(self):
        """Let orders about one payment wait for each other; a stale one is run again."""
        self.flush_recordset()
        query = SQL(
            "UPDATE account_payment SET write_date = NOW() AT TIME ZONE 'UTC' WHERE id = %s",
            self.id,
        )
        # Refused because another one was faster is no error: the server runs the work again.
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(["state"])
        self.env["isp.payment.refund"].invalidate_model(["outbox_state", "state", "amount"])

    def _isp_refundable(self):
        """Return how much of the payment was not given back, nor is being given back."""
        self.ensure_one()
        gone = self.isp_refund_ids.filtered(lambda refund: refund.state != "failed")
        return self.currency_id.round(self.amount - sum(gone.mapped("amount")))

    def _isp_refund_obstacle(self, kind):
        """Return why nothing can be given back this way, in words for the staff, or "".

        :param str kind: "card" or "payout"
        """
        self.ensure_one()
        _ = self.env._
        charge = self.payment_transaction_id.isp_card_charge_id
        if not self.isp_is_online:
            return _("Only payments that were made online are given back here.")
        if self.state not in POSTED_STATES:
            return _("This payment was reversed: there is nothing to give back.")
        if charge.dispute_state in ("open", "lost"):
            return _("The cardholder's bank asks this payment back: giving it back pays twice.")
        if any(row.state in ("preparing", "asking") for row in self.isp_refund_ids):
            return _("A refund of this payment is under way: wait until it ended.")
        if self.currency_id.compare_amounts(self._isp_refundable(), 0.0) <= 0:
            return _("All of this payment was given back.")
        return self._isp_card_obstacle(charge) if kind == "card" else ""

    def _isp_card_obstacle(self, charge):
        """Return why nothing goes back to the card, or ""."""
        _ = self.env._
        if not charge:
            return _(
                "Openpay gives only card payments back. Pay the customer by transfer and"
                " register it here."
            )
        if charge.provider_id.state == "disabled":
            return _("The Openpay account is switched off.")
        if charge._refund_window_is_over():
            return _(
                "The payment is older than %s days: pay the customer by transfer.",
                charge.company_id.isp_refund_days,
            )
        return ""

    def _isp_refund_plan(self, amount):
        """Return where a refund of ``amount`` would be taken from (`services.refunds.Plan`)."""
        self.ensure_one()
        credit = -sum(self._isp_refund_credits().mapped("amount_residual"))
        settled = [
            (partial.debit_move_id.move_id.id, Decimal(f"{partial.amount:.2f}"))
            for partial in self._isp_settled_partials()
        ]
        return plan_refund(Decimal(f"{amount:.2f}"), Decimal(f"{credit:.2f}"), settled)

    # === BUSINESS METHODS: THE BOOKS === #

    def _isp_refund_credits(self):
        """Return the open credits of the payer: of this payment first, then the oldest."""
        self.ensure_one()
        own = self._isp_receivable_lines()
        credits = self.env["account.move.line"].search(
            Domain(
                "partner_id.commercial_partner_id", "=", self.partner_id.commercial_partner_id.id
            )
            & Domain("company_id", "=", self.company_id.id)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id", "in", own.account_id.ids)
            & Domain("amount_residual", "<", 0)
            & Domain("reconciled", "=", False),
            order="date, id",
        )
        return (credits & own) + (credits - own)

    def _isp_settled_partials(self):
        """Return the allocations of this payment to invoices, what was due last first."""
        self.ensure_one()
        partials = self._isp_receivable_lines().matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id.move_id.move_type == "out_invoice"
        )
        return partials.sorted(
            lambda partial: (
                partial.debit_move_id.move_id.invoice_date_due,
                partial.debit_move_id.id,
            ),
            reverse=True,
        )

    def _isp_take_back(self, outgoing):
        """Settle money that went back: with the payer's credit, then with what this one paid.

        What it had paid last is owed again first, so that the oldest debts stay paid.

        :param outgoing: posted outgoing ``account.payment`` to the same payer
        :return: amount taken from credit, ``{invoice: amount that is owed again}``
        """
        self.ensure_one()
        debit = outgoing._isp_receivable_lines()
        before = debit.amount_residual
        for credit in self._isp_refund_credits():
            if not debit.reconciled:
                (debit | credit).reconcile()
        credit_taken = self.currency_id.round(before - debit.amount_residual)
        reopened = {}
        for partial in self._isp_settled_partials():
            if debit.reconciled:
                break
            invoice = partial.debit_move_id.move_id
            reopened[invoice] = reopened.get(invoice, 0.0) + self._isp_reopen(partial, debit)
        services = self.isp_subscription_id | self.isp_coverage_ids.subscription_id
        services |= self.env["account.move"].union(*reopened).isp_subscription_ids
        services._isp_invalidate_balances()
        self._isp_follow_coverage()
        return credit_taken, reopened

    def _isp_reopen(self, partial, debit):
        """Take one allocation to an invoice back, as far as the outgoing money needs it.

        :return: the amount that the invoice owes again
        """
        invoice_line, own = partial.debit_move_id, partial.credit_move_id
        share = min(partial.amount, debit.amount_residual)
        partial.unlink()
        (debit | own).reconcile()
        if not own.reconciled:
            (own | invoice_line).reconcile()
        return share

    def _isp_follow_coverage(self):
        """Let the payment say until when it still covers its service."""
        row = self.isp_coverage_ids.filtered(
            lambda row: row.subscription_id == self.isp_subscription_id
        )
        if row and self.isp_cutoff_to and row.cutoff_to < self.isp_cutoff_to:
            self.isp_cutoff_to = row.cutoff_to
