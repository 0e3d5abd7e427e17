from odoo import fields, models
from odoo.exceptions import UserError

ACTIVITY = "isp_subscription.mail_activity_refund"


class IspCancellation(models.Model):
    """The money of the customer: paid back once, or kept as his credit."""

    _inherit = "isp.cancellation"

    refundable = fields.Monetary(
        string="Refundable now",
        compute="_compute_refundable",
        help="What is left of the credit; less when it paid another bill meanwhile.",
    )

    # === COMPUTE METHODS === #

    def _compute_refundable(self):
        for cancellation in self:
            credit = 0.0
            if cancellation.refund_state == "to_refund":
                credit = cancellation.subscription_id.sudo()._isp_credit_amount()
            cancellation.refundable = min(cancellation.refund_amount, max(credit, 0.0))

    # === ACTION METHODS === #

    def action_refund(self):
        """Ask how the money was given back."""
        self.ensure_one()
        self.subscription_id._isp_check_role("billing")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Register refund"),
            "res_model": "isp.refund.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_cancellation_id": self.id},
        }

    def action_keep_credit(self):
        """The customer leaves the money as credit."""
        self.ensure_one()
        self.subscription_id._isp_check_role("billing")
        self.sudo()._close_refund("kept", self.env._("Kept as credit"))

    # === BUSINESS METHODS === #

    def _open_refund(self):
        """Note what is to be refunded, with an activity for billing.

        Without another living service all the credit of the payer goes back that no other
        folio promises; otherwise only what this cancellation left, the rest serves the others.
        """
        self.ensure_one()
        subscription = self.subscription_id
        credit = max(subscription._isp_credit_amount(), 0.0)
        lines = self.credit_move_ids.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        own = min(credit, -sum(lines.mapped("amount_residual")))
        if subscription._isp_other_services():
            credit = own
        else:
            credit = max(credit - subscription._isp_promised_refunds(), own)
        amount = self.currency_id.round(max(credit, 0.0))
        self.write({"refund_amount": amount, "refund_state": "to_refund" if amount else "none"})
        if amount:
            text = self.env._(
                "Refund %(amount)s to %(name)s.",
                amount=self.currency_id.format(amount),
                name=self.partner_id.display_name,
            )
            self.activity_schedule(ACTIVITY, note=text, user_id=self._refund_user().id)

    def _refund_user(self):
        """Return who made the contract, when he is of the staff and may refund."""
        user = self.subscription_id.create_uid
        group = "isp_subscription.group_isp_billing"
        return user if user.active and user.has_group(group) else self.env.user

    def _register_refund(self, journal, reference="", date=None):
        """Book the money given back and settle the credit with it; exactly once.

        :param journal: `account.journal` the money left from
        :return: the `account.payment`
        :raise UserError: when nothing is left to refund, or it was refunded before
        """
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        self.invalidate_recordset(["refund_state", "refund_payment_id", "refundable"])
        amount = self.refundable
        if self.refund_state != "to_refund" or self.refund_payment_id:
            raise UserError(self.env._("Folio %s has nothing to refund any more.", self.name))
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(
                self.env._("The credit has paid other bills meanwhile: keep it as credit.")
            )
        payment = self._create_refund(amount, journal, reference, date)
        self.refund_payment_id = payment
        self._close_refund("refunded", self.env._("Refunded: %s", payment.name))
        return payment

    def _create_refund(self, amount, journal, reference, date):
        """Return the posted outbound payment, reconciled with the credit it pays back."""
        self.ensure_one()
        payments = self.env["account.payment"].with_context(force_payment_move=True)
        payment = payments.create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.partner_id.id,
                "amount": amount,
                "currency_id": self.currency_id.id,
                "journal_id": journal.id,
                "date": date or self.company_id._isp_today(),
                "memo": self.env._("Refund of %s", self.name),
                "isp_subscription_id": self.subscription_id.id,
                "isp_reference": reference or False,
            }
        )
        payment.action_post()
        debit = payment._isp_receivable_lines()
        credits = self.subscription_id._isp_credit_lines(debit.account_id)
        own = credits.filtered(lambda line: line.move_id in self.credit_move_ids)
        for credit in own + (credits - own):
            if debit.reconciled:
                break
            (debit | credit).reconcile()
        if not debit.reconciled:
            raise UserError(self.env._("The credit of the customer does not cover the refund."))
        return payment

    def _close_refund(self, state, text):
        self.ensure_one()
        if self.refund_state != "to_refund":
            raise UserError(self.env._("Folio %s has nothing to refund any more.", self.name))
        self.refund_state = state
        self.activity_feedback([ACTIVITY], feedback=text)
        self.subscription_id._isp_invalidate_balances()
