from odoo import models

from odoo.addons.payment import utils as payment_utils

from .. import const


class PaymentTransaction(models.Model):
    """Card payments among the transactions of Openpay."""

    _inherit = "payment.transaction"

    # === BUSINESS METHODS: PAYMENT FLOW OF ODOO === #

    def _get_specific_rendering_values(self, processing_values):
        """Override of `payment`: a card is typed on Openpay's page.

        The request is not sent here: this runs inside a web request that may be run again. The
        page of the payment goes on to Openpay when the worker has the address.
        """
        values = super()._get_specific_rendering_values(processing_values)
        if not self._openpay_by_card():
            return values
        charges = self.env["isp.card.charge"]
        charge = self.isp_card_charge_id or charges._create_for(self, "hosted")
        charge._trigger_worker()
        return {"api_url": self._openpay_card_url()}

    def _send_payment_request(self):
        """Override of `payment`: charge the stored card by the worker, outside this request.

        The transaction is pending until Openpay answered: whether a lost answer was a payment is
        asked for, it is never an error here.
        """
        if self.provider_code != const.PROVIDER:
            super()._send_payment_request()
            return
        charge = self.env["isp.card.charge"].sudo()._create_for(self, "stored")
        charge._trigger_worker()
        self._set_pending()

    def _post_process(self):
        """Override of `account_payment`: a payment that was cancelled while Openpay took its time.

        `account.payment` cancels itself when its transaction is not done at once; the money that
        arrived then gets a payment of its own.
        """
        done = self.filtered(lambda tx: tx.provider_code == const.PROVIDER and tx.state == "done")
        for tx in done.filtered(lambda tx: tx.payment_id.state == "canceled"):
            tx.payment_id = False
        return super()._post_process()

    def _openpay_by_card(self):
        """Return whether the transaction is paid with a card that is typed now."""
        return (
            self.provider_code == const.PROVIDER
            and self.operation in ("online_redirect", "online_direct")
            and self.payment_method_code in ("card", *const.CARD_BRAND_CODES)
        )

    # === HELPERS === #

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
