import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BATCH_SIZE
from ..isolation import attempt, reason_of

#: So many are shown and decided at once; a whole company is the runs' business.
MOST_SERVICES = 2000
#: A request works so long (seconds); the rest waits for another press of the button.
WORK_SECONDS = 45
#: Characters kept of an error: a template that fails answers with pages.
RESULT_LENGTH = 300

ROLES = {
    "bill": ("billing",),
    "cut": ("billing",),
    "reactivate": ("billing",),
    "anchor": ("billing",),
    "reminder": ("cashier", "billing"),
    "promise": ("cashier", "billing"),
    "plan_change": ("cashier", "billing"),
    "branch": ("cashier", "billing"),
    "zone": ("technician", "cashier", "billing"),
}


class IspMassAction(models.TransientModel):
    """One action on many services: first what would happen to each, then exactly that.

    The preview keeps a sentence per service. At its turn the service is locked and the sentence
    is made again: when it differs, the service is left alone. Each one has a savepoint, each
    chunk a commit together with its results, so a second press never repeats what was done.
    """

    _name = "isp.mass.action"
    _description = "Action on several services"

    subscription_ids = fields.Many2many(
        "isp.subscription", string="Services", default=lambda self: self._default_subscriptions()
    )
    subscription_count = fields.Integer(compute="_compute_subscription_count")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, readonly=True
    )
    action = fields.Selection(
        [
            ("bill", "Bill the next period"),
            ("reminder", "Send a reminder"),
            ("promise", "Note a promise of payment"),
            ("cut", "Cut because of debt"),
            ("reactivate", "Reactivate"),
            ("plan_change", "Change the plan at the next cut-off"),
            ("anchor", "Change the cut-off day"),
            ("zone", "Change the zone"),
            ("branch", "Change the branch"),
        ],
        required=True,
        default="reminder",
    )
    date_until = fields.Date(string="Promised until")
    plan_id = fields.Many2one(
        "product.template",
        string="New plan",
        domain="[('isp_is_plan', '=', True), ('company_id', 'in', (False, company_id))]",
    )
    anchor_day = fields.Integer(string="New cut-off day", default=1)
    zone_id = fields.Many2one(
        "isp.zone", string="New zone", domain="[('company_id', 'in', (False, company_id))]"
    )
    branch_id = fields.Many2one(
        "isp.branch", string="New branch", domain="[('company_id', '=', company_id)]"
    )
    state = fields.Selection(
        [("choose", "Choose"), ("preview", "Preview"), ("done", "Done")],
        default="choose",
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many("isp.mass.action.line", "wizard_id", readonly=True)
    ready_count = fields.Integer(compute="_compute_counts")
    skipped_count = fields.Integer(compute="_compute_counts")
    done_count = fields.Integer(compute="_compute_counts")
    failed_count = fields.Integer(compute="_compute_counts")

    # === COMPUTE METHODS === #

    @api.model
    def _default_subscriptions(self):
        if self.env.context.get("active_model") != "isp.subscription":
            return self.env["isp.subscription"]
        return self.env["isp.subscription"].browse(self.env.context.get("active_ids", []))

    @api.depends("subscription_ids")
    def _compute_subscription_count(self):
        for wizard in self:
            wizard.subscription_count = len(wizard.subscription_ids)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for wizard in self:
            states = wizard.line_ids.mapped("state")
            wizard.ready_count = states.count("ready")
            wizard.skipped_count = states.count("skipped")
            wizard.done_count = states.count("done")
            wizard.failed_count = states.count("failed") + states.count("changed")

    # === ACTION METHODS === #

    def action_preview(self):
        """Say for every chosen service what would happen, or why nothing does."""
        self.ensure_one()
        self._check_may()
        self._check_choice()
        lines = []
        for subscription in self.subscription_ids.sorted("name"):
            text, reason = self._foretell(subscription)
            lines.append(
                {
                    "wizard_id": self.id,
                    "subscription_id": subscription.id,
                    "state": "ready" if text else "skipped",
                    "text": text or reason,
                }
            )
        lines.sort(key=lambda line: line["state"] != "ready")  # what will be done comes first
        self.sudo().line_ids.unlink()
        self.env["isp.mass.action.line"].sudo().create(lines)
        self.sudo().state = "preview"
        return self._reopen()

    def action_back(self):
        """Choose again."""
        self.ensure_one()
        self.sudo().line_ids.filtered(lambda line: line.state != "done").unlink()
        self.sudo().state = "choose"
        return self._reopen()

    def action_execute(self):
        """Do what the preview says, in chunks; pressed again, it goes on where it stopped."""
        self.ensure_one()
        self._check_may()
        started = time.monotonic()
        while time.monotonic() - started < WORK_SECONDS:
            lines = self.line_ids.filtered(lambda line: line.state == "ready")[:BATCH_SIZE]
            if not lines:
                break
            for line in lines:
                self._execute_line(line)
            # Results are committed with the deeds: killed now, nothing is done twice.
            self.env["ir.cron"]._commit_progress(len(lines))
        if not self.ready_count:
            self.sudo().state = "done"
        return self._reopen()

    # === BUSINESS METHODS === #

    def _check_may(self):
        self.env["isp.subscription"]._isp_check_role(*ROLES[self.action])

    def _check_choice(self):
        """Raise a `UserError` when the choice is not complete."""
        if not self.subscription_ids:
            raise UserError(self.env._("Choose the services in the list first."))
        if len(self.subscription_ids) > MOST_SERVICES:
            raise UserError(self.env._("Choose at most %s services at once.", MOST_SERVICES))
        if self.subscription_ids.company_id != self.company_id:
            raise UserError(self.env._("Choose services of one company, %s.", self.company_id.name))
        needed = {
            "promise": (self.date_until, self.env._("Choose the day of the promise.")),
            "plan_change": (self.plan_id, self.env._("Choose the new plan.")),
            "anchor": (
                1 <= self.anchor_day <= 31,
                self.env._("The cut-off day must be between 1 and 31."),
            ),
            "zone": (self.zone_id, self.env._("Choose the new zone.")),
            "branch": (self.branch_id, self.env._("Choose the new branch.")),
        }
        given, text = needed.get(self.action, (True, ""))
        if not given:
            raise UserError(text)

    def _foretell(self, subscription):
        """Return ``(what would happen, why nothing happens)``: one of them is empty."""
        try:
            return getattr(self, f"_foretell_{self.action}")(subscription), ""
        except UserError as error:
            return "", str(error)

    def _execute_line(self, line):
        """Do the foretold to one service in a savepoint and write the result on its line."""
        error, values = attempt(self.env, self._do_line, line)
        if error:
            values = {"state": "failed", "result": reason_of(error)[:RESULT_LENGTH]}
        line.sudo().write(values)

    def _do_line(self, line):
        """Do the foretold to one service unless it changed; return the values of its line."""
        subscription = line.subscription_id
        subscription._lock_for_settlement()
        subscription.invalidate_recordset()
        text, reason = self._foretell(subscription)
        if text != line.text:
            return {"state": "changed", "result": text or reason}
        result = getattr(self, f"_do_{self.action}")(subscription)
        return {"state": "done", "result": result or ""}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Action on several services"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
