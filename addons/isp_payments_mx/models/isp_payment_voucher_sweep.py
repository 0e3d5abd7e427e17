from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .. import const


class IspPaymentVoucher(models.Model):
    """Workers of the vouchers: sending, and asking again so that a lost message costs minutes."""

    _inherit = "isp.payment.voucher"

    # === CRONS === #

    @api.model
    def _cron_send(self):
        """Send the requests that are ready, and recover those whose outcome is unknown."""
        handled = self.sudo()._outbox_process(limit=50)
        due = self.sudo().search_count(self._outbox_due_domain())
        self.env["ir.cron"]._commit_progress(handled, remaining=due)

    @api.model
    def _cron_sweep(self, limit=50):
        """Ask Openpay about references whose payment may have been missed; close old ones."""
        self._sweep(limit)

    # === BUSINESS METHODS === #

    def _next_check(self, checks):
        """Return when the charge is asked about after ``checks`` times, False for never (UTC).

        The last time is the end of the days in which a late payment is looked for.
        """
        now = fields.Datetime.now()
        last = self.due_at + timedelta(days=const.LATE_DAYS)
        if now >= last:
            return False
        minutes = const.SWEEP_MINUTES[min(checks, len(const.SWEEP_MINUTES) - 1)]
        moment = min(now + timedelta(minutes=minutes), last)
        expiry = self.due_at + timedelta(hours=const.EXPIRY_MARGIN_HOURS)
        return min(moment, expiry) if now < expiry else moment

    def _sweep_domain(self):
        """Return the vouchers whose charge should be asked about now."""
        return Domain("state", "in", ("pending", "expired")) & Domain(
            "next_check_at", "<=", fields.Datetime.now()
        )

    def _sweep_ask(self):
        return self.provider_id._openpay_get_charge(self.charge_id)

    def _sweep_book(self, data):
        self.env["payment.transaction"].sudo()._openpay_receive(self.provider_id, data)

    def _sweep_end(self):
        margin = timedelta(hours=const.EXPIRY_MARGIN_HOURS)
        if self.state == "paid":
            self.next_check_at = False
        elif self.state == "pending" and fields.Datetime.now() >= self.due_at + margin:
            self._expire()

    def _expire(self):
        """Offer the reference no more; a late payment of it is still booked."""
        for voucher in self:
            voucher.expired = True
            tx = voucher.transaction_id
            if tx.state in ("draft", "pending"):
                tx._set_canceled(state_message=self.env._("The reference expired."))

    # === ACTION METHODS === #

    def action_check(self):
        """Button: ask Openpay about the charge now."""
        self.ensure_one()
        self._check_billing()
        self.sudo().next_check_at = fields.Datetime.now()
        self.env.ref("isp_payments_mx.cron_sweep_vouchers").sudo()._trigger()

    def action_retry(self):
        """Button: send a refused request again; a reference that exists is found by its order."""
        self.ensure_one()
        self._check_billing()
        self.sudo().write({"outbox_state": "unknown", "next_attempt_at": False})
        self._trigger_worker()

    def _check_billing(self):
        """Only billing staff may move references.

        :raise AccessError: for everybody else
        """
        self.check_access("read")
        if not self.env.user.has_group("isp_subscription.group_isp_billing"):
            raise AccessError(self.env._("Only billing staff may do this."))
