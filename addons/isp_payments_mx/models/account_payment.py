from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _isp_reference_policy(self):
        """Override: a voucher may be paid again, each charge is booked once by its own number."""
        self.ensure_one()
        if self.payment_transaction_id:
            return "reuse"
        return super()._isp_reference_policy()
