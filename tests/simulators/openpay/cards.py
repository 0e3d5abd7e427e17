"""Card numbers, tokens and stored cards. A full number or code is never kept."""

import hashlib
from typing import Any

from .clock import Clock
from .config import Config
from .errors import ApiError, not_found
from .store import Store, public

# Recorded or documented answers: number -> (type, brand, bank name, bank code)
KNOWN_CARDS = {
    "4111111111111111": ("debit", "visa", "Banamex", "002"),
    "5555555555554444": ("debit", "mastercard", "BANCO SANTANDER SERFIN S.A.", "000"),
    "343434343434343": ("credit", "american_express", "AMERICAN EXPRESS", "000"),
}
# 3D Secure cards of the vendor's documentation: number -> outcome
SECURE_CARDS = {
    "4005580000050508": "challenge",
    "5204740000001002": "challenge",
    "4005580000051886": "frictionless",
    "5204740000001234": "frictionless",
    "4005580000051811": "challenge_fail",
    "5204740000001010": "challenge_fail",
    "4005580000051829": "frictionless_fail",
    "5204740000001028": "frictionless_fail",
}
# Our choice: the security code that the bank does not accept.
WRONG_CVV = "999"


def luhn_ok(number: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    total = 0
    for index, char in enumerate(reversed(number)):
        digit = int(char)
        if index % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def brand_of(number: str) -> str:
    """Brand by the first digits."""
    if number.startswith(("34", "37")):
        return "american_express"
    if number.startswith("4"):
        return "visa"
    if number.startswith(("506", "5062")):
        return "carnet"
    return "mastercard"


def mask(number: str) -> str:
    """First six and last four digits."""
    return number[:6] + "X" * (len(number) - 10) + number[-4:]


class CardDesk:
    """Validates card data, makes tokens and stored cards."""

    def __init__(self, store: Store, clock: Clock, config: Config):
        self.store = store
        self.clock = clock
        self.config = config

    def read(self, data: dict[str, Any]) -> dict[str, Any]:
        """Check card data and give its masked form with the simulator's own hints.

        :raises ApiError: 1001, 2004, 2005, 2006.
        """
        number = str(data.get("card_number") or "")
        if not number.isdigit() or not 13 <= len(number) <= 19:
            raise ApiError(1001, "card_number length is invalid")
        if not data.get("holder_name"):
            raise ApiError(1001, "holder_name is required")
        if not luhn_ok(number):
            raise ApiError(2004)
        year, month = self._expiry(data)
        self.check_code(data.get("cvv2"), required=True)
        kind, brand, bank, code = KNOWN_CARDS.get(
            number, ("credit", brand_of(number), "DESCONOCIDO", "000")
        )
        return {
            "type": kind,
            "brand": brand,
            "address": data.get("address"),
            "card_number": mask(number),
            "holder_name": data["holder_name"],
            "expiration_year": year,
            "expiration_month": month,
            "allows_charges": True,
            "allows_payouts": kind == "debit",
            "bank_name": bank,
            "bank_code": code,
            "_decline": self.config.decline_cards.get(number, 0),
            "_secure": SECURE_CARDS.get(number, ""),
            "_print": self._fingerprint(number),
        }

    def read_payee(self, data: dict[str, Any]) -> dict[str, Any]:
        """Check the card that a payout goes to.

        :raises ApiError: 1001, 2004.
        """
        number = str(data.get("card_number") or "")
        if not number.isdigit() or not data.get("holder_name"):
            raise ApiError(1001, "card_number and holder_name are required")
        if not luhn_ok(number):
            raise ApiError(2004)
        shown = {"card_number": mask(number), "holder_name": data["holder_name"]}
        return shown | {"brand": brand_of(number), "bank_code": data.get("bank_code")}

    def points(self, card: dict[str, Any]) -> list[dict[str, Any]]:
        """Loyalty points of a stored card, the documented example.

        :raises ApiError: 2008 for banks without.
        """
        if "SANTANDER" not in card["bank_name"]:
            raise ApiError(2008)
        return [{"points_type": "santander", "remaining_points": "300", "remaining_mxn": "22.5"}]

    def _fingerprint(self, number: str) -> str:
        return hashlib.sha256(f"{self.store.seed}:card:{number}".encode()).hexdigest()

    @staticmethod
    def check_code(code: Any, required: bool) -> None:
        """Check a security code.

        :raises ApiError: 2006 when it is missing and required, 1001, 2009.
        """
        text = "" if code is None else str(code)
        if not text and required:
            raise ApiError(2006)
        if text and not (text.isdigit() and len(text) in (3, 4)):
            raise ApiError(1001, "cvv2 length is invalid")
        if text == WRONG_CVV:
            raise ApiError(2009)

    def _expiry(self, data: dict[str, Any]) -> tuple[str, str]:
        year = str(data.get("expiration_year") or "")[-2:].zfill(2)
        month = str(data.get("expiration_month") or "").zfill(2)
        if not (year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
            raise ApiError(1001, "expiration_month and expiration_year are required")
        now = self.clock.now()
        if (2000 + int(year), int(month)) < (now.year, now.month):
            raise ApiError(2005)
        return year, month

    def create_token(self, data: dict[str, Any]) -> dict[str, Any]:
        """A token for one use."""
        card = self.read(data)
        token = {"id": self.store.new_id("k"), "_card": card, "_used": False}
        shown = ("card_number", "holder_name", "expiration_year", "expiration_month", "address")
        token["card"] = {key: card[key] for key in shown}
        token["card"] |= {"creation_date": None, "brand": card["brand"]}
        self.store.tokens[token["id"]] = token
        return public(token)

    def use_token(self, token_id: str) -> dict[str, Any]:
        """The card behind a token, which is used up.

        :raises ApiError: 1003 when it was used before, 1005 when unknown.
        """
        token = self.store.tokens.get(token_id)
        if token is None:
            raise not_found("token", token_id)
        if token["_used"]:
            raise ApiError(1003, "This source_id was already used")
        token["_used"] = True
        return token["_card"]

    def give_back(self, token_id: str) -> None:
        """Let a token be used again, after a refusal that may be repeated with 3D Secure."""
        if token_id in self.store.tokens:
            self.store.tokens[token_id]["_used"] = False

    def create_card(self, data: dict[str, Any], customer_id: str | None = None) -> dict[str, Any]:
        """Store a card from a token or from its data.

        :raises ApiError: 2002 when the customer has it already, else as the bank says.
        """
        token_id = data.get("token_id")
        if token_id:
            self._check_device(data)
        card = dict(self.use_token(token_id) if token_id else self.read(data))
        known = (c for c in self.store.cards.values() if c["_customer"] == customer_id)
        if customer_id and any(c.get("_print") == card["_print"] for c in known):
            raise ApiError(2002)
        if card["_decline"]:
            raise ApiError(card["_decline"])
        record = {"id": self.store.new_id("k"), **card, "creation_date": self.clock.stamp()}
        if customer_id:
            record["customer_id"] = customer_id
        record["_customer"] = customer_id
        self.store.cards[record["id"]] = record
        return public(record)

    def _check_device(self, data: dict[str, Any]) -> None:
        if self.config.device_required and not data.get("device_session_id"):
            raise ApiError(1001, "device_session_id is required")

    def update_card(self, card: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Change name, expiry or code of a stored card; the documented answer is empty.

        :raises ApiError: 1001, 2005.
        """
        if data.get("cvv2"):
            self.check_code(data["cvv2"], required=True)
        if data.get("expiration_year") or data.get("expiration_month"):
            year, month = self._expiry({**card, **data})
            card |= {"expiration_year": year, "expiration_month": month}
        if data.get("holder_name"):
            card["holder_name"] = data["holder_name"]
        return {}

    def get_card(self, card_id: str, customer_id: str | None = None) -> dict[str, Any]:
        """A stored card of the merchant or of one customer.

        :raises ApiError: 1005.
        """
        card = self.store.cards.get(card_id)
        if card is None or card["_customer"] != customer_id:
            raise not_found("card", card_id)
        return card

    def source(
        self, data: dict[str, Any], customer_id: str | None, any_owner: bool = False
    ) -> tuple[dict[str, Any], bool]:
        """The card to charge and whether it is a stored one.

        :raises ApiError: 1001 without a source, 1003 or 1005 for a bad one, 2005 when expired.
        """
        source_id = str(data.get("source_id") or "")
        if not source_id and isinstance(data.get("card"), dict):
            return self.read(data["card"]), False  # older SDKs send the number itself
        if not source_id:
            raise ApiError(1001, "source_id may not be empty")
        card = self.store.cards.get(source_id)
        if card is None or not (any_owner or card["_customer"] == customer_id):
            self._check_device(data)
            return self.use_token(source_id), False
        self.check_code(data.get("cvv2"), required=self.config.stored_cvv_required)
        self._expiry(card)
        return card, True
