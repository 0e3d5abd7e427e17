from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.res_company_change import CHANGE_POLICIES


class IspPlanChangeWizard(models.TransientModel):
    _name = "isp.plan.change.wizard"
    _description = "Change the plan of a service"

    subscription_id = fields.Many2one("isp.subscription", required=True, readonly=True)
    company_id = fields.Many2one(related="subscription_id.company_id")
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    plan_id = fields.Many2one(related="subscription_id.plan_id", string="Present plan")
    price_total = fields.Monetary(related="subscription_id.price_total", string="Present price")
    open_change_id = fields.Many2one(related="subscription_id.open_change_id")
    allowed_plan_ids = fields.Many2many("product.template", compute="_compute_allowed_plan_ids")
    plan_to_id = fields.Many2one(
        "product.template", string="New plan", domain="[('id', 'in', allowed_plan_ids)]"
    )
    policy = fields.Selection(
        CHANGE_POLICIES,
        compute="_compute_policy",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    agreed_price = fields.Monetary(help="Monthly price with tax; 0 means the plan's.")
    amount_due = fields.Monetary(string="To be paid", compute="_compute_terms")
    effective_date = fields.Date(string="New price from", compute="_compute_terms")
    lines_html = fields.Html(string="Detail", compute="_compute_terms", sanitize=False)
    error = fields.Char(compute="_compute_terms")
    change_id = fields.Many2one(
        "isp.plan.change", readonly=True, help="What was asked for; the button asks once."
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id")
    def _compute_allowed_plan_ids(self):
        for wizard in self:
            wizard.allowed_plan_ids = wizard.subscription_id._isp_allowed_plans()

    @api.depends("plan_to_id")
    def _compute_policy(self):
        for wizard in self:
            subscription = wizard.subscription_id
            plan = wizard.plan_to_id or subscription.plan_id
            wizard.policy = subscription._isp_default_policy(plan) if plan else "on_payment"

    @api.depends("subscription_id", "plan_to_id", "policy", "agreed_price")
    def _compute_terms(self):
        for wizard in self:
            wizard.update({"amount_due": 0.0, "effective_date": False, "error": False})
            wizard.lines_html = False
            if not wizard.plan_to_id:
                continue
            try:
                wizard._isp_show_terms()
            except UserError as error:
                wizard.error = str(error)

    # === ACTION METHODS === #

    def action_request(self):
        """Ask for the change and open it; pressed twice, it asks once."""
        return self._isp_request(apply_now=False)

    def action_apply(self):
        """Change the plan at once; what is not paid stays a debt."""
        self.subscription_id._isp_check_role("billing")
        return self._isp_request(apply_now=True)

    # === BUSINESS METHODS === #

    def _isp_show_terms(self):
        """Fill the arithmetic of the chosen plan and policy."""
        self.ensure_one()
        self.subscription_id.check_access("read")
        subscription = self.subscription_id.sudo()
        subscription._isp_check_plan_change(self.plan_to_id, self.policy, self.agreed_price)
        terms = subscription._isp_change_terms(self.plan_to_id, self.policy, self.agreed_price)
        changes = self.env["isp.plan.change"]
        values = changes._prepare_terms_vals(terms)
        self.amount_due = values["amount_due"]
        self.effective_date = terms.day
        self.lines_html = changes._isp_lines_html(
            values["line_data"], self.amount_due, self.currency_id
        )

    def _isp_request(self, apply_now):
        self.ensure_one()
        self.subscription_id._isp_check_role("cashier", "billing")
        if self.agreed_price:
            self.subscription_id._isp_check_role("billing")
        if not self.plan_to_id:
            raise UserError(self.env._("Choose the new plan."))
        self.lock_for_update()
        self.invalidate_recordset(["change_id"])
        if not self.sudo().change_id:
            change = self.subscription_id._isp_request_plan_change(
                self.plan_to_id, self.policy, "office", self.agreed_price
            )
            self.sudo().change_id = change
            if apply_now and change.state == "awaiting_payment":
                change.action_apply()
        return self.change_id._get_records_action(name=self.env._("Plan change"))
