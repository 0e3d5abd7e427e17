from odoo import models

from .. import const


class AccountMove(models.Model):
    _inherit = "account.move"

    def _has_to_be_paid(self):
        """Override of `account_payment`: an unpaid reference does not hide "Pay now"."""
        res = super()._has_to_be_paid()
        if res or not self._openpay_only_vouchers_pending():
            return res
        parameters = self.env["ir.config_parameter"].sudo()
        return bool(
            parameters.get_param("account_payment.enable_portal_payment") in ("True", "true", "1")
            and self.state == "posted"
            and self.payment_state in ("not_paid", "in_payment", "partial")
            and not self.currency_id.is_zero(self.amount_residual)
            and self.amount_total
            and self.move_type == "out_invoice"
        )

    def _get_online_payment_error(self):
        """Override of `account_payment`: say nothing of references that may still be paid."""
        if self._has_to_be_paid():
            return ""
        return super()._get_online_payment_error()

    def _openpay_only_vouchers_pending(self):
        """Return whether all that is pending for this invoice are references to pay with."""
        self.ensure_one()
        pending = self.sudo().transaction_ids.filtered(
            lambda tx: (
                tx.state in ("pending", "authorized") and tx.provider_code not in ("none", "custom")
            )
        )
        return bool(pending) and all(
            tx.provider_code == const.PROVIDER
            and tx.payment_method_code in const.VOUCHER_METHODS
            and tx.state == "pending"
            for tx in pending
        )
