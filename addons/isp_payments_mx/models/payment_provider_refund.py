from odoo import models

from .. import const


class PaymentProvider(models.Model):
    """Refunds: cards only, whole or in parts (openpay.md section 10)."""

    _inherit = "payment.provider"

    def _compute_feature_support_fields(self):
        """Override of `payment`: Openpay gives card payments back."""
        res = super()._compute_feature_support_fields()
        self.filtered(lambda row: row.code == const.PROVIDER).support_refund = "partial"
        return res
