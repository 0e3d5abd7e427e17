from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The settings of cancellations and of the questions to SAT."""

    _inherit = "res.config.settings"

    isp_cfdi_poll_first = fields.Integer(related="company_id.isp_cfdi_poll_first", readonly=False)
    isp_cfdi_poll_day = fields.Integer(related="company_id.isp_cfdi_poll_day", readonly=False)
    isp_cfdi_poll_week = fields.Integer(related="company_id.isp_cfdi_poll_week", readonly=False)
    isp_cfdi_poll_late = fields.Integer(related="company_id.isp_cfdi_poll_late", readonly=False)
    isp_cfdi_unregistered_hours = fields.Integer(
        related="company_id.isp_cfdi_unregistered_hours", readonly=False
    )
    isp_cfdi_repeat_hours = fields.Integer(
        related="company_id.isp_cfdi_repeat_hours", readonly=False
    )
    isp_cfdi_free_limit = fields.Float(related="company_id.isp_cfdi_free_limit", readonly=False)
    isp_cfdi_sweep_days = fields.Integer(related="company_id.isp_cfdi_sweep_days", readonly=False)
    isp_cfdi_sweep_batch = fields.Integer(related="company_id.isp_cfdi_sweep_batch", readonly=False)
