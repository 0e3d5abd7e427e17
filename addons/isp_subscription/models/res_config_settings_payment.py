from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_duplicate_days = fields.Integer(related="company_id.isp_duplicate_days", readonly=False)
