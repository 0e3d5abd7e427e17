from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of runs and notices."""

    _inherit = "res.config.settings"

    isp_catchup_days = fields.Integer(related="company_id.isp_catchup_days", readonly=False)
    isp_notice_max_age = fields.Integer(related="company_id.isp_notice_max_age", readonly=False)
    isp_notify_invoice = fields.Boolean(related="company_id.isp_notify_invoice", readonly=False)
    isp_notify_reminder = fields.Boolean(related="company_id.isp_notify_reminder", readonly=False)
    isp_notify_suspension = fields.Boolean(
        related="company_id.isp_notify_suspension", readonly=False
    )
    isp_notify_service = fields.Boolean(related="company_id.isp_notify_service", readonly=False)
    isp_reminder_offsets = fields.Char(related="company_id.isp_reminder_offsets", readonly=False)
    isp_suspension_notice_days = fields.Integer(
        related="company_id.isp_suspension_notice_days", readonly=False
    )
    isp_notice_days = fields.Integer(related="company_id.isp_notice_days", readonly=False)
    isp_cut_needs_notice = fields.Boolean(related="company_id.isp_cut_needs_notice", readonly=False)
    isp_statement_lead_days = fields.Integer(
        related="company_id.isp_statement_lead_days", readonly=False
    )
