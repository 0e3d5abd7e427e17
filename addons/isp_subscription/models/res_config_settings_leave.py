from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Rules for pauses and cancellations."""

    _inherit = "res.config.settings"

    isp_pause_min_days = fields.Integer(related="company_id.isp_pause_min_days", readonly=False)
    isp_pause_max_days = fields.Integer(related="company_id.isp_pause_max_days", readonly=False)
    isp_pause_per_year = fields.Integer(related="company_id.isp_pause_per_year", readonly=False)
    isp_pause_notice_days = fields.Integer(
        related="company_id.isp_pause_notice_days", readonly=False
    )
    isp_pause_fee = fields.Monetary(
        related="company_id.isp_pause_fee", readonly=False, currency_field="isp_currency_id"
    )
    isp_pause_fee_product_id = fields.Many2one(
        related="company_id.isp_pause_fee_product_id", readonly=False
    )
    isp_cancel_notice_days = fields.Integer(
        related="company_id.isp_cancel_notice_days", readonly=False
    )
    isp_cancel_max_days = fields.Integer(related="company_id.isp_cancel_max_days", readonly=False)
