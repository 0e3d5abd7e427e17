"""Card payments that the cardholder ends in a browser: 3D Secure and the hosted card page.

The charge waits as ``charge_pending``; when the cardholder is done, the browser goes back to the
merchant's ``redirect_url`` with ``?id=<charge id>``. A card without a documented 3D Secure answer
gets a challenge. A declined hosted payment ends the charge (our choice).
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..common import HttpError
from .errors import ApiError

if TYPE_CHECKING:
    from .charges import ChargeDesk

NOT_AUTHENTICATED = "The cardholder was not authenticated"


class RedirectDesk:
    """Starts and ends redirected card payments."""

    def __init__(self, charges: "ChargeDesk"):
        self.charges = charges

    def begin(self, charge: dict[str, Any], data: dict[str, Any], card=None) -> None:
        """Let a new charge wait for its cardholder; without ``card`` on the hosted page.

        A frictionless card is settled at once, yet the answer is the waiting charge with an
        address that says ``frictionless``: only reading the charge tells how it ended.

        :raises ApiError: 1001 without a redirect_url.
        """
        if not str(data.get("redirect_url") or "").startswith(("http://", "https://")):
            raise ApiError(1001, "redirect_url may not be empty")
        config = self.charges.config
        path = f"/v1/{config.merchant}/charges/{charge['id']}/card_capture"
        frictionless = bool(card) and str(card["_secure"]).startswith("frictionless")
        charge["status"] = "charge_pending"
        charge["payment_method"] = {
            "type": "redirect",
            "url": f"{config.base_url}{path}{'/frictionless' if frictionless else ''}",
        }
        charge["_redirect_url"] = data["redirect_url"]
        charge["_capture"] = data.get("capture", True) is not False
        charge["_secure"] = card["_secure"] if card else ""
        charge["_decline"] = card["_decline"] if card else 0
        charge["_use_3d_secure"] = bool(data.get("use_3d_secure"))

    def is_frictionless(self, charge: dict[str, Any]) -> bool:
        """Whether the bank decides without asking the cardholder."""
        return str(charge.get("_secure") or "").startswith("frictionless")

    def settle(self, charge: dict[str, Any], success: bool = True) -> None:
        """The cardholder is authenticated or not, and then the bank says yes or no.

        :raises HttpError: 409 when nobody waits for the cardholder.
        """
        if charge["status"] != "charge_pending":
            raise HttpError(409, {"error": "the charge is not waiting for the cardholder"})
        decline = charge.get("_decline") or 0
        if not success or str(charge.get("_secure") or "").endswith("_fail"):
            charge |= {"status": "failed", "error_message": NOT_AUTHENTICATED}
            charge["error_code"] = 3001
        elif decline and decline != 3005:
            self.charges.fail(charge, decline)
        else:
            self.charges.authorize(charge, charge.get("_capture", True))
        events = {"completed": "charge.succeeded", "failed": "charge.failed"}
        self.charges.webhooks.announce(events.get(charge["status"], "charge.created"), charge)

    def enter_card(self, charge: dict[str, Any], data: dict[str, Any]) -> None:
        """The cardholder fills the hosted page; the charge may still need a challenge.

        :raises ApiError: 1001, 2004, 2005, 2006, 2009 for data to correct.
        :raises HttpError: 409 when nobody waits for the cardholder.
        """
        if charge["status"] != "charge_pending":
            raise HttpError(409, {"error": "the charge is not waiting for the cardholder"})
        card = self.charges.cards.read(data)
        self.charges.show_card(charge, card, stored=False)
        charge["_secure"], charge["_decline"] = card["_secure"], card["_decline"]
        if card["_decline"] == 3005 and not charge.get("_use_3d_secure"):
            self.charges.fail(charge, 3005)
            self.charges.webhooks.announce("charge.failed", charge)
        elif not charge.get("_use_3d_secure") or self.is_frictionless(charge):
            self.settle(charge)

    def finish(self, charge: dict[str, Any], success: bool) -> None:
        """What a cardholder with a good card would do, without a browser.

        :raises HttpError: 409 when nobody waits for the cardholder.
        """
        if success and "card" not in charge and charge["status"] == "charge_pending":
            card = {"card_number": "4111111111111111", "holder_name": "Juan Pérez", "cvv2": "110"}
            year = f"{(self.charges.clock.now().year + 5) % 100:02d}"
            card |= {"expiration_month": "12", "expiration_year": year}
            self.charges.show_card(charge, self.charges.cards.read(card), stored=False)
        self.settle(charge, success)

    @staticmethod
    def way_back(charge: dict[str, Any]) -> str:
        """Where the browser goes when the cardholder is done."""
        url = charge["_redirect_url"]
        return f"{url}{'&' if '?' in url else '?'}{urlencode({'id': charge['id']})}"
