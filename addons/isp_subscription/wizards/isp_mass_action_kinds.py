from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..const import BILLABLE_STATES
from ..services.periods import Period, next_cut, period_amount


class IspMassAction(models.TransientModel):
    """What each action would do to a service, in one sentence, and how it is done.

    ``_foretell_<action>`` returns the sentence or raises a `UserError` that says why not; it
    changes nothing. ``_do_<action>`` does it and returns what is worth to be noted.
    """

    _inherit = "isp.mass.action"

    def _day(self, day):
        return format_date(self.env, day, date_format="d MMM y")

    def _refuse_state(self, subscription):
        raise UserError(self.env._("It is %s.", subscription._isp_state_label()))

    # === BILLING === #

    def _foretell_bill(self, subscription):
        if subscription.state not in BILLABLE_STATES:
            self._refuse_state(subscription)
        period = subscription._next_periods(1)[0]
        if subscription.date_end and period.start >= subscription.date_end:
            raise UserError(self.env._("It ends on %s.", self._day(subscription.date_end)))
        return self.env._(
            "Bills %(period)s: %(amount)s",
            period=f"{self._day(period.start)} – {self._day(period.end)}",
            amount=subscription.currency_id.format(subscription._period_price(period)),
        )

    def _do_bill(self, subscription):
        subscription._isp_check_role("billing")
        return subscription._bill_periods(1).name

    # === COLLECTION === #

    def _foretell_reminder(self, subscription):
        if subscription.balance_due <= 0:
            raise UserError(self.env._("It owes nothing."))
        if not (subscription.email or subscription.commercial_partner_id.email):
            raise UserError(self.env._("The customer has no e-mail address."))
        known = subscription.notice_ids.filtered(
            lambda notice: notice.kind == "reminder" and notice.key == self._reminder_key()
        )
        if known:
            raise UserError(self.env._("It was reminded today already."))
        amount = subscription.currency_id.format(subscription.balance_due)
        return self.env._("Reminds of %s", amount)

    def _reminder_key(self):
        """One reminder by hand per day."""
        return f"hand {self.company_id._isp_today()}"

    def _do_reminder(self, subscription):
        notice = subscription._isp_notify(
            "reminder",
            self._reminder_key(),
            amount=subscription.balance_due,
            date_due=subscription._isp_oldest_due(),
        )
        if not notice:
            raise UserError(self.env._("Reminders are switched off in the settings."))
        return notice.recipient

    def _foretell_promise(self, subscription):
        subscription._isp_check_promise("promise")
        subscription._isp_check_promise_day(self.date_until)
        return self.env._(
            "Promises %(amount)s by %(day)s",
            amount=subscription.currency_id.format(subscription._isp_net_balance()),
            day=self._day(self.date_until),
        )

    def _do_promise(self, subscription):
        self.env["isp.promise"].create(
            {"subscription_id": subscription.id, "date_until": self.date_until}
        )

    def _foretell_cut(self, subscription):
        """Only who may be cut today by the rules: by hand nobody else is cut in mass."""
        if subscription.state not in ("active", "grace"):
            self._refuse_state(subscription)
        today = self.company_id._isp_today()
        ids = subscription.ids
        verdict, reason = subscription._isp_cut_verdicts(today, self.company_id, ids)[ids[0]]
        if verdict != "cut":
            raise UserError(subscription._isp_cut_verdict_text(verdict, reason))
        amount = subscription.currency_id.format(subscription.overdue_amount)
        return self.env._("Is cut: owes %s", amount)

    def _do_cut(self, subscription):
        subscription._isp_check_role("billing")
        if not subscription._may_be_suspended(self.company_id._isp_today()):
            raise UserError(self.env._("It may not be cut any more."))
        subscription.sudo()._suspend("debt")

    def _foretell_reactivate(self, subscription):
        if subscription.state not in ("suspended", "paused"):
            self._refuse_state(subscription)
        if subscription.overdue_amount > 0:
            amount = subscription.currency_id.format(subscription.overdue_amount)
            return self.env._("Comes back, although it owes %s", amount)
        return self.env._("Comes back")

    def _do_reactivate(self, subscription):
        subscription.action_reactivate()

    # === CONTRACT === #

    def _foretell_plan_change(self, subscription):
        subscription._isp_check_plan_change(self.plan_id, "next_cutoff")
        if subscription.open_change_id:
            raise UserError(self.env._("It has another change of plan open."))
        price = self.plan_id._isp_price_total(subscription.partner_id)
        return self.env._(
            "From %(old)s to %(new)s: %(before)s → %(after)s a month",
            old=subscription.plan_id.name,
            new=self.plan_id.name,
            before=subscription.currency_id.format(subscription.price_total),
            after=subscription.currency_id.format(price),
        )

    def _do_plan_change(self, subscription):
        change = subscription._isp_request_plan_change(self.plan_id, "next_cutoff")
        if change.effective_date:
            return self.env._("From %s on", self._day(change.effective_date))
        return ""

    def _foretell_anchor(self, subscription):
        if subscription.state == "cancelled":
            self._refuse_state(subscription)
        if subscription.anchor_day == self.anchor_day:
            raise UserError(self.env._("It has this cut-off day already."))
        change = f"{subscription.anchor_day} → {self.anchor_day}"
        start = subscription.next_billing_date
        if not start:
            return self.env._("Cut-off day %s", change)
        period = Period(start, next_cut(start, self.anchor_day))
        amount = float(period_amount(subscription.price_total, period, self.anchor_day))
        return self.env._(
            "Cut-off day %(change)s; next bill %(period)s: %(amount)s",
            change=change,
            period=f"{self._day(period.start)} – {self._day(period.end)}",
            amount=subscription.currency_id.format(amount),
        )

    def _do_anchor(self, subscription):
        subscription.anchor_day = self.anchor_day

    def _foretell_zone(self, subscription):
        return self._foretell_place(subscription.zone_id, self.zone_id)

    def _do_zone(self, subscription):
        subscription.zone_id = self.zone_id

    def _foretell_branch(self, subscription):
        return self._foretell_place(subscription.branch_id, self.branch_id)

    def _do_branch(self, subscription):
        subscription.branch_id = self.branch_id

    def _foretell_place(self, present, wanted):
        if present == wanted:
            raise UserError(self.env._("It is there already."))
        return f"{present.display_name or self.env._('None')} → {wanted.display_name}"
