from odoo import fields, models

KINDS = [
    ("debt", "Open bill"),
    ("fee", "Open charge"),
    ("used", "Used days, not billed yet"),
    ("unused", "Unused days"),
    ("credit", "Credit balance"),
    ("other", "Debt of other services"),
]


class IspCancellationLine(models.Model):
    """One line of a final statement, with the factors of its amount."""

    _name = "isp.cancellation.line"
    _description = "Line of a final statement"
    _order = "cancellation_id, sequence, id"

    cancellation_id = fields.Many2one(
        "isp.cancellation", required=True, index=True, ondelete="cascade"
    )
    commercial_partner_id = fields.Many2one(
        related="cancellation_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(related="cancellation_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True)
    name = fields.Char(string="Concept", required=True)
    detail = fields.Char(string="Arithmetic", help="Price × days / days of the period.")
    date_start = fields.Date(string="From")
    date_end = fields.Date(string="Until", help="First day that does not count.")
    days = fields.Integer()
    amount = fields.Monetary(help="With tax; negative is in favour of the customer.")
