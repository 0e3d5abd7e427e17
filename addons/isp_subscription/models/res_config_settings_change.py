from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Rules for changes of plan."""

    _inherit = "res.config.settings"

    isp_plan_change_policy = fields.Selection(
        related="company_id.isp_plan_change_policy", readonly=False
    )
    isp_change_unused_days = fields.Selection(
        related="company_id.isp_change_unused_days", readonly=False
    )
    isp_change_expiry_days = fields.Integer(
        related="company_id.isp_change_expiry_days", readonly=False
    )
