import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..isolation import attempt, reason_of

_logger = logging.getLogger(__name__)
ACTIVITY = "isp_subscription.mail_activity_pause_problem"


class IspPause(models.Model):
    """Pauses begin and end by themselves, dated by rule, whatever day the job runs."""

    _inherit = "isp.pause"

    # === BUSINESS METHODS: BEGIN === #

    def _begin(self, today):
        """Switch the service off and credit its days; a debt makes the pause wait.

        A pause that the job missed begins with its planned dates. One that had to wait for a
        debt begins on the day the debt is gone: until then the service was on.

        :param date today: the company's calendar day
        """
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        self.invalidate_recordset(["state", "date_from", "date_to", "waiting_since"])
        if self.state != "planned" or self.date_from > today or self._waits(today):
            return
        if self.waiting_since:
            self.date_from = max(self.date_from, today)
        self.state = "running"
        self.flush_recordset()
        # Off first: the credit of the pause never pays a change of plan that waits for money.
        self._switch_off()
        self._take_days(self.date_from, self.date_to)
        self._charge_fee()
        self._notify("begin")

    def _waits(self, today):
        """Return whether something forbids the pause today; note it once, give up at its end."""
        self.ensure_one()
        subscription = self.subscription_id
        obstacle = subscription._isp_pause_obstacle(today)
        if not obstacle:
            return False
        if self.date_to <= today or subscription.state in ("cancel_pending", "cancelled"):
            self._cancel(obstacle)
        elif not self.waiting_since:
            self.write({"waiting_since": today, "note": obstacle})
            user = subscription.create_uid if subscription.create_uid._is_internal() else None
            subscription.activity_schedule(
                ACTIVITY, note=obstacle, user_id=(user or self.env.user).id, date_deadline=today
            )
        return True

    def _take_days(self, start, end):
        """Credit what was billed of ``[start, end)`` and note the days as off."""
        self.ensure_one()
        subscription = self.subscription_id
        reason = self.env._("Vacation pause")
        notes = subscription._isp_credit_days(
            start, end, reason, off_kind="pause", pause_id=self.id
        )
        self.credit_move_ids |= notes

    def _charge_fee(self):
        """Charge the fee of the company, if it has one."""
        self.ensure_one()
        company = self.company_id
        if self.fee_move_id or self.currency_id.compare_amounts(company.isp_pause_fee, 0.0) <= 0:
            return
        self.fee_move_id = self.subscription_id._isp_charge(
            company.isp_pause_fee_product_id,
            self.env._("Fee of the vacation pause"),
            company.isp_pause_fee,
        )

    def _switch_off(self):
        """Bring the service off and record the suspension that belongs to the pause."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription.activity_unlink([ACTIVITY])
        self.env["isp.suspension"].create(
            {"subscription_id": subscription.id, "reason": "voluntary", "pause_id": self.id}
        )
        text = self.env._("Pause until %s", fields.Date.to_string(self.date_to))
        subscription._set_state("paused", text)

    # === BUSINESS METHODS: END === #

    def _finish(self, reason, planned_end=None):
        """End a running pause: service on, billing goes on from there.

        :param planned_end: when it was to end, if the customer is back before
        """
        self.ensure_one()
        self.state = "done"
        self.flush_recordset()
        self._switch_on(reason)
        self._plan_next_year(planned_end)

    def _end(self, today):
        """End a pause whose day has come; days on which we were late to switch on are free."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        self.invalidate_recordset(["state", "date_to"])
        if self.state != "running" or self.date_to > today:
            return
        late_from = self._late_from()
        if late_from and late_from < today:
            reason = self.env._("Late end of the pause")
            self.credit_move_ids |= subscription._isp_credit_days(
                late_from, today, reason, off_kind="skip"
            )
        self._finish(self.env._("End of the pause"))

    def _late_from(self):
        """Return the first day after the pause on which the service was still off, or False."""
        self.ensure_one()
        suspension = self.subscription_id.suspension_ids.filtered(
            lambda row: row.pause_id == self and not row.date_to
        )
        if not suspension:
            return False
        zone = self.company_id._isp_zone_name()
        off_since = fields.Datetime.context_timestamp(
            self.with_context(tz=zone), suspension.date_from
        )
        return max(self.date_to, off_since.date())

    def _switch_on(self, reason):
        """Close the suspension of the pause and bring the service back."""
        self.ensure_one()
        subscription = self.subscription_id
        open_rows = subscription.suspension_ids.filtered(
            lambda row: row.pause_id == self and not row.date_to
        )
        open_rows._isp_note_reactivated(reason)
        if subscription.state == "paused":
            subscription._set_state("active", reason)
        elif subscription.state == "cancel_pending":
            subscription._isp_back_before_end()
        self._notify("end")

    def _notify(self, step):
        """Tell the customer in his language: "planned", "begin" or "end" of the pause."""
        self.ensure_one()
        lang = self.partner_id.lang or self.company_id._isp_lang()
        pause = self.with_context(lang=lang)
        service = pause.subscription_id
        back = service._isp_leave_day(self.date_to)
        text = {
            "planned": pause.env._(
                "Your service is paused from %(start)s; you are back online on %(back)s. It begins"
                " and ends by itself, and the days in between are not charged.",
                start=service._isp_leave_day(self.date_from),
                back=back,
            ),
            "begin": pause.env._(
                "Your pause has begun: you are back online on %(back)s. We gave you %(amount)s of"
                " credit.",
                back=back,
                amount=self.currency_id.format(self.credit_amount),
            ),
            "end": pause.env._("Your pause has ended: your internet is on again."),
        }[step]
        service._isp_notify("pause", f"{self.id}-{step}-{self.date_to}", text=text)

    # === CRON === #

    @api.model
    def _cron_pauses(self):
        """Daily: end and begin the pauses whose day has come, each in its own transaction."""
        self.env["isp.subscription"]._isp_run_companies(self, "_run_pauses")

    @api.model
    def _run_pauses(self, today, company):
        """End and begin the pauses of ``company`` due on ``today``.

        :return: figures ``begun``, ``ended``, ``failed``; empty when the cron's time was used up
        """
        figures = {"begun": 0, "ended": 0, "failed": 0}
        own = Domain("company_id", "=", company.id)
        # A pause that was missed as a whole begins and ends in the same run.
        steps = (
            ("_end", "ended", Domain("state", "=", "running") & Domain("date_to", "<=", today)),
            ("_begin", "begun", Domain("state", "=", "planned") & Domain("date_from", "<=", today)),
            ("_end", "ended", Domain("state", "=", "running") & Domain("date_to", "<=", today)),
        )
        for method, figure, domain in steps:
            for pause in self.search(own & domain, order="date_from, id"):
                before = pause.state
                done = pause._step_safely(method, today)
                figures["failed"] += not done
                figures[figure] += done and pause.state != before
                if not self.env["ir.cron"]._commit_progress(1):
                    return {}
        _logger.info("Pauses of %s on %s: %s", company.name, today, figures)
        return figures

    def _step_safely(self, method, today):
        """Run one step in a savepoint; an error is noted on the pause and stops nobody else."""
        self.ensure_one()
        error, _result = attempt(self.env, getattr(self, method), today)
        if error:
            self.note = reason_of(error)
            _logger.info("Pause %s: %s", self.display_name, self.note)
        return not error

    @api.model
    def _first_day(self, company, limits):
        """Return the first day a pause may begin: customers give notice, staff need not."""
        notice = company.isp_pause_notice_days if limits == "customer" else 0
        return company._isp_today() + timedelta(notice)
