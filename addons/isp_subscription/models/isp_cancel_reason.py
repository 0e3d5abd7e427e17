from odoo import fields, models


class IspCancelReason(models.Model):
    """Why customers leave: a small catalogue, counted in the reports."""

    _name = "isp.cancel.reason"
    _description = "Reason of a cancellation"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    portal_visible = fields.Boolean(
        string="Customers may choose it", default=True, help="Offered in the customer area."
    )
