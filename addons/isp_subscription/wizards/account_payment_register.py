from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """Extend `account`: the invoices that were chosen come before the oldest ones."""
        wizard = self.with_context(isp_settle_later=True)
        payments = super(AccountPaymentRegister, wizard)._create_payments()
        payments = payments.with_context(isp_settle_later=False)
        payments.move_id._isp_apply_arrived_credit()
        payments.sudo()._isp_review()
        return payments.with_env(self.env)
