from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

FARTHEST_DAYS = 366


class IspSubscription(models.Model):
    """Pauses of a service: their limits, what they give back, planning and return."""

    _inherit = "isp.subscription"

    pause_ids = fields.One2many("isp.pause", "subscription_id", string="Pauses", readonly=True)
    next_pause_id = fields.Many2one(
        "isp.pause",
        string="Next pause",
        compute="_compute_next_pause_id",
        help="Running or planned.",
    )

    # === COMPUTE METHODS === #

    def _compute_next_pause_id(self):
        pauses = self.env["isp.pause"].search(
            [("subscription_id", "in", self.ids), ("state", "in", ("running", "planned"))],
            order="date_from",
        )
        first = {}
        for pause in pauses:
            first.setdefault(pause.subscription_id.id, pause)
        for subscription in self:
            subscription.next_pause_id = first.get(subscription.id, False)

    # === ACTION METHODS === #

    def action_pause(self):
        """Ask for the dates of a pause."""
        self._isp_check_role("billing")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause for vacations"),
            "res_model": "isp.pause.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_id": self.id},
        }

    def action_view_pauses(self):
        self.ensure_one()
        return self._isp_action("isp_pause_action", [("subscription_id", "=", self.id)])

    # === BUSINESS METHODS: PLANNING === #

    def _isp_plan_pause(self, date_from, date_to, repeat_yearly=False, limits="staff"):
        """Plan a pause of ``[date_from, date_to)``; one that begins today begins now.

        :param str limits: "staff" or "customer" (who must give notice)
        :return: the `isp.pause`
        :raise UserError: when the service or the dates do not allow it; the text says why
        """
        self.ensure_one()
        record = self.sudo()
        record._lock_for_settlement()
        record.invalidate_recordset(["state", "date_end"])
        record._isp_check_pause(date_from, date_to, limits)
        pause = record.env["isp.pause"].create(
            {
                "subscription_id": record.id,
                "date_from": date_from,
                "date_to": date_to,
                "repeat_yearly": repeat_yearly,
            }
        )
        pause.flush_recordset()
        pause._log(self.env._("Pause planned: %(start)s – %(end)s", start=date_from, end=date_to))
        pause._notify("planned")
        today = record.company_id._isp_today()
        if date_from <= today:
            pause._begin(today)
        return pause.with_env(self.env)

    def _isp_quote_pause(self, date_from, date_to, changed=None, limits="staff"):
        """Return what a pause gives back and costs, line by line, without doing anything.

        :param changed: the pause whose dates would change to these
        :return: dict with ``lines`` (see `_isp_quote_credit_days`), ``credit``, ``fee``,
            ``days``, ``date_from`` and ``date_to``
        :raise UserError: when the service or the dates do not allow it
        """
        self.ensure_one()
        record = self.sudo()
        record._isp_check_pause(date_from, date_to, limits, changed)
        start = date_from
        if changed and changed.state == "running":
            start = changed.date_to  # what lies before is credited already
        lines = record._isp_quote_credit_days(start, date_to) if start < date_to else []
        charged = changed and changed.fee_move_id
        return {
            "lines": lines,
            "credit": record.currency_id.round(sum(line["amount"] for line in lines)),
            "fee": 0.0 if charged else record.company_id.isp_pause_fee,
            "days": (date_to - date_from).days,
            "date_from": date_from,
            "date_to": date_to,
        }

    # === BUSINESS METHODS: LIMITS === #

    def _isp_check_pause(self, date_from, date_to, limits="staff", changed=None):
        """Raise a `UserError` that says what to do unless a pause on these days is possible."""
        self.ensure_one()
        if not date_from or not date_to or date_to <= date_from:
            raise UserError(self.env._("Choose a first day and a later day of return."))
        self._isp_check_pause_length(date_from, date_to)
        if not (changed and changed.state == "running"):
            self._isp_check_pause_start(date_from, limits)
            self._isp_check_pause_count(date_from, changed)
        if self.date_end and date_to > self.date_end:
            raise UserError(
                self.env._("The service ends on %s: a pause cannot last longer.", self.date_end)
            )
        self._isp_check_pause_free(date_from, date_to, changed)

    def _isp_check_pause_start(self, date_from, limits):
        self.ensure_one()
        company = self.company_id
        obstacle = self._isp_pause_obstacle(company._isp_today(), planned=True)
        if obstacle:
            raise UserError(obstacle)
        first = self.env["isp.pause"]._first_day(company, limits)
        if date_from < first:
            raise UserError(
                self.env._("A pause can begin on %s or later.", self._isp_leave_day(first))
            )
        if date_from > company._isp_today() + timedelta(FARTHEST_DAYS):
            raise UserError(self.env._("A pause is planned at most one year ahead."))
        if self.date_start and date_from < self.date_start:
            raise UserError(
                self.env._(
                    "The service begins on %s: a pause cannot be earlier.",
                    self._isp_leave_day(self.date_start),
                )
            )

    def _isp_check_pause_length(self, date_from, date_to):
        self.ensure_one()
        company, days = self.company_id, (date_to - date_from).days
        if not company.isp_pause_min_days <= days <= company.isp_pause_max_days:
            raise UserError(
                self.env._(
                    "A pause lasts from %(least)s to %(most)s days; these are %(days)s.",
                    least=company.isp_pause_min_days,
                    most=company.isp_pause_max_days,
                    days=days,
                )
            )

    def _isp_check_pause_count(self, date_from, changed=None):
        self.ensure_one()
        most = self.company_id.isp_pause_per_year
        domain = (
            Domain("subscription_id", "=", self.id)
            & Domain("state", "!=", "cancelled")
            & Domain("date_from", ">=", date_from.replace(month=1, day=1))
            & Domain("date_from", "<=", date_from.replace(month=12, day=31))
            & Domain("id", "not in", changed.ids if changed else [])
        )
        if self.env["isp.pause"].search_count(domain) >= most:
            raise UserError(
                self.env._(
                    "This service may be paused %(count)s times a year, and %(year)s has them"
                    " already.",
                    count=most,
                    year=date_from.year,
                )
            )

    def _isp_check_pause_free(self, date_from, date_to, changed=None):
        self.ensure_one()
        other = self._isp_pauses_between(date_from, date_to) - (changed or self.env["isp.pause"])
        if other:
            raise UserError(
                self.env._(
                    "There is already a pause from %(start)s to %(end)s.",
                    start=self._isp_leave_day(other[0].date_from),
                    end=self._isp_leave_day(other[0].date_to),
                )
            )

    def _isp_pauses_between(self, date_from, date_to):
        """Return the pauses of the service that touch ``[date_from, date_to)``."""
        self.ensure_one()
        return self.env["isp.pause"].search(
            [
                ("subscription_id", "=", self.id),
                ("state", "!=", "cancelled"),
                ("date_from", "<", date_to),
                ("date_to", ">", date_from),
            ],
            order="date_from",
        )

    def _isp_pause_obstacle(self, date, planned=False):
        """Return why the service cannot be paused on ``date``, "" when it can.

        :param bool planned: for a pause in the future: the service may be in one now
        """
        self.ensure_one()
        if self.state in ("draft", "to_install"):
            return self.env._("The service is not installed yet: there is nothing to pause.")
        if self.state in ("cancel_pending", "cancelled"):
            return self.env._("The service is being cancelled: it cannot be paused.")
        if self.state == "suspended":
            return self.env._("The service is suspended: pay what is due, then plan the pause.")
        if self.state == "paused" and not planned:
            return self.env._("The service is paused already.")
        overdue = self._isp_overdue_amount(date)
        if overdue >= self.company_id.isp_min_debt:
            return self.env._(
                "%(amount)s are overdue: pay them, then plan the pause.",
                amount=self.currency_id.format(overdue),
            )
        return ""

    def _isp_leave_day(self, day):
        """Return ``day`` as people read it: "25 nov 2026"."""
        return format_date(self.env, day, date_format="d MMM y")

    # === BUSINESS METHODS: RETURN === #

    def _reactivate(self, reason):
        """Extend: who is back from a pause ends it, and its days are billed again."""
        self.ensure_one()
        running = self.sudo().pause_ids.filtered(lambda pause: pause.state == "running")
        if self.state != "paused" or not running:
            return super()._reactivate(reason)
        running._return(reason)
        return None
