from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_spei_agreement = fields.Char(related="company_id.isp_spei_agreement", readonly=False)
    isp_spei_clabe = fields.Char(related="company_id.isp_spei_clabe", readonly=False)
    isp_store_hours = fields.Integer(related="company_id.isp_store_hours", readonly=False)
    isp_store_limit = fields.Float(related="company_id.isp_store_limit", readonly=False)
    isp_store_network = fields.Char(related="company_id.isp_store_network", readonly=False)
    isp_store_network_url = fields.Char(related="company_id.isp_store_network_url", readonly=False)
    isp_voucher_currency_code = fields.Boolean(
        related="company_id.isp_voucher_currency_code", readonly=False
    )
