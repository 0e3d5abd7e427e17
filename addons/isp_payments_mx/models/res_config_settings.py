from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_voucher_days = fields.Integer(related="company_id.isp_voucher_days", readonly=False)
    isp_spei_beneficiary = fields.Char(related="company_id.isp_spei_beneficiary", readonly=False)
    isp_spei_bank = fields.Char(related="company_id.isp_spei_bank", readonly=False)
