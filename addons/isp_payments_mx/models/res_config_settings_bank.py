from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_bank_sure = fields.Integer(related="company_id.isp_bank_sure", readonly=False)
    isp_bank_days = fields.Integer(related="company_id.isp_bank_days", readonly=False)
