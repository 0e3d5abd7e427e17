from odoo import fields, models


class IspMassActionLine(models.TransientModel):
    _name = "isp.mass.action.line"
    _description = "One service of an action on several"
    _order = "id"

    wizard_id = fields.Many2one("isp.mass.action", required=True, ondelete="cascade", index=True)
    subscription_id = fields.Many2one(
        "isp.subscription", string="Service", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id")
    contract = fields.Char(related="subscription_id.name")
    state = fields.Selection(
        [
            ("ready", "Will be done"),
            ("skipped", "Left alone"),
            ("done", "Done"),
            ("changed", "Changed meanwhile: left alone"),
            ("failed", "Failed"),
        ],
        required=True,
    )
    text = fields.Char(string="What happens")
    result = fields.Char()
