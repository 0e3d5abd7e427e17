from odoo import api, fields, models
from odoo.fields import Domain


class ProductTemplate(models.Model):
    """A plan and the cheaper ones that the law wants to be reachable from it."""

    _inherit = "product.template"

    isp_lacks_cheaper = fields.Boolean(
        string="No cheaper plan is allowed",
        compute="_compute_isp_lacks_cheaper",
        help="A customer may change to a cheaper plan at any time (NOM-184, contract clause 8).",
    )

    @api.depends("isp_is_plan", "list_price", "isp_allowed_plan_ids.list_price")
    @api.depends_context("company")
    def _compute_isp_lacks_cheaper(self):
        plans = self.search(self._isp_offered_domain())
        prices = {plan: plan.isp_price_total for plan in plans}
        for plan in self:
            price = plan.isp_price_total
            cheaper = any(other < price for other in prices.values())
            allowed = any(target.isp_price_total < price for target in plan.isp_allowed_plan_ids)
            plan.isp_lacks_cheaper = plan.isp_is_plan and cheaper and not allowed

    @api.model
    def _isp_offered_domain(self):
        """Return the domain of the plans that the present company sells."""
        own = Domain("company_id", "in", (False, self.env.company.id))
        return own & Domain("isp_is_plan", "=", True) & Domain("active", "=", True)
