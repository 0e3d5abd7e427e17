from odoo import api, fields, models

SEQUENCES = {"isp.payment.refund": ("Refund folio", "REE-", 6)}


class ResCompany(models.Model):
    """Refunds and disputes of online payments."""

    _inherit = "res.company"

    isp_refund_days = fields.Integer(
        string="Days to give a card payment back",
        default=180,
        help="Older payments are given back by transfer. Openpay publishes no limit: ask for the"
        " one of your contract.",
    )
    isp_dispute_days = fields.Integer(
        string="Days a card payment is watched",
        default=180,
        help="So long Openpay is asked about refunds and disputes whose message was lost.",
    )

    _isp_refund_range = models.Constraint(
        "CHECK(isp_refund_days BETWEEN 0 AND 730 AND isp_dispute_days BETWEEN 0 AND 730)",
        "Refunds and disputes: 0 to 730 days.",
    )

    @api.model
    def _isp_sequence_specs(self):
        """Extend: the folios of refunds."""
        return {**super()._isp_sequence_specs(), **SEQUENCES}
