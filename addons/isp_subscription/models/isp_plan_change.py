from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_company_change import CHANGE_POLICIES

OPEN_STATES = ("awaiting_payment", "scheduled")


class IspPlanChange(models.Model):
    """A change of plan that was asked for: its arithmetic, its invoice, and how it ended.

    Until it is applied nothing of the service, its ledger or its posted invoices differs: what
    is asked for on payment is a draft invoice, which a lapsed request takes with it.
    """

    _name = "isp.plan.change"
    _description = "Plan change"
    _order = "id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    plan_from_id = fields.Many2one(
        "product.template", string="Present plan", required=True, readonly=True, ondelete="restrict"
    )
    plan_to_id = fields.Many2one(
        "product.template", string="New plan", required=True, readonly=True, ondelete="restrict"
    )
    policy = fields.Selection(CHANGE_POLICIES, required=True, readonly=True, default="on_payment")
    state = fields.Selection(
        [
            ("awaiting_payment", "Waiting for payment"),
            ("scheduled", "Scheduled"),
            ("applied", "Applied"),
            ("expired", "Lapsed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    price_from = fields.Monetary(string="Present price", readonly=True, help="Per month, with tax.")
    price_to = fields.Monetary(string="New price", readonly=True, help="Per month, with tax.")
    agreed_price = fields.Monetary(
        readonly=True, help="Price of one's own for the new plan; 0 means the plan's."
    )
    line_data = fields.Json(
        string="Arithmetic",
        readonly=True,
        help="Lines with kind, concept, factors and amount, as they were shown.",
    )
    lines_html = fields.Html(string="Detail", compute="_compute_lines_html", sanitize=False)
    amount_total = fields.Monetary(
        string="Cost", readonly=True, help="What the customer agreed to, before his credit."
    )
    amount_due = fields.Monetary(string="To be paid", readonly=True)
    requested_on = fields.Date(readonly=True, help="Day of the request where the company is.")
    effective_date = fields.Date(
        readonly=True, help="First day of the new plan; planned while the change is open."
    )
    expires_at = fields.Datetime(readonly=True, index="btree_not_null")
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, index="btree_not_null", ondelete="set null"
    )
    credit_move_ids = fields.Many2many("account.move", string="Credit notes", readonly=True)
    requested_by_id = fields.Many2one("res.users", string="Requested by", readonly=True)
    channel = fields.Selection(
        [("portal", "Customer portal"), ("office", "Office")], required=True, readonly=True
    )
    request_mark = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="One press of a button in the portal.",
    )
    applied_at = fields.Datetime(readonly=True)
    closed_reason = fields.Char(string="Ended because", readonly=True)
    is_late_noted = fields.Boolean(
        readonly=True, help="Money for this lapsed request came and the staff was told."
    )

    _open_uniq = models.UniqueIndex(
        "(subscription_id) WHERE state IN ('awaiting_payment', 'scheduled')",
        "The service has another change of plan open.",
    )
    _request_mark_uniq = models.Constraint(
        "UNIQUE(request_mark)", "One press of a button makes one request."
    )
    _plans_differ = models.Constraint(
        "CHECK(plan_from_id != plan_to_id)", "The service has this plan already."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount_due >= 0)", "What is to be paid cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id.name", "plan_from_id.name", "plan_to_id.name")
    def _compute_display_name(self):
        for change in self.sudo():
            change.display_name = (
                f"{change.subscription_id.name}: {change.plan_from_id.name} → "
                f"{change.plan_to_id.name}"
            )

    @api.depends("line_data")
    def _compute_lines_html(self):
        for change in self:
            change.lines_html = self._isp_lines_html(
                change.line_data or [], change.amount_due, change.currency_id
            )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A change of plan is kept: cancel it instead."))

    # === ACTION METHODS === #

    def action_cancel(self):
        """Give the request up; the service stays as it is."""
        self.subscription_id._isp_check_role("cashier", "billing")
        for change in self:
            change._isp_close("cancelled", self.env._("Cancelled by %s", self.env.user.name))

    def action_apply(self):
        """Change the plan now and leave what is not paid as a debt of the service."""
        self.subscription_id._isp_check_role("billing")
        for change in self:
            change._isp_apply_now()

    def action_view_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))

    # === HELPERS === #

    @api.model
    def _isp_lines_html(self, lines, amount_due, currency):
        """Return the arithmetic as a table: concept, factors, amount, and what is to be paid."""
        values = {"lines": lines, "amount_due": amount_due, "currency": currency}
        return self.env["ir.qweb"]._render("isp_subscription.plan_change_lines", values)
