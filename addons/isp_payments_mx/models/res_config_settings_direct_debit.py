from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_debit_offered = fields.Boolean(related="company_id.isp_debit_offered", readonly=False)
    isp_debit_schedule = fields.Char(related="company_id.isp_debit_schedule", readonly=False)
    isp_debit_hour_from = fields.Integer(related="company_id.isp_debit_hour_from", readonly=False)
    isp_debit_hour_to = fields.Integer(related="company_id.isp_debit_hour_to", readonly=False)
    isp_debit_notice_days = fields.Integer(
        related="company_id.isp_debit_notice_days", readonly=False
    )
    isp_legal_debit_notice_days = fields.Integer(
        related="company_id.isp_legal_debit_notice_days", readonly=False
    )
    isp_debit_early_days = fields.Integer(related="company_id.isp_debit_early_days", readonly=False)
    isp_debit_late_days = fields.Integer(related="company_id.isp_debit_late_days", readonly=False)
    isp_debit_cap_percent = fields.Integer(
        related="company_id.isp_debit_cap_percent", readonly=False
    )
    isp_debit_consent = fields.Text(related="company_id.isp_debit_consent", readonly=False)
    isp_debit_consent_number = fields.Integer(related="company_id.isp_debit_consent_number")
