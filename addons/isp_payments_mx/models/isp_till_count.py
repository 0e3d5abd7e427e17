from odoo import api, fields, models
from odoo.exceptions import UserError


class IspTillCount(models.Model):
    """How many pieces of one note or coin were in the drawer at the closing."""

    _name = "isp.till.count"
    _description = "Count of a till"
    _order = "session_id, denomination desc"

    session_id = fields.Many2one(
        "isp.till.session", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="session_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="session_id.currency_id")
    denomination = fields.Monetary(required=True, readonly=True)
    pieces = fields.Integer(required=True, readonly=True)
    amount = fields.Monetary(compute="_compute_amount")

    _pieces_positive = models.Constraint(
        "CHECK(pieces > 0 AND denomination > 0)", "A count has pieces of a note or a coin."
    )
    _denomination_uniq = models.Constraint(
        "UNIQUE(session_id, denomination)", "A note or coin is counted once."
    )

    # === COMPUTE METHODS === #

    @api.depends("denomination", "pieces")
    def _compute_amount(self):
        for count in self:
            count.amount = count.denomination * count.pieces

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: a count is not corrected afterwards."""
        if self:
            raise UserError(self.env._("The count of a closed till stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The count of a closed till stays as it is."))
