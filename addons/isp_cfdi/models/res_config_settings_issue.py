from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_cfdi_policy = fields.Selection(related="company_id.isp_cfdi_policy", readonly=False)
    isp_cfdi_public = fields.Selection(related="company_id.isp_cfdi_public", readonly=False)
    isp_cfdi_rep = fields.Selection(related="company_id.isp_cfdi_rep", readonly=False)
    isp_cfdi_global_period = fields.Selection(
        related="company_id.isp_cfdi_global_period", readonly=False
    )
    isp_cfdi_global_max = fields.Integer(related="company_id.isp_cfdi_global_max", readonly=False)
    isp_cfdi_self_days = fields.Integer(related="company_id.isp_cfdi_self_days", readonly=False)
    isp_cfdi_self_policy = fields.Selection(
        related="company_id.isp_cfdi_self_policy", readonly=False
    )
    isp_cfdi_form_unpaid = fields.Selection(
        related="company_id.isp_cfdi_form_unpaid", readonly=False
    )
    isp_cfdi_form_expected = fields.Selection(
        related="company_id.isp_cfdi_form_expected", readonly=False
    )
    isp_cfdi_serie_credit = fields.Char(related="company_id.isp_cfdi_serie_credit", readonly=False)
    isp_cfdi_serie_payment = fields.Char(
        related="company_id.isp_cfdi_serie_payment", readonly=False
    )
    isp_cfdi_serie_global = fields.Char(related="company_id.isp_cfdi_serie_global", readonly=False)
    isp_cfdi_user_id = fields.Many2one(related="company_id.isp_cfdi_user_id", readonly=False)
    isp_cfdi_warn_hours = fields.Integer(related="company_id.isp_cfdi_warn_hours", readonly=False)
    isp_cfdi_rep_day = fields.Integer(related="company_id.isp_cfdi_rep_day", readonly=False)
    isp_cfdi_global_hours = fields.Integer(
        related="company_id.isp_cfdi_global_hours", readonly=False
    )
    isp_cfdi_cancel_month = fields.Integer(
        related="company_id.isp_cfdi_cancel_month", readonly=False
    )
