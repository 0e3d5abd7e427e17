from odoo import models
from odoo.exceptions import UserError

from .account_move_cfdi import FORM_CASH, FORM_TRANSFER


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _isp_cfdi_form(self):
        """Return SAT's FormaPago of the payment, by its form, else by its journal.

        :raise UserError: when the payment form has no SAT code
        """
        self.ensure_one()
        form = self.isp_payment_form_id
        kinds = {"cash": FORM_CASH, "bank": FORM_TRANSFER}
        code = form.isp_cfdi_form if form else kinds.get(self.journal_id.type)
        if not code:
            raise UserError(
                self.env._(
                    "The payment form “%s” has no SAT code: choose it in ISP › Configuration › "
                    "Payment forms.",
                    form.name or "-",
                )
            )
        return code
