from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_card_mode = fields.Selection(related="company_id.isp_card_mode", readonly=False)
    isp_card_3ds = fields.Boolean(related="company_id.isp_card_3ds", readonly=False)
    isp_card_minutes = fields.Integer(related="company_id.isp_card_minutes", readonly=False)
    isp_card_gateway = fields.Char(related="company_id.isp_card_gateway", readonly=False)
    isp_card_gateway_logo = fields.Image(related="company_id.isp_card_gateway_logo", readonly=False)
    isp_card_safety = fields.Char(related="company_id.isp_card_safety", readonly=False)
