import json

from odoo import models

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from .. import const
from ..services import card_wire

# Openpay gives 10 rows unless told otherwise.
MOST_CARDS = 100


class IspCardRegistration(models.Model):
    """A card that the customer has stored already: it is used again instead of refused.

    Openpay keeps a card number once per customer (2002). He may need it for another service, or
    his bank has renewed it under the same number. Only his own cards at Openpay are looked at.
    """

    _inherit = "isp.card.registration"

    # === BUSINESS METHODS: OUTBOX === #

    def _outbox_call(self):
        """Extend: a card that is there already is as good as one stored now."""
        try:
            return super()._outbox_call()
        except OutboxReject as refusal:
            if refusal.code != const.CARD_DUPLICATE:
                raise
            known = self._find_known(sure=True)
            if known is None:
                raise
            return known

    def _outbox_recover(self):
        """Extend: whatever became of the request, the card may have been there before it."""
        try:
            return super()._outbox_recover()
        except (OutboxReject, OutboxUnknown):
            known = self._find_known() if self.operation == "store" else None
            if known is None:
                raise
            return known

    def _outbox_note(self, state, error, code=False):
        """Extend: have a removal that failed tried again when it is in the way of a customer."""
        res = super()._outbox_note(state, error, code)
        if code == const.CARD_REMOVING:
            failed = self.search(
                [
                    ("operation", "=", "delete"),
                    ("outbox_state", "=", "error"),
                    ("provider_id", "=", self.provider_id.id),
                    ("partner_id", "=", self.partner_id.id),
                ]
            )
            failed._outbox_set_ready()
            self._trigger_worker()
        return res

    def _create_token(self, customer, card):
        """Extend: a card that is known here keeps its record.

        :raise OutboxReject: it was switched off meanwhile and is being deleted at Openpay
        """
        token = self._get_known_token(card.card_id)
        if not token:
            return super()._create_token(customer, card)
        if not token.active:
            raise OutboxReject(const.CARD_REMOVING)
        token._isp_hold()
        token._isp_renew(card)
        return token

    # === BUSINESS METHODS: LOOKING FOR IT === #

    def _get_known_token(self, card_ref):
        """Return our record of a card of Openpay, archived or not; empty when there is none."""
        tokens_sudo = self.env["payment.token"].sudo().with_context(active_test=False)
        return tokens_sudo.search(
            [("provider_id", "=", self.provider_id.id), ("openpay_card_id", "=", card_ref)], limit=1
        )

    def _find_known(self, sure=False):
        """Return the answer for a card that this customer had at Openpay before, or None.

        :param sure: Openpay says that there is one: the only one is it, even when Openpay does
            not tell what card the one-time token was for
        """
        customer = self.customer_ref or self._find_customer()
        if not customer:
            return None
        wanted = self._read_source()
        found = self._ask(f"customers/{customer}/cards", {"limit": MOST_CARDS})
        if wanted is not None or not sure:
            found = [
                data
                for data in found
                if wanted is not None and card_wire.read_card(data).has_number_of(wanted)
            ]
        if len(found) != 1:
            return None
        return {"customer": customer, "card": self._renew_known(customer, found[0], wanted)}

    def _renew_known(self, customer, data, wanted):
        """Return the card with the expiry date that the cardholder typed.

        Cards are renewed under the same number; Openpay must know the new date to charge them.

        :raise OutboxReject: Openpay did not take it
        """
        card = card_wire.read_card(data)
        if wanted is None or not wanted.exp_month or wanted.expiry == card.expiry:
            return data
        changes = {
            "holder_name": wanted.holder,
            "expiration_month": f"{wanted.exp_month:02d}",
            "expiration_year": f"{wanted.exp_year % 100:02d}",
        }
        path = f"customers/{customer}/cards/{card.card_id}"
        try:
            self.provider_id._openpay_request("PUT", path, body=json.dumps(changes))
        except (OutboxReject, OutboxRetry, OutboxUnknown) as error:
            # Asking again does no harm: the date is the same, however often it is sent.
            raise OutboxReject(const.CARD_DUPLICATE) from error
        return {**data, **changes}
