from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_cfdi_auto = fields.Boolean(related="company_id.isp_cfdi_auto", readonly=False)
    isp_cfdi_name = fields.Char(related="company_id.isp_cfdi_name", readonly=False)
    isp_cfdi_regime = fields.Selection(related="company_id.isp_cfdi_regime", readonly=False)
    isp_cfdi_zip = fields.Char(related="company_id.isp_cfdi_zip", readonly=False)
    isp_cfdi_serie = fields.Char(related="company_id.isp_cfdi_serie", readonly=False)
    isp_cfdi_tz = fields.Char(related="company_id.isp_cfdi_tz", readonly=False)
    isp_cfdi_pac_id = fields.Many2one(related="company_id.isp_cfdi_pac_id", readonly=False)
