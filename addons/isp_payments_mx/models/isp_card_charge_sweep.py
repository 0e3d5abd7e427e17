from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .. import const


class IspCardCharge(models.Model):
    """Card charges whose end may have been missed: asking, and closing what nobody finished."""

    _inherit = "isp.card.charge"

    # === BUSINESS METHODS === #

    def _next_check(self, checks):
        """Return when the charge is asked about after ``checks`` times, False for never (UTC).

        The last time is the end of the days in which it may be finished: not before, or a payment
        of the last hours would stay unknown.
        """
        now = fields.Datetime.now()
        last = self.create_date + timedelta(days=const.CARD_LATE_DAYS)
        if now >= last:
            return False
        minutes = const.SWEEP_MINUTES[min(checks, len(const.SWEEP_MINUTES) - 1)]
        moment = min(now + timedelta(minutes=minutes), last)
        end = self.create_date + timedelta(minutes=self.company_id.isp_card_minutes)
        return min(moment, end) if now < end else moment

    def _sweep_domain(self):
        """Return the charges that should be asked about now."""
        return Domain("state", "!=", "paid") & Domain("next_check_at", "<=", fields.Datetime.now())

    def _sweep_ask(self):
        return self._read_again()

    def _sweep_book(self, data):
        self._book(data)

    def _sweep_end(self):
        if self.state in ("paid", "failed") and self.charge_id:
            self.next_check_at = False
        elif self.state == "pending" and self._is_overdue():
            self._abandon()

    def _read_again(self):
        """Return the charge as Openpay knows it now, None when it does not know it."""
        if self.charge_id:
            return self.provider_id._openpay_get_charge(self.charge_id, self.customer_ref or "")
        return self._find_at_openpay()

    def _is_overdue(self):
        """Return whether the cardholder had time enough on the page of the bank."""
        minutes = self.company_id.isp_card_minutes
        return fields.Datetime.now() >= self.create_date + timedelta(minutes=minutes)

    def _abandon(self):
        """Wait no longer for the cardholder; if he finishes after all, it is still booked."""
        for charge in self:
            charge.abandoned = True
            tx = charge.transaction_id
            if tx.state in ("draft", "pending"):
                tx._set_canceled(state_message=self.env._("The card payment was not finished."))

    # === ACTION METHODS === #

    def action_check(self):
        """Button: ask Openpay about the charge now."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("isp_subscription.group_isp_billing"):
            raise AccessError(self.env._("Only billing staff may do this."))
        self.sudo().next_check_at = fields.Datetime.now()
        self.sudo()._trigger_worker()
