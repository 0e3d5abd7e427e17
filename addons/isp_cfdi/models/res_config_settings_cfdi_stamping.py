from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The settings of stamping."""

    _inherit = "res.config.settings"

    isp_cfdi_backoff = fields.Char(related="company_id.isp_cfdi_backoff", readonly=False)
    isp_cfdi_alert_hours = fields.Integer(related="company_id.isp_cfdi_alert_hours", readonly=False)
    isp_cfdi_alarm_hours = fields.Integer(related="company_id.isp_cfdi_alarm_hours", readonly=False)
    isp_cfdi_max_age_hours = fields.Integer(
        related="company_id.isp_cfdi_max_age_hours", readonly=False
    )
    isp_cfdi_lanes = fields.Integer(related="company_id.isp_cfdi_lanes", readonly=False)
