from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .. import const

ACTIVITY = "isp_payments_mx.mail_activity_card_dispute"


class IspCardCharge(models.Model):
    """A charge that the cardholder's bank asks back: told at once, booked by a manager."""

    _inherit = "isp.card.charge"

    dispute_state = fields.Selection(
        [("open", "Under dispute"), ("lost", "Money taken back"), ("won", "Dispute won")],
        string="Dispute",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    disputed_at = fields.Datetime(string="Disputed", readonly=True, copy=False)
    dispute_booked_at = fields.Datetime(
        string="Dispute booked", readonly=True, copy=False, help="The payment was reversed."
    )
    dispute_booked_by_id = fields.Many2one(
        "res.users", string="Dispute booked by", readonly=True, copy=False
    )

    # === BUSINESS METHODS: WHAT OPENPAY SAYS === #

    def _note_aftermath(self, charge, data):
        """Write what became of a charge after it was paid: refunds and disputes.

        Safe to repeat: each news is told once.

        :param charge: `services.wire.Charge`
        :param dict data: the whole answer
        """
        for record in self.filtered(lambda row: row.charge_id == charge.id):
            record._note_refunded(data)
            state = const.DISPUTES.get(charge.status)
            if not state and charge.is_paid and record.dispute_state == "open":
                state = "won"
            if state and state != record.dispute_state and record.dispute_state != "lost":
                record._set_dispute(state)

    def _note_refunded(self, data):
        """Hook: note the money that the charge shows as given back."""

    def _set_dispute(self, state):
        """Move the dispute on; while it is open the card is not charged unattended."""
        values = {"dispute_state": state}
        if not self.disputed_at:
            values["disputed_at"] = fields.Datetime.now()
        self.write(values)
        amount = self.currency_id.format(self.amount)
        if state == "won":
            self._tell(
                self.env._("The bank dropped its dispute about %s: the money stays.", amount)
            )
            self._dispute_activities().action_feedback()
            self._start_card()
            return
        self._stop_card()
        if state == "open":
            text = self.env._(
                "The cardholder's bank disputes the card payment of %s. Send Openpay the proof of"
                " the service. The card is not charged by direct debit meanwhile.",
                amount,
            )
        else:
            text = self.env._(
                "The bank took %s back. A manager has to book the reversal of the payment.", amount
            )
        self._tell(text)
        self._call_somebody(text)

    def _stop_card(self):
        """Charge the card no more while nobody looks."""
        mandates = self.env["isp.card.mandate"].sudo()
        if self.token_id:
            mandates |= mandates.search([("token_id", "=", self.token_id.id)])
        (mandates | self.mandate_id.sudo())._isp_suspend(const.DISPUTED)

    def _tell(self, text):
        """Write on the service, or the customer, what happened to his money."""
        (self.subscription_id or self.partner_id).sudo().message_post(body=text)

    def _call_somebody(self, text):
        """Keep one open activity for the staff about this dispute."""
        record = (self.subscription_id or self.partner_id).sudo()
        company = self.company_id
        user = company.isp_payment_alarm_user_id or company._isp_manager()
        self._dispute_activities().unlink()
        record.activity_schedule(
            ACTIVITY, date_deadline=company._isp_today(), note=text, user_id=user.id
        )

    def _dispute_activities(self):
        record = (self.subscription_id or self.partner_id).sudo()
        return record.activity_search([ACTIVITY])

    # === ACTION METHODS === #

    def action_book_dispute(self):
        """Button of managers: the money is gone, so the payment is reversed and the debt is back.

        :raise AccessError: for everybody but managers
        :raise UserError: nothing was lost, or it was booked before
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("isp_subscription.group_isp_manager"):
            raise AccessError(self.env._("Only managers reverse payments."))
        charge_sudo = self.sudo()
        charge_sudo.lock_for_update(allow_referencing=True)
        charge_sudo.invalidate_recordset(["dispute_booked_at", "dispute_state"])
        payment_sudo = charge_sudo.transaction_id.payment_id
        if charge_sudo.dispute_state != "lost" or charge_sudo.dispute_booked_at or not payment_sudo:
            raise UserError(self.env._("There is nothing to book for this charge."))
        services = payment_sudo.isp_subscription_id | payment_sudo.isp_coverage_ids.subscription_id
        if services:
            services._lock_for_settlement()
        charge_sudo.write(
            {"dispute_booked_at": fields.Datetime.now(), "dispute_booked_by_id": self.env.uid}
        )
        charge_sudo._book_lost(payment_sudo)
        services._isp_invalidate_balances()
        charge_sudo._dispute_activities().action_feedback()
        charge_sudo._tell(
            self.env._(
                "The payment of %(amount)s that the bank took back was reversed by %(user)s.",
                amount=charge_sudo.currency_id.format(charge_sudo.amount),
                user=self.env.user.name,
            )
        )
