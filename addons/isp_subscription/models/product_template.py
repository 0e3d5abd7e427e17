from odoo import api, fields, models
from odoo.tools import format_date


class ProductTemplate(models.Model):
    _inherit = "product.template"

    isp_is_plan = fields.Boolean(
        string="Internet plan", help="Sold by subscription and billed every month."
    )
    isp_down_mbps = fields.Float(string="Download (Mbit/s)", digits=(10, 2))
    isp_up_mbps = fields.Float(string="Upload (Mbit/s)", digits=(10, 2))
    isp_speed_label = fields.Char(string="Speed", compute="_compute_isp_speed_label")
    isp_billing_mode = fields.Selection(
        [("prepaid", "Prepaid"), ("postpaid", "Postpaid")],
        string="Billing",
        default="prepaid",
        required=True,
        help="Prepaid: the month is paid before its cut-off date. Postpaid: after it.",
    )
    isp_allowed_plan_ids = fields.Many2many(
        "product.template",
        "isp_plan_allowed_change_rel",
        "plan_id",
        "target_id",
        string="Allowed plan changes",
        domain="[('isp_is_plan', '=', True)]",
        help="Plans a customer may change to. The law asks for a cheaper one where it exists.",
    )
    isp_tariff_registration_no = fields.Char(
        string="Tariff registration", help="Registration number of the tariff at the regulator."
    )
    isp_price_total = fields.Monetary(
        string="Monthly price with tax", compute="_compute_isp_price_total"
    )
    isp_subscription_count = fields.Integer(compute="_compute_isp_subscription_count")

    _isp_down_mbps_positive = models.Constraint(
        "CHECK(isp_down_mbps >= 0 AND isp_up_mbps >= 0)", "A speed cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("isp_down_mbps", "isp_up_mbps")
    def _compute_isp_speed_label(self):
        for plan in self:
            plan.isp_speed_label = (
                f"{plan.isp_down_mbps:g}/{plan.isp_up_mbps:g} Mbps" if plan.isp_down_mbps else ""
            )

    @api.depends("list_price", "taxes_id.amount", "taxes_id.price_include_override")
    @api.depends_context("company")
    def _compute_isp_price_total(self):
        for plan in self:
            plan.isp_price_total = plan._isp_price_total() if plan.isp_is_plan else 0.0

    def _compute_isp_subscription_count(self):
        groups = self.env["isp.subscription"]._read_group(
            [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
        )
        counts = {plan.id: count for plan, count in groups}
        for plan in self:
            plan.isp_subscription_count = counts.get(plan.id, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_is_plan", "isp_billing_mode", "company_id")
    def _check_isp_postpaid_minimums(self):
        """A postpaid plan needs companies whose settings respect the law."""
        if any(plan.isp_is_plan and plan.isp_billing_mode == "postpaid" for plan in self):
            self.env["res.company"].sudo()._isp_below_legal()._check_isp_legal_minimums()

    # === ACTION METHODS === #

    def action_isp_view_subscriptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_subscription_action"
        )
        return {**action, "domain": [("plan_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _isp_taxes(self, partner=None, company=None):
        """Return the sale taxes of the plan in ``company`` as they apply to ``partner``."""
        self.ensure_one()
        company = company or self.env.company
        position = self.env["account.fiscal.position"].sudo()
        if partner:
            position = partner._isp_fiscal_position(company)
        ids = self.env["isp.billing.memo"]._isp_once(
            ("taxes", self.id, company.id, position.id),
            lambda: self._isp_company_taxes(position, company).ids,
        )
        return self.env["account.tax"].sudo().browse(ids)

    def _isp_company_taxes(self, fiscal_position, company):
        taxes = self.sudo().taxes_id.filtered_domain(
            self.env["account.tax"]._check_company_domain(company)
        )
        return fiscal_position.map_tax(taxes)

    def _isp_price_total(self, partner=None, date=None):
        """Return the monthly price with tax, by Odoo's tax engine.

        :param partner: customer whose fiscal position maps the taxes
        :param date: day of the price, for addons with dated prices (unused here)
        """
        self.ensure_one()
        taxes = self._isp_taxes(partner)
        currency = self.currency_id or self.env.company.currency_id
        product = self.sudo().product_variant_id
        return taxes.compute_all(
            self.list_price, currency=currency, quantity=1.0, product=product, partner=partner
        )["total_included"]

    def _isp_price_unit(self, total, taxes, currency):
        """Return the unit price that makes the tax engine arrive at ``total`` with tax.

        It is not rounded: the cents of base and tax then add up to every total (650.00 and not
        649.99) where the company rounds taxes globally, as in Mexico. Per line, Odoo cannot
        arrive at some totals with taxes that are not included; `_period_price` tells them.
        """
        self.ensure_one()
        if not taxes or all(tax.price_include for tax in taxes):
            return total
        return taxes._get_tax_details(
            total,
            1.0,
            product=self.sudo().product_variant_id,
            special_mode="total_included",
            rounding_method="round_globally",
        )["total_excluded"]

    def _isp_period_label(self, period, lang):
        """Return the text of ``period`` of this plan in ``lang``."""
        self.ensure_one()
        start, end = (
            format_date(self.env, day, lang_code=lang, date_format="d MMM y") for day in period
        )
        return f"{self.sudo().with_context(lang=lang).name}, {start} – {end}"
