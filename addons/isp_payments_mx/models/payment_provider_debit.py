from odoo import models


class PaymentProvider(models.Model):
    """Direct debits outlive an account that is switched off for a while."""

    _inherit = "payment.provider"

    def write(self, vals):
        """Extend: switched off, the account charges nobody, but its cards are kept."""
        if vals.get("state") != "disabled":
            return super().write(vals)
        keeping = self.with_context(isp_keep_debit_cards=True)
        return super(PaymentProvider, keeping).write(vals)
