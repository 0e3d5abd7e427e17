import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown
from odoo.addons.isp_subscription.isolation import reason_of

from .. import const

# What may go wrong with one charge without stopping the others.
EXPECTED = (OutboxRetry, OutboxUnknown, OutboxReject, LockError, UserError, ValueError)

_logger = logging.getLogger(__name__)


class IspCardCharge(models.Model):
    """Worker of the card charges: sending, asking, and closing what nobody finished."""

    _inherit = "isp.card.charge"

    # === CRONS === #

    @api.model
    def _cron_work(self, limit=50):
        """Send and recover what is due, then ask about charges whose end may have been missed."""
        charges_sudo = self.sudo()
        handled = charges_sudo._outbox_process(limit=limit)
        due = charges_sudo.search_count(self._outbox_due_domain())
        self.env["ir.cron"]._commit_progress(handled, remaining=due)
        self._sweep(limit)
        self.env["isp.card.registration"]._cron_work(limit)

    @api.model
    def _sweep(self, limit=50):
        """Ask Openpay about charges that wait for the cardholder, or that are not booked."""
        charges = self.sudo().search(self._sweep_domain(), limit=limit, order="next_check_at, id")
        self.env["ir.cron"]._commit_progress(remaining=len(charges))
        for charge in charges:
            charge = charge.try_lock_for_update().filtered_domain(self._sweep_domain())
            if charge:
                charge.with_context(lang=charge.company_id._isp_lang())._sweep_one()
            if not self.env["ir.cron"]._commit_progress(1):
                break

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

    def _sweep_one(self):
        """Ask about the charge and book the answer; a failure leaves the row as it is."""
        self.ensure_one()
        checks = self.checks + 1
        planned = self._next_check(checks)
        self.write(
            {"checks": checks, "next_check_at": planned or fields.Datetime.now() + const.AGAIN}
        )
        self._outbox_commit()  # a row that breaks the worker is not the first one next time
        try:
            data = self._read_again()
            if data:
                with self.env.cr.savepoint():
                    self._book(data)
        except EXPECTED as error:
            self.invalidate_recordset()
            self.last_error = reason_of(error)
            _logger.info("Card charge %s not checked: %s", self.id, type(error).__name__)
            if not planned and getattr(error, "code", "") == const.NOT_FOUND:
                self.next_check_at = False  # it is not there: nothing will come of it
            return
        self.next_check_at = planned
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
