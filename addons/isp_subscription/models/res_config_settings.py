from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_lead_days = fields.Integer(related="company_id.isp_lead_days", readonly=False)
    isp_statement_days = fields.Integer(related="company_id.isp_statement_days", readonly=False)
    isp_grace_days = fields.Integer(related="company_id.isp_grace_days", readonly=False)
    isp_max_months = fields.Integer(related="company_id.isp_max_months", readonly=False)
    isp_min_debt = fields.Monetary(
        related="company_id.isp_min_debt", readonly=False, currency_field="isp_currency_id"
    )
    isp_currency_id = fields.Many2one(related="company_id.currency_id", string="ISP currency")
    isp_suspended_billing = fields.Selection(
        related="company_id.isp_suspended_billing", readonly=False
    )
    isp_portal_title = fields.Char(related="company_id.isp_portal_title", readonly=False)
    isp_product_name = fields.Char(related="company_id.isp_product_name", readonly=False)
    isp_support_phone_1 = fields.Char(related="company_id.isp_support_phone_1", readonly=False)
    isp_support_phone_2 = fields.Char(related="company_id.isp_support_phone_2", readonly=False)
    isp_suspend_weekdays = fields.Char(related="company_id.isp_suspend_weekdays", readonly=False)
    isp_consumption_range = fields.Selection(
        related="company_id.isp_consumption_range", readonly=False
    )
    isp_contract_prefix = fields.Char(related="company_id.isp_contract_prefix", readonly=False)
