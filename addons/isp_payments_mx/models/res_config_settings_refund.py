from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_refund_days = fields.Integer(related="company_id.isp_refund_days", readonly=False)
    isp_dispute_days = fields.Integer(related="company_id.isp_dispute_days", readonly=False)
