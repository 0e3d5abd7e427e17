from odoo import models
from odoo.fields import Domain
from odoo.tools import float_round

OPEN_PAYMENT_STATES = ("not_paid", "partial")


class IspSubscription(models.Model):
    """What is owed and what is in favour, read from the journal items."""

    _inherit = "isp.subscription"

    # === COMPUTE METHODS === #

    def _compute_last_payment_date(self):
        groups = (
            self.env["account.payment"]
            .sudo()
            ._read_group(
                [
                    ("isp_subscription_id", "in", self.ids),
                    ("state", "in", ("in_process", "paid")),
                ],
                ["isp_subscription_id"],
                ["isp_paid_at:max"],
            )
        )
        dates = {subscription.id: moment for subscription, moment in groups}
        for subscription in self:
            subscription.last_payment_date = dates.get(subscription.id, False)

    # === BUSINESS METHODS === #

    def _isp_balances(self, all_open=False):
        """Return ``{subscription id: open amount}`` of its posted customer invoices.

        An invoice of several subscriptions counts for each by its share of the total.
        One grouped query, whatever the number of subscriptions.

        :param all_open: of every subscription that owes something, not only of ``self``
        """
        domain = Domain("isp_subscription_id", "in", self.ids)
        if all_open:
            domain = Domain("isp_subscription_id", "!=", False)
        domain &= Domain("parent_state", "=", "posted")
        domain &= Domain("move_id.move_type", "=", "out_invoice")
        domain &= Domain("move_id.payment_state", "in", OPEN_PAYMENT_STATES)
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(domain, ["isp_subscription_id", "move_id"], ["price_total:sum"])
        )
        balances = {}
        for subscription, move, share in groups:
            part = share / move.amount_total if move.amount_total else 0.0
            amount = balances.get(subscription.id, 0.0) + move.amount_residual * part
            balances[subscription.id] = float_round(amount, precision_digits=2)
        return balances

    def _isp_credits(self):
        """Return ``{(payer id, company id): unallocated credit}`` of the payers of ``self``."""
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                self._get_credit_line_domain(),
                ["partner_id", "company_id"],
                ["amount_residual:sum"],
            )
        )
        credits = {}
        for partner, company, residual in groups:
            key = (partner.commercial_partner_id.id, company.id)
            credits[key] = float_round(credits.get(key, 0.0) - residual, precision_digits=2)
        return credits

    def _get_credit_line_domain(self):
        """Return the domain of the open credits (payments, credit notes) of the payers."""
        return (
            Domain("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("amount_residual", "<", 0)
            & Domain("reconciled", "=", False)
        )

    def _isp_open_moves(self):
        """Return the open customer invoices of these subscriptions, the oldest first."""
        lines = self.env["account.move.line"].search(
            Domain("isp_subscription_id", "in", self.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("move_id.move_type", "=", "out_invoice")
            & Domain("move_id.payment_state", "in", OPEN_PAYMENT_STATES)
        )
        return lines.move_id.sorted(
            lambda move: (move.invoice_date_due, move.invoice_date, move.id)
        )

    def _isp_payer_open_moves(self):
        """Return every open customer invoice of the payer in this company, the oldest first."""
        self.ensure_one()
        moves = self.env["account.move"].search(
            Domain("commercial_partner_id", "=", self.commercial_partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "posted")
            & Domain("move_type", "=", "out_invoice")
            & Domain("payment_state", "in", OPEN_PAYMENT_STATES)
        )
        return moves.sorted(lambda move: (move.invoice_date_due, move.invoice_date, move.id))

    def _isp_overdue_amount(self, date, grace_days=0):
        """Return the open amount due more than ``grace_days`` days before ``date``."""
        self.ensure_one()
        overdue = (
            self.sudo()
            ._isp_open_moves()
            .filtered(lambda move: (date - move.invoice_date_due).days > grace_days)
        )
        return float_round(sum(overdue.mapped("amount_residual")), precision_digits=2)

    def _isp_invalidate_balances(self):
        """Forget cached figures after journal items changed."""
        self.invalidate_model(["balance_due", "credit_balance", "last_payment_date"])
