from odoo import fields, models


class IspTillReason(models.Model):
    _name = "isp.till.reason"
    _description = "Reason of a cash movement"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection([("in", "Cash in"), ("out", "Cash out")], required=True, default="out")
    account_id = fields.Many2one(
        "account.account",
        string="Counterpart",
        company_dependent=True,
        help="Where the movement is booked against the cash; empty: accounting books it by hand.",
    )
