from odoo import api, fields, models
from odoo.exceptions import ValidationError

OUTAGE_STATES = [
    ("to_confirm", "To confirm"),
    ("open", "Open"),
    ("closed", "Closed"),
    ("void", "Void"),
]
RUNNING = ("to_confirm", "open")


class IspOutage(models.Model):
    """A time without service, with its evidence: the basis of a compensation.

    Whoever knows of one (monitoring, a ticket) opens it by :meth:`_isp_open` and ends it by
    :meth:`_isp_close`. Moments are UTC. Compensation counts what is closed and provider's fault.
    """

    _name = "isp.outage"
    _description = "Outage of the service"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _rec_name = "name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    state = fields.Selection(
        OUTAGE_STATES, default="open", required=True, readonly=True, copy=False, tracking=True
    )
    cause = fields.Selection(
        [
            ("provider", "Provider"),
            ("force_majeure", "Force majeure"),
            ("unknown", "Not known yet"),
        ],
        default="unknown",
        required=True,
        tracking=True,
        help="Decides on the compensation; power cuts of the grid and storms are force majeure.",
    )
    zone_id = fields.Many2one("isp.zone", check_company=True, index=True)
    date_start = fields.Datetime(
        string="Since", required=True, default=fields.Datetime.now, tracking=True
    )
    date_end = fields.Datetime(string="Until", copy=False, tracking=True)
    hours = fields.Float(compute="_compute_hours", digits=(8, 2), help="Until now while it lasts.")
    evidence_kind = fields.Selection(
        [("monitoring", "Monitoring"), ("ticket", "Report of a customer"), ("manual", "By hand")],
        string="Found by",
        default="manual",
        required=True,
        readonly=True,
    )
    evidence = fields.Text(help="What was measured or reported, with its times.")
    source_ref = fields.Char(
        readonly=True, copy=False, help="What it is about for whoever opened it: one at a time."
    )
    subscription_ids = fields.Many2many(
        "isp.subscription", string="Affected services", check_company=True
    )
    subscription_count = fields.Integer(
        string="Services", compute="_compute_subscription_count", store=True
    )

    _order_of_time = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)", "An outage cannot end before it began."
    )
    _closed_has_an_end = models.Constraint(
        "CHECK(state <> 'closed' OR date_end IS NOT NULL)", "A closed outage has an end."
    )
    _running_uniq = models.UniqueIndex(
        "(company_id, source_ref) WHERE source_ref IS NOT NULL AND state IN ('to_confirm', 'open')",
        "This outage is open already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("date_start", "date_end")
    def _compute_hours(self):
        now = fields.Datetime.now()
        for outage in self:
            seconds = ((outage.date_end or now) - (outage.date_start or now)).total_seconds()
            outage.hours = max(seconds, 0) / 3600

    @api.depends("subscription_ids")
    def _compute_subscription_count(self):
        for outage in self:
            outage.subscription_count = len(outage.subscription_ids)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Say that it was a real outage."""
        self.ensure_one()
        if self.state == "to_confirm":
            self.state = "closed" if self.date_end else "open"

    def action_close(self):
        """End it now, or at the moment written as its end."""
        self.ensure_one()
        if self.state not in RUNNING:
            return
        self._isp_close(self.date_end or fields.Datetime.now())

    def action_void(self):
        """Say that it was none: nobody is compensated for it."""
        self.ensure_one()
        self.state = "void"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_open(self, vals):
        """Open an outage, or return the one that runs already for the same ``source_ref``.

        :param vals: values of the record; ``subscription_ids`` as ids of services
        :raise ValidationError: there is no affected service
        """
        if not vals.get("subscription_ids"):
            raise ValidationError(self.env._("An outage without affected services is none."))
        company = vals.get("company_id") or self.env.company.id
        running = self.search(
            [
                ("company_id", "=", company),
                ("source_ref", "=", vals.get("source_ref")),
                ("source_ref", "!=", False),
                ("state", "in", RUNNING),
            ],
            limit=1,
        )
        if running:
            added = set(vals["subscription_ids"]) - set(running.subscription_ids.ids)
            running.subscription_ids = [fields.Command.link(sub_id) for sub_id in sorted(added)]
            return running
        return self.create(
            {**vals, "subscription_ids": [fields.Command.set(list(vals["subscription_ids"]))]}
        )

    def _isp_close(self, moment):
        """End running outages at a moment; one that must be confirmed still must be."""
        for outage in self.filtered(lambda item: item.state in RUNNING):
            end = max(moment, outage.date_start)
            state = "closed" if outage.state == "open" else "to_confirm"
            # Ended and to be confirmed: it no longer stands for what goes on now.
            key = outage.source_ref if state == "closed" else False
            outage.write({"date_end": end, "state": state, "source_ref": key})
