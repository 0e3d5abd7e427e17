from odoo import api, fields, models


class IspTillClosingLine(models.TransientModel):
    _name = "isp.till.closing.line"
    _description = "Close a till: one note or coin"
    _order = "denomination desc"

    wizard_id = fields.Many2one("isp.till.closing", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    denomination = fields.Monetary(string="Note or coin", required=True, readonly=True)
    pieces = fields.Integer()
    amount = fields.Monetary(compute="_compute_amount")

    # === COMPUTE METHODS === #

    @api.depends("denomination", "pieces")
    def _compute_amount(self):
        for line in self:
            line.amount = line.denomination * line.pieces
