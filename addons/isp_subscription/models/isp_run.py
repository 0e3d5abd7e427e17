from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..services.run_rules import hold_reason

FIGURES = ("subscriptions", "invoices", "amount", "failed", "warned", "grace", "cut", "waiting")
# A run reports after every chunk of some seconds: one that is silent for so long was killed.
SILENT_MINUTES = 10


class IspRun(models.Model):
    """One run of the billing, the notices or the cut-off: what it did, or what it would do.

    A real run is one process: two at once have a record each. The figures are committed with
    every chunk, so a killed run shows how far it came. Times are UTC, ``date`` is the day of
    the company's calendar for which the run worked.
    """

    _name = "isp.run"
    _description = "Billing or cut-off run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("billing", "Billing"),
            ("notice", "Notices"),
            ("cutoff", "Cut-off"),
            ("day", "Whole day"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True, index=True)
    is_dry = fields.Boolean(string="Simulation", readonly=True, help="It changed nothing.")
    is_auto = fields.Boolean(string="Automatic", readonly=True, help="Started by the scheduler.")
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("interrupted", "Interrupted"),
            ("held", "Waiting for confirmation"),
        ],
        default="running",
        required=True,
        readonly=True,
        tracking=True,
    )
    started_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    beat_at = fields.Datetime(string="Last progress", readonly=True, default=fields.Datetime.now)
    ended_at = fields.Datetime(readonly=True)
    seconds = fields.Float(digits=(12, 3), readonly=True)
    hold_reason = fields.Selection(
        [
            ("clock", "The clock was set back: an automatic run of a later day exists"),
            ("gap", "Too many days without automatic runs (server off, restored backup)"),
        ],
        readonly=True,
    )
    last_date = fields.Date(string="Previous run", readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    confirmed_by = fields.Many2one("res.users", readonly=True)
    simulation_id = fields.Many2one(
        "isp.run", string="What it would do", readonly=True, index="btree_not_null"
    )
    subscriptions = fields.Integer(string="Services", readonly=True)
    invoices = fields.Integer(readonly=True)
    amount = fields.Monetary(string="Billed", readonly=True, help="With tax.")
    failed = fields.Integer(readonly=True)
    warned = fields.Integer(readonly=True)
    grace = fields.Integer(string="Put in grace", readonly=True)
    cut = fields.Integer(readonly=True)
    waiting = fields.Integer(readonly=True)
    line_ids = fields.One2many("isp.run.line", "run_id", readonly=True)

    _real_kind = models.Constraint(
        "CHECK(is_dry OR kind != 'day' OR hold_reason IS NOT NULL)",
        "Only a simulation covers a whole day.",
    )
    _last_auto = models.Index("(company_id, id DESC) WHERE is_auto IS TRUE")

    # === COMPUTE METHODS === #

    @api.depends("kind", "date", "is_dry")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            name = f"{labels.get(run.kind, '')} {run.date}"
            run.display_name = self.env._("Simulation: %s", name) if run.is_dry else name

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_only_simulations(self):
        if not all(run.is_dry for run in self):
            raise UserError(self.env._("The record of a real run is kept."))

    # === ACTION METHODS === #

    def action_continue(self):
        """Confirm a run that was held, and start the automatic runs now."""
        self.ensure_one()
        self._isp_check_manager()
        if self.state != "held":
            raise UserError(self.env._("This run does not wait for a confirmation."))
        run = self.sudo()
        run.write({"confirmed_at": fields.Datetime.now(), "confirmed_by": self.env.uid})
        run._isp_close("done")
        run.activity_feedback(["isp_subscription.mail_activity_run_held"])
        for name in ("billing_run", "notices", "cutoff"):
            cron = self.env.ref(f"isp_subscription.ir_cron_{name}", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    def action_view_lines(self):
        """Open the lines: who, what and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_run_line_action"
        )
        return {**action, "domain": [("run_id", "=", self.id)]}

    # === BUSINESS METHODS === #

    def _isp_check_manager(self):
        self.env["isp.subscription"]._isp_check_role("manager")

    @api.model
    def _isp_may_run(self, company):
        """Return whether the automatic runs of ``company`` may start today.

        After a long silence, or when the clock went back, they wait until a manager has seen a
        simulation and confirmed. Runs started by hand are never held and do not count.
        """
        today = company._isp_today()
        runs = self.sudo().with_company(company)
        auto = [("company_id", "=", company.id), ("is_auto", "=", True)]
        held = runs.search([*auto, ("kind", "=", "day")], limit=1, order="id desc")
        last = runs.search([*auto, ("kind", "!=", "day")], limit=1, order="id desc")
        reason = hold_reason(last.date or None, today, company.isp_catchup_days)
        if reason and held.confirmed_at and held.confirmed_at >= last.started_at:
            return True
        if held.state == "held" and not reason:
            held._isp_close("interrupted")  # the clock was put right again
            held.activity_feedback(["isp_subscription.mail_activity_run_held"])
        if reason and held.state != "held":
            runs._isp_hold(company, today, reason, last)
        return not reason

    @api.model
    def _isp_hold(self, company, today, reason, last):
        """Record that the runs of ``company`` wait, with a simulation and one activity."""
        run = self.create(
            {
                "company_id": company.id,
                "kind": "day",
                "date": today,
                "is_auto": True,
                "state": "held",
                "hold_reason": reason,
                "last_date": last.date,
            }
        )
        run.simulation_id = self._isp_simulate(company, today, "day")
        labels = dict(self._fields["hold_reason"]._description_selection(self.env))
        note = self.env._(
            "%(reason)s. Last run: %(date)s. Nothing is billed or cut until a manager has"
            " looked at the simulation and pressed Continue.",
            reason=labels[reason],
            date=last.date,
        )
        run.activity_schedule(
            "isp_subscription.mail_activity_run_held",
            note=note,
            user_id=company._isp_manager().id,
            date_deadline=today,
        )
        return run

    @api.model
    def _isp_start(self, company, kind, date):
        """Return the record of a real run that starts now; the caller commits it at once.

        A run of the same day that was interrupted is gone on with; one that another process is
        in the middle of is left alone.
        """
        runs = self.sudo()
        same = [("company_id", "=", company.id), ("kind", "=", kind), ("is_dry", "=", False)]
        silent = fields.Datetime.now() - timedelta(minutes=SILENT_MINUTES)
        dead = runs.search([*same, ("state", "=", "running"), ("beat_at", "<", silent)])
        dead.try_lock_for_update()._isp_close("interrupted")
        is_auto = bool(self.env.context.get("isp_auto_run"))
        open_states = ("interrupted", "done") if kind == "notice" else ("interrupted",)
        run = runs.search(
            [*same, ("date", "=", date), ("state", "in", open_states), ("is_auto", "=", is_auto)],
            limit=1,
        ).try_lock_for_update(allow_referencing=True)
        if run:
            run.write({"state": "running", "beat_at": fields.Datetime.now(), "ended_at": False})
            return run
        vals = {"company_id": company.id, "kind": kind, "date": date, "is_auto": is_auto}
        return runs.with_context(tracking_disable=True).create(vals)

    def _isp_add(self, seconds=0.0, **figures):
        """Add the figures of a chunk in one statement; a later kill loses none of it."""
        self.ensure_one()
        steps = [
            SQL("%s = COALESCE(%s, 0) + %s", SQL.identifier(name), SQL.identifier(name), value)
            for name, value in figures.items()
            if name in FIGURES and value
        ]
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE isp_run SET beat_at = %s, seconds = COALESCE(seconds, 0) + %s%s"
                " WHERE id = %s",
                fields.Datetime.now(),
                seconds,
                SQL("").join(SQL(", %s", step) for step in steps),
                self.id,
            )
        )
        self.invalidate_recordset()

    def _isp_close(self, state):
        """End the runs in ``state``."""
        if self:
            self.write({"state": state, "ended_at": fields.Datetime.now()})
