from datetime import timedelta

from odoo import models

SHORT_DAY = "EEEE d MMM"
#: Days to look ahead for one on which services may be cut.
LOOK_AHEAD = 60


class IspSubscription(models.Model):
    """What happens next by itself, in one sentence: the same for every screen that shows it."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_next_step(self):
        """Return ``(text, tone)`` of what happens next by itself, or what somebody has to do."""
        self.ensure_one()
        waits = {
            "draft": self.env._("Order the installation to go on."),
            "to_install": self.env._("Waits for the installation."),
            "paused": self.env._("Comes back when it is resumed."),
            "cancelled": "",
        }
        if self.state in waits:
            return waits[self.state], ""
        if self.state == "suspended":
            return self._isp_step_suspended()
        if self.state == "cancel_pending":
            return self._isp_step_ending()
        return self._isp_step_in_service()

    def _isp_step_suspended(self):
        if self._open_reason() != "debt":
            return self.env._("Comes back when somebody reactivates it."), ""
        amount = self.currency_id.format(self.overdue_amount)
        return self.env._("Comes back by itself when %s is paid.", amount), "danger"

    def _isp_step_ending(self):
        if not self.date_end:
            return self.env._("Waits for its last day to be agreed."), "warning"
        return self.env._("Ends on %s.", self._isp_day(self.date_end, SHORT_DAY)), "warning"

    def _isp_step_in_service(self):
        if self.overdue_amount >= self.company_id.isp_min_debt:
            if self._has_pending_payment():
                return self.env._("A payment is being confirmed: the cut waits for it."), "warning"
            day = self._isp_day(self._isp_next_cut_day(self.overdue_since), SHORT_DAY)
            return self.env._("Is cut on %s unless it is paid.", day), "danger"
        if self.balance_due > 0:
            due = min(self.sudo()._isp_open_moves().mapped("invoice_date_due"))
            cut = self._isp_day(self._isp_next_cut_day(due), SHORT_DAY)
            text = self.env._(
                "To be paid by %(due)s; is cut on %(cut)s otherwise.",
                due=self._isp_day(due, SHORT_DAY),
                cut=cut,
            )
            return text, ""
        return self._isp_step_billing()

    def _isp_step_billing(self):
        if not self.next_billing_date:
            return "", ""
        if self.billing_mode == "postpaid":
            day = self._next_periods(1)[0].end
        else:
            day = self.next_billing_date - timedelta(self.company_id.isp_lead_days)
        day = max(day, self.company_id._isp_today())
        text = self.env._("The next invoice is issued on %s.", self._isp_day(day, SHORT_DAY))
        return text, ""

    def _isp_next_cut_day(self, due):
        """Return the first day, today or later, on which debt due on ``due`` may cut."""
        company = self.company_id
        day = max(due + timedelta(company.isp_grace_days + 1), company._isp_today())
        for _index in range(LOOK_AHEAD):
            if company._isp_is_cut_day(day):
                break
            day += timedelta(1)
        return day
