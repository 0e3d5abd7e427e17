from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_traffic_interval = fields.Integer(related="company_id.isp_traffic_interval", readonly=False)
    isp_traffic_keep_days = fields.Integer(
        related="company_id.isp_traffic_keep_days", readonly=False
    )
    isp_traffic_keep_hours = fields.Integer(
        related="company_id.isp_traffic_keep_hours", readonly=False
    )
    isp_traffic_keep_years = fields.Integer(
        related="company_id.isp_traffic_keep_years", readonly=False
    )
