from datetime import timedelta

from odoo import models

from ..services.declines import HARD, OURS, SOFT, UNSURE
from ..services.dunning import next_attempt

OPEN_CHARGE_STATES = ("preparing", "pending")


class IspCardDebit(models.Model):
    """What an attempt came to: read from the attempts, so that a kill loses nothing."""

    _inherit = "isp.card.debit"

    # === BUSINESS METHODS === #

    def _isp_digest(self):
        """Bring the charge to where its attempts are; safe to repeat."""
        self.ensure_one()
        if self._isp_note_paid():
            return
        last = self.charge_ids.sorted("attempt")[-1:]
        if self.state == "charging" and last.state not in OPEN_CHARGE_STATES:
            self._isp_note_refusal(last)

    def _isp_note_paid(self):
        """Close the charge when an attempt was paid, also one that was given up before.

        Called with the booking of the attempt: a charge is never open while its money is booked.

        :return: whether it is paid
        """
        self.ensure_one()
        paid = self.charge_ids.filtered(lambda charge: charge.state == "paid")
        if not paid:
            return False
        amount = sum(paid.mapped("amount"))
        if self.state != "paid" or self.currency_id.compare_amounts(self.amount_charged, amount):
            self._isp_close("paid")
            self.write({"amount_charged": amount, "reason": False})
        return True

    def _isp_note_refusal(self, charge):
        """Plan the next attempt, or stop, after an attempt that failed; tell the customer.

        A card that was registered while the bank took its time is not to blame: it is tried.
        """
        kind = charge._isp_refusal()
        charge.refusal = kind
        code = charge._isp_refusal_code()
        self.last_code = code
        if self.mandate_id.state == "ended":
            self._isp_close("cancelled")
            return
        if kind == HARD:
            self._isp_stop_others(charge, code)
        if kind == HARD and self.mandate_id.token_id == charge.token_id:
            self.mandate_id._isp_suspend(code)
            self._isp_close("card")
        elif kind == UNSURE:
            self._isp_close("failed")
        else:
            self._isp_plan_again(charge)
        if kind in (SOFT, HARD):
            self._isp_tell_refused(charge)
        else:  # nothing the customer did or could mend
            self.reason = charge.error_text or charge.last_error or code

    def _isp_stop_others(self, charge, code):
        """Try a card that the bank stopped for no other service either; tell their customers."""
        for mandate in charge.token_id._isp_debit_mandates() - self.mandate_id:
            if mandate.state == "active":
                mandate._isp_suspend(code)
                mandate._isp_tell_stopped()

    def _isp_plan_again(self, charge):
        """Set the day of the next attempt; what never reached the card is tried the next day."""
        tomorrow = self.company_id._isp_today() + timedelta(days=1)
        day = tomorrow if charge.refusal == OURS else self._isp_next_day()
        if day:
            # found out late: what the customer is told now is not done at once
            day = max(day, tomorrow)
            self.write({"state": "retry", "next_date": day})
        else:
            self._isp_close("failed")

    def _isp_next_day(self):
        """Return the day of the next attempt by the schedule, None when it is used up.

        Another card begins the schedule anew.
        """
        mine = self.charge_ids.filtered(
            lambda charge: charge.mandate_id == self.mandate_id and charge.refusal != OURS
        )
        made = mine.sorted("attempt").mapped("attempt_date")
        return next_attempt(self.charge_date, made, self.company_id._isp_debit_days())

    def _isp_take_over(self, mandate):
        """Let the card of ``mandate`` pay what the former one could not; the notice stays valid.

        With another day it is told anew, for that day.
        """
        for debit in self:
            day = debit._isp_take_over_day(mandate.charge_day)
            vals = {"mandate_id": mandate.id}
            if debit.state in ("retry", "card"):
                vals.update(state="retry", next_date=day, last_code=False)
            elif debit.state == "announced" and not day:
                debit._isp_cancel()
            debit.write(vals)

    def _isp_take_over_day(self, charge_day):
        """Return when a consent of today would charge this, None when it is told anew before.

        :param int charge_day: day of the month that would be agreed to
        """
        self.ensure_one()
        today = self.company_id._isp_today()
        if self.state in ("retry", "card"):
            last = max(self.charge_ids.mapped("attempt_date"), default=None)
            return max(today, last + timedelta(days=1)) if last else today
        if self.state == "announced" and self.mandate_id.charge_day == charge_day:
            return max(today, self.next_date or today)
        return None

    def _isp_cancel(self):
        """The customer switched off: nothing more is tried; one being charged ends by itself."""
        for debit in self.filtered(lambda row: row.state in ("announced", "retry", "card")):
            debit._isp_close("cancelled")
