from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_outage_minutes = fields.Integer(related="company_id.isp_outage_minutes", readonly=False)
    isp_outage_percent = fields.Integer(related="company_id.isp_outage_percent", readonly=False)
    isp_outage_lines = fields.Integer(related="company_id.isp_outage_lines", readonly=False)
