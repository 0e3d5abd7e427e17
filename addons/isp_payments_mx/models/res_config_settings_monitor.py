from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_webhook_silence_minutes = fields.Integer(
        related="company_id.isp_webhook_silence_minutes", readonly=False
    )
    isp_payment_stuck_minutes = fields.Integer(
        related="company_id.isp_payment_stuck_minutes", readonly=False
    )
    isp_payment_alarm_user_id = fields.Many2one(
        related="company_id.isp_payment_alarm_user_id", readonly=False
    )
