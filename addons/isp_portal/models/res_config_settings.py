from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_portal_color = fields.Char(
        related="company_id.primary_color",
        readonly=False,
        string="Portal colour",
        help="Colour of links and buttons; it is darkened or lightened until it reads well.",
    )
