from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.leave import next_year

OPEN_STATES = ("planned", "running")
STATES = [
    ("planned", "Planned"),
    ("running", "Running"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]


class IspPause(models.Model):
    """A vacation: no service and no bills from a first day until the first day back.

    Dates are calendar dates of the company, half-open. A pause begins and ends by itself; what
    was billed of its days is credited when it begins, to the day. The cut-off day never moves.
    """

    _name = "isp.pause"
    _description = "Pause of a service"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, index=True, ondelete="restrict", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", required=True, index=True)
    date_to = fields.Date(string="Back on", required=True, help="First day with service again.")
    days = fields.Integer(compute="_compute_days", store=True)
    repeat_yearly = fields.Boolean(
        string="Every year", help="When it ends, the same dates of the next year are planned."
    )
    state = fields.Selection(STATES, default="planned", required=True, index=True)
    note = fields.Char(help="Why it was changed, cancelled or is waiting.")
    waiting_since = fields.Date(
        string="Waiting since",
        help="First day on which the pause could not begin because of the service's debt.",
    )
    fee_move_id = fields.Many2one(
        "account.move", string="Invoice of the fee", index="btree_not_null"
    )
    credit_move_ids = fields.Many2many(
        "account.move", "isp_pause_credit_move_rel", "pause_id", "move_id", string="Credit notes"
    )
    credit_amount = fields.Monetary(
        string="Credited", compute="_compute_credit_amount", help="Days given back, with tax."
    )
    previous_id = fields.Many2one(
        "isp.pause", string="Repeats", index="btree_not_null", help="The pause of the year before."
    )

    _dates_ordered = models.Constraint(
        "CHECK(date_to > date_from)", "A pause ends after its first day."
    )
    # int4range instead of "=": it needs no extension of PostgreSQL.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH &&,"
        " daterange(date_from, date_to) WITH &&) WHERE (state != 'cancelled')",
        "The service already has a pause on some of these days.",
    )
    _repeated_once = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL", "A pause is repeated once a year."
    )
    _one_running = models.UniqueIndex(
        "(subscription_id) WHERE state = 'running'", "A service can be paused only once at a time."
    )

    # === COMPUTE METHODS === #

    @api.depends("date_from", "date_to")
    def _compute_days(self):
        for pause in self:
            both = pause.date_from and pause.date_to
            pause.days = (pause.date_to - pause.date_from).days if both else 0

    @api.depends("credit_move_ids.amount_total")
    def _compute_credit_amount(self):
        for pause in self:
            pause.credit_amount = sum(pause.sudo().credit_move_ids.mapped("amount_total"))

    @api.depends("subscription_id.name", "date_from", "date_to")
    def _compute_display_name(self):
        for pause in self:
            name = pause.subscription_id.name
            pause.display_name = f"{name} {pause.date_from} – {pause.date_to}"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_by_its_buttons()
        return super().create(vals_list)

    def write(self, vals):
        self._check_by_its_buttons()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A pause is never deleted: cancel it instead."))

    def _check_by_its_buttons(self):
        """Pauses are made and changed by their buttons, which check limits and book credits."""
        if not self.env.su:
            raise AccessError(self.env._("Use the buttons of the pause to change it."))

    # === ACTION METHODS === #

    def action_cancel(self):
        """Cancel planned pauses."""
        for pause in self:
            pause.subscription_id._isp_check_role("cashier", "billing")
            pause.sudo()._cancel(self.env._("Cancelled by %s", self.env.user.name))

    def action_return(self):
        """The customer is back before the end: switch on today."""
        self.ensure_one()
        self.subscription_id._isp_check_role("billing")
        self.sudo()._return(self.env._("By hand: %s", self.env.user.name))

    def action_extend(self):
        """Open the dates of the pause to change them."""
        self.ensure_one()
        self.subscription_id._isp_check_role("cashier", "billing")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the pause"),
            "res_model": "isp.pause.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_subscription_id": self.subscription_id.id,
                "default_pause_id": self.id,
                "default_date_from": fields.Date.to_string(self.date_from),
                "default_date_to": fields.Date.to_string(self.date_to),
                "default_repeat_yearly": self.repeat_yearly,
            },
        }

    # === BUSINESS METHODS: CHANGES ON REQUEST === #

    def _cancel(self, reason):
        """Give up a planned pause, and its repetition with it.

        :raise UserError: when it has begun
        """
        for pause in self:
            if pause.state == "cancelled":
                continue
            if pause.state != "planned":
                raise UserError(
                    self.env._("This pause has begun: end it instead, from the day of return.")
                )
            pause.write({"state": "cancelled", "note": reason})
            pause._log(self.env._("Pause cancelled: %s", reason))

    def _change_dates(self, date_from, date_to, limits="staff"):
        """Move a planned pause, or the end of a running one.

        :param str limits: "staff" or "customer" (who must give notice)
        :raise UserError: when the dates are outside of the limits
        """
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        if self.state == "running":
            self._move_end(date_to)
            return
        if self.state != "planned":
            raise UserError(self.env._("This pause is over."))
        subscription._isp_check_pause(date_from, date_to, limits, changed=self)
        self.write({"date_from": date_from, "date_to": date_to, "waiting_since": False})
        self.flush_recordset()
        self._log(self.env._("Pause moved to %(start)s – %(end)s", start=date_from, end=date_to))

    def _move_end(self, date_to):
        """Let a running pause end on another day: sooner its days are billed again, later they
        are credited too."""
        self.ensure_one()
        subscription = self.subscription_id
        today = subscription.company_id._isp_today()
        if date_to <= today:
            self._return(self.env._("Return of the customer"))
            return
        if date_to > self.date_to:
            subscription._isp_check_pause_length(self.date_from, date_to)
            subscription._isp_check_pause_free(self.date_from, date_to, changed=self)
            old, self.date_to = self.date_to, date_to
            self.flush_recordset()
            self._take_days(old, date_to)
        else:
            self._free_days(date_to)
        self._log(self.env._("The pause now ends on %s", date_to))

    def _return(self, reason):
        """End a running pause today, whatever its planned end."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        if self.state != "running":
            raise UserError(self.env._("Only a running pause can be ended."))
        today, planned_end = subscription.company_id._isp_today(), self.date_to
        if today <= self.date_from:
            # Back on the first day: all of it is billed again.
            self._period_rows()._isp_free_off_days(self.date_from)
            self.write({"state": "cancelled", "note": reason})
        elif today < self.date_to:
            self._free_days(today)
        if self.state == "running":
            self._finish(reason, planned_end)
        else:
            self._switch_on(reason)

    def _free_days(self, date):
        """Shorten the pause: its days from ``date`` on are billed again."""
        self._period_rows()._isp_free_off_days(date)
        self.date_to = date
        self.flush_recordset()

    def _period_rows(self):
        self.ensure_one()
        return self.env["isp.subscription.period"].search([("pause_id", "=", self.id)])

    def _log(self, text):
        """Note what happened to the pause in the history of its service."""
        self.ensure_one()
        self.subscription_id._message_log(body=text)

    # === BUSINESS METHODS: REPETITION === #

    def _plan_next_year(self, planned_end=None):
        """Plan the same dates of the next year, once.

        :param planned_end: who came back earlier is not asked to do so every year
        """
        self.ensure_one()
        if not self.repeat_yearly or self.search_count([("previous_id", "=", self.id)], limit=1):
            return self.browse()
        if self.subscription_id.state not in ("active", "grace", "paused"):
            return self.browse()
        start, end = next_year(self.date_from), next_year(planned_end or self.date_to)
        if self.subscription_id._isp_pauses_between(start, end):
            self._log(self.env._("The pause of next year was already planned by hand."))
            return self.browse()
        values = {"date_from": start, "date_to": end, "repeat_yearly": True}
        return self.create(
            {**values, "subscription_id": self.subscription_id.id, "previous_id": self.id}
        )
