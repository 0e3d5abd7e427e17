from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import NETWORK_ON_STATES, STATES, TRANSITIONS
from ..services.periods import first_gap

STAFF = "isp_subscription.group_isp_readonly"


class IspSubscription(models.Model):
    _name = "isp.subscription"
    _description = "Internet subscription"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "name desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "partner_id.name"]

    # Contract
    name = fields.Char(string="Contract", readonly=True, copy=False, index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Payer", store=True, index=True
    )
    plan_id = fields.Many2one(
        "product.template",
        required=True,
        tracking=True,
        index=True,
        domain="[('isp_is_plan', '=', True)]",
        check_company=True,
    )
    isp_speed_label = fields.Char(related="plan_id.isp_speed_label")
    billing_mode = fields.Selection(related="plan_id.isp_billing_mode", store=True)
    price_override = fields.Monetary(
        string="Agreed price", tracking=True, help="Monthly price with tax; 0 means the plan's."
    )
    price_total = fields.Monetary(
        string="Monthly price", compute="_compute_price_total", store=True, help="With tax."
    )
    service_address_id = fields.Many2one(
        "isp.service.address", check_company=True, domain="[('partner_id', '=', partner_id)]"
    )
    zone_id = fields.Many2one("isp.zone", check_company=True, index=True)
    branch_id = fields.Many2one("isp.branch", check_company=True, index=True)
    note = fields.Text(string="Internal note", groups=STAFF)

    # Life cycle
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,  # columns in the order of life, not of the alphabet
    )
    state_since = fields.Datetime(readonly=True, copy=False)
    date_start = fields.Date(string="Service start", tracking=True, copy=False)
    date_end = fields.Date(string="Service end", tracking=True, copy=False, readonly=True)
    suspension_ids = fields.One2many("isp.suspension", "subscription_id", readonly=True)
    document_ids = fields.One2many("isp.document", "subscription_id")

    # Billing
    anchor_day = fields.Integer(
        string="Cut-off day",
        compute="_compute_anchor_day",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="Day of the month, 1 to 31. In a shorter month the cut is its last day.",
    )
    period_ids = fields.One2many("isp.subscription.period", "subscription_id", readonly=True)
    cutoff_date = fields.Date(
        string="Cut-off date",
        compute="_compute_coverage",
        store=True,
        index=True,
        help="First day that is not covered by a paid period.",
    )
    next_billing_date = fields.Date(
        compute="_compute_coverage", store=True, index=True, help="First day not billed yet."
    )
    billing_error = fields.Text(readonly=True, copy=False, groups=STAFF)
    billing_error_date = fields.Date(readonly=True, copy=False, groups=STAFF)

    # Network
    network_desired_state = fields.Selection(
        [("on", "On"), ("off", "Off")],
        string="Desired network state",
        compute="_compute_network_desired_state",
        store=True,
    )
    network_state = fields.Selection(
        [("unknown", "Unknown"), ("on", "On"), ("off", "Off"), ("error", "Error")],
        default="unknown",
        required=True,
        readonly=True,
        copy=False,
    )

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)", "The contract number must be unique per company."
    )
    _anchor_day_range = models.Constraint(
        "CHECK(anchor_day BETWEEN 1 AND 31)", "The cut-off day must be between 1 and 31."
    )
    _price_override_positive = models.Constraint(
        "CHECK(price_override IS NULL OR price_override >= 0)", "A price cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("zone_id")
    def _compute_anchor_day(self):
        for subscription in self:
            # The zone gives a default: a chosen day, or one already billed, is never moved.
            if not subscription.anchor_day:
                subscription.anchor_day = subscription.zone_id.anchor_day or 1

    @api.depends(
        "price_override",
        "partner_id",
        "company_id",
        "plan_id.list_price",
        "plan_id.taxes_id.amount",
        "plan_id.taxes_id.price_include_override",
    )
    def _compute_price_total(self):
        for subscription in self:
            plan = subscription.plan_id.with_company(subscription.company_id)
            subscription.price_total = subscription.price_override or (
                plan._isp_price_total(subscription.partner_id) if plan else 0.0
            )

    @api.depends(
        "date_start",
        "period_ids.state",
        "period_ids.date_start",
        "period_ids.date_end",
    )
    def _compute_coverage(self):
        for subscription in self:
            start = subscription.date_start
            if not start:
                subscription.next_billing_date = subscription.cutoff_date = False
                continue
            rows = subscription.period_ids.filtered(lambda row: row.state != "void")
            gap = first_gap(start, [(row.date_start, row.date_end) for row in rows])
            unpaid = rows.filtered(lambda row: row.state == "billed").mapped("date_start")
            subscription.next_billing_date = gap
            subscription.cutoff_date = min(unpaid + [gap])

    @api.depends("state")
    def _compute_network_desired_state(self):
        for subscription in self:
            on = subscription.state in NETWORK_ON_STATES
            subscription.network_desired_state = "on" if on else "off"

    def _compute_access_url(self):
        super()._compute_access_url()
        for subscription in self:
            subscription.access_url = f"/my/isp?subscription_id={subscription.id}"

    def get_portal_url(self, *args, **kwargs):
        """Extend: the address of a service has its own question mark already."""
        address, *queries = super().get_portal_url(*args, **kwargs).split("?")
        return "?".join([address, "&".join(queries)]) if queries else address

    @api.depends("name", "plan_id.name")
    def _compute_display_name(self):
        for subscription in self:
            parts = [subscription.name, subscription.plan_id.sudo().name]
            subscription.display_name = " · ".join(part for part in parts if part)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("name"):
                company = self.env["res.company"].browse(
                    vals.get("company_id") or self.env.company.id
                )
                vals["name"] = company._isp_next_number("isp.subscription")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(subscription.state != "draft" for subscription in self):
            raise UserError(
                self.env._("Only a draft subscription can be deleted. Cancel the others.")
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Order the installation."""
        self._isp_check_role("cashier", "billing")
        for subscription in self:
            subscription._set_state("to_install", self.env._("Installation ordered"))

    def action_activate(self):
        """The service is installed: it starts today unless a start date was given."""
        self._isp_check_role("technician", "billing")
        for subscription in self:
            if not subscription.date_start:
                subscription.sudo().date_start = subscription.company_id._isp_today()
            subscription._set_state("active", self.env._("Service installed"))

    # === BUSINESS METHODS === #

    def _set_state(self, state, reason=None):
        """Move to ``state``, log who, when and why, and bring the network along.

        :raise UserError: when the present state does not allow it
        """
        self.ensure_one()
        if state == self.state:
            return
        if state not in TRANSITIONS[self.state]:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(name)s is %(old)s and cannot become %(new)s.",
                    name=self.name,
                    old=labels[self.state],
                    new=labels[state],
                )
            )
        record = self.sudo()
        record.write({"state": state, "state_since": fields.Datetime.now()})
        if reason:
            record._track_set_log_message(reason)
        record._network_apply()
