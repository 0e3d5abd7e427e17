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
        charges = self.charge_ids.sorted("attempt")
        paid = charges.filtered(lambda charge: charge.state == "paid")
        if paid:
            self._isp_close("paid")
            self.write({"amount_charged": sum(paid.mapped("amount")), "reason": False})
            return
        last = charges[-1:]
        if self.state == "charging" and last.state not in OPEN_CHARGE_STATES:
            self._isp_note_refusal(last)

    def _isp_note_refusal(self, charge):
        """Plan the next attempt, or stop, after an attempt that failed; tell the customer."""
        kind = charge._isp_refusal()
        charge.refusal = kind
        code = charge._isp_refusal_code()
        self.last_code = code
        if self.mandate_id.state == "ended":
            self._isp_close("cancelled")
            return
        if kind == HARD:
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
        """Let the card of ``mandate`` pay what the former one could not; the notice stays valid."""
        today = mandate.company_id._isp_today()
        for debit in self:
            vals = {"mandate_id": mandate.id}
            if debit.state in ("retry", "card"):
                last = max(debit.charge_ids.mapped("attempt_date"), default=None)
                day = max(today, last + timedelta(days=1)) if last else today
                vals.update(state="retry", next_date=day, last_code=False)
            debit.write(vals)

    def _isp_cancel(self):
        """The customer switched off: nothing more is tried; one being charged ends by itself."""
        for debit in self.filtered(lambda row: row.state in ("announced", "retry", "card")):
            debit._isp_close("cancelled")
