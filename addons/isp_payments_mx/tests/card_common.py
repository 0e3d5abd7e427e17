import json

from .. import const

VISA = "4111111111111111"
MASTERCARD = "5555555555554444"
AMEX = "343434343434343"
CHALLENGE = "4005580000050508"
DECLINED = "4222222222222220"
NO_FUNDS = "4444444444444448"
SUSPICIOUS = "4000000000000002"


class CardMixin:
    """Card payments against the simulator: what browser, cardholder and portal do."""

    @classmethod
    def _use_english_website(cls):
        """Serve the pages in English, whatever languages the database has."""
        language = cls.env["res.lang"]._activate_lang("en_US")
        website = cls.env["website"].sudo().get_current_website()
        website.write({"language_ids": [(6, 0, language.ids)], "default_lang_id": language.id})

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card_method = cls.env.ref("payment.payment_method_card")
        cls.company.write({"isp_card_mode": "inline", "isp_card_3ds": False})

    def _browser_token(self, number=VISA, **values):
        """Return a one-time token as openpay.js gets it, without its cross-origin call."""
        body = {
            "card_number": number,
            "holder_name": "Rosa Elena Ibarra",
            "cvv2": "123" if number != AMEX else "1234",
            "expiration_month": "12",
            "expiration_year": "35",
            **values,
        }
        return self.provider._openpay_request("POST", "tokens", body=json.dumps(body))["id"]

    def _card_transaction(self, subscription, months=1, **values):
        """Return a draft card transaction of a service."""
        quote = subscription._get_payment_quote(months)
        tx = subscription._openpay_create_transaction(quote, self.card_method)
        tx.write({"operation": "online_direct", **values})
        return tx

    def _start_card(self, subscription, number=VISA, months=1, send=True, mode="inline", **values):
        """Return an attempt to charge a card, sent unless told otherwise."""
        tx = self._card_transaction(subscription, months)
        source = self._browser_token(number) if mode == "inline" else ""
        charges = self.env["isp.card.charge"].sudo()
        charge = charges._create_for(tx, mode, source, "device-session-1", "127.0.0.1", **values)
        if send:
            charge._outbox_process_one()
        return charge

    def _register_card(self, number=VISA, partner=None, send=True):
        """Return the order to store a card."""
        rows = self.env["isp.card.registration"].sudo()
        partner = partner or self.customer
        row = rows._create_for(self.provider, partner, self._browser_token(number), "device-1")
        if send:
            row._outbox_process_one()
        return row

    def _charge_stored(self, subscription, token, send=True):
        """Return a charge of a stored card without the cardholder."""
        tx = self._card_transaction(subscription, token_id=token.id, operation="offline")
        charge = self.env["isp.card.charge"].sudo()._create_for(tx, "stored")
        if send:
            charge._outbox_process_one()
        return charge

    def _fault(self, kind, path="/charges$", method="POST", **values):
        """Let the simulator do something bad once."""
        self.simulator.post(
            "/_control/fault", {"kind": kind, "method": method, "path": path, **values}
        )

    def _settle_secure(self, charge, success=True):
        """The cardholder ends his visit on the page of the bank."""
        data = {"charge_id": charge.charge_id, "success": success}
        return self.simulator.post("/_control/3ds", data)

    def _age(self, charge):
        """Let an attempt be older, and due."""
        charge.write({"sent_at": charge.sent_at - const.CARD_SETTLE, "next_attempt_at": False})
