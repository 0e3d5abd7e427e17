from odoo import models

from odoo.addons.payment import utils as payment_utils

from .. import const


class PaymentTransaction(models.Model):
    """Card payments among the transactions of Openpay."""

    _inherit = "payment.transaction"

    def _openpay_card_url(self, page=""):
        """Return the address of the page of a card payment, with the token that opens it.

        Without a query, because Openpay adds one of its own to the way back (``?id=``).

        :param str page: "" (its state) or "return" (where the bank sends the cardholder)
        """
        self.ensure_one()
        token = payment_utils.generate_access_token(self.id, self.reference, env=self.env)
        path = f"{const.CARD_ROUTE}/{self.id}/{token}"
        if page != "return":
            return f"{path}/{page}" if page else path
        return f"{self.provider_id.get_base_url().rstrip('/')}{path}/return"

    def _openpay_cancel_text(self):
        """Return why a charge that Openpay closed was not paid."""
        if self.isp_card_charge_id:
            return self.env._("The card payment was not finished.")
        return self.env._("The reference expired.")

    def _openpay_failure_text(self, payment_data, charge):
        """Return why a charge failed: for cards in our own words, by the code of Openpay."""
        if self.isp_card_charge_id:
            code = str(payment_data.get("error_code") or "")
            return self.env["payment.provider"]._openpay_card_text(code)
        return charge.error_message or self.env._("The charge failed.")
