from datetime import timedelta

from odoo import models

from ..services.cut_rules import first_cut_day

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
        steps = {
            "draft": self._isp_step_draft,
            "to_install": self._isp_step_draft,
            "suspended": self._isp_step_suspended,
            "paused": self._isp_step_paused,
            "cancel_pending": self._isp_step_ending,
            "cancelled": lambda: ("", ""),
        }
        return steps.get(self.state, self._isp_step_in_service)()

    def _isp_step_draft(self):
        if self.state == "draft":
            return self.env._("Order the installation to go on."), ""
        return self.env._("Waits for the installation."), ""

    def _isp_step_suspended(self):
        if self._open_reason() != "debt":
            return self.env._("Comes back when somebody reactivates it."), ""
        amount = self.currency_id.format(self.overdue_amount)
        return self.env._("Comes back by itself when %s is paid.", amount), "danger"

    def _isp_step_paused(self):
        pause = self.sudo().next_pause_id
        if pause.state != "running" or not pause.date_to:
            return self.env._("Comes back when it is resumed."), ""
        day = self._isp_day(pause.date_to, SHORT_DAY)
        return self.env._("Comes back by itself on %s.", day), ""

    def _isp_step_ending(self):
        if not self.date_end:
            return self.env._("Waits for its last day to be agreed."), "warning"
        return self.env._("Ends on %s.", self._isp_day(self.date_end, SHORT_DAY)), "warning"

    def _isp_step_in_service(self):
        today = self.company_id._isp_today()
        verdict, reason = self._isp_cut_verdicts(today, self.company_id, self.ids)[self.id]
        if verdict != "none":
            return self._isp_step_cut(verdict, reason)
        if self.overdue_amount > 0:
            return self._isp_cut_verdict_text(verdict, reason), ""
        pause = self.sudo().next_pause_id
        if pause.state == "planned":
            day = self._isp_day(pause.date_from, SHORT_DAY)
            return self.env._("Pauses by itself on %s.", day), ""
        if self.balance_due > self.credit_balance:
            return self._isp_step_due()
        return self._isp_step_billing()

    def _isp_step_cut(self, verdict, reason):
        """Return the words for a debt that is overdue."""
        if reason in ("pending", "notice"):
            why = self._isp_cut_verdict_text(verdict, reason)
            return self.env._("The cut waits: %s.", why.lower()), "warning"
        day = self._isp_day(self._isp_next_cut_day(self.overdue_since), SHORT_DAY)
        if reason in ("promise", "extension"):
            until = self._isp_day(self.promised_until, SHORT_DAY)
            values = {"until": until, "day": day}
            if reason == "promise":
                text = self.env._(
                    "Promised to pay by %(until)s; is cut on %(day)s otherwise.", **values
                )
            else:
                text = self.env._(
                    "Days lent until %(until)s; is cut on %(day)s unless it is paid.", **values
                )
            return text, "warning"
        return self.env._("Is cut on %s unless it is paid.", day), "danger"

    def _isp_step_due(self):
        """Return the words for an invoice that is open and not due yet."""
        due = min(self.sudo()._isp_open_moves().mapped("invoice_date_due"))
        text = self.env._(
            "To be paid by %(due)s; is cut on %(cut)s otherwise.",
            due=self._isp_day(due, SHORT_DAY),
            cut=self._isp_day(self._isp_next_cut_day(due), SHORT_DAY),
        )
        return text, ""

    def _isp_step_billing(self):
        """Return when the next invoice is issued."""
        if not self.next_billing_date:
            return "", ""
        if self.billing_mode == "postpaid":
            day = self._next_periods(1)[0].end
        else:
            day = self.next_billing_date - timedelta(self.company_id.isp_lead_days)
        if self.date_end and day >= self.date_end:
            return self._isp_step_ending()
        day = self._isp_day(max(day, self.company_id._isp_today()), SHORT_DAY)
        return self.env._("The next invoice is issued on %s.", day), ""

    def _isp_next_cut_day(self, due):
        """Return the first day, today or later, on which debt due on ``due`` may be cut."""
        company = self.company_id
        day = max(first_cut_day(due, company.isp_grace_days), company._isp_today())
        if self.promised_until:
            day = max(day, self.promised_until + timedelta(1))
        for _index in range(LOOK_AHEAD):
            if not company._isp_cut_closed(day):
                break
            day += timedelta(1)
        return day
