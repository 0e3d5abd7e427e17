from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_till_denominations = fields.Char(
        related="company_id.isp_till_denominations", readonly=False
    )
    isp_till_note_above = fields.Monetary(
        related="company_id.isp_till_note_above",
        readonly=False,
        currency_field="isp_till_currency_id",
    )
    isp_till_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the tills"
    )
