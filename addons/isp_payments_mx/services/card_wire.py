"""Requests and answers of Openpay's card charges and stored cards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .wire import CENT, Customer, WireError, clean_description, to_amount

MASK = "***"
_SECRET = ("source_id", "device_session_id", "token_id", "cvv2")
# Brands as Openpay writes them -> code of the payment method.
BRANDS = {
    "visa": "visa",
    "mastercard": "mastercard",
    "american_express": "amex",
    "amex": "amex",
    "carnet": "carnet",
}


@dataclass(frozen=True)
class CardAnswer:
    """The parts of a charge, or of a stored card, that only cards have.

    ``exp_month`` and ``exp_year`` are 0 when unknown; the year has four digits. ``kind`` is
    ``credit``, ``debit`` or empty. ``first6`` is empty when the number is not told or masked more.
    """

    card_id: str
    brand: str
    last4: str
    kind: str
    holder: str
    exp_month: int
    exp_year: int
    redirect_url: str
    authorization: str
    error_code: str
    customer_id: str
    first6: str = ""

    @property
    def expiry(self) -> tuple[int, int]:
        """Year (four digits) and month until whose end the card is good."""
        return self.exp_year, self.exp_month

    def has_number_of(self, other: CardAnswer) -> bool:
        """Whether the visible digits of two cards are the same, whatever name or expiry says."""
        known = bool(self.first6 and self.last4)
        return known and (self.first6, self.last4) == (other.first6, other.last4)

    def looks_like(self, other: CardAnswer) -> bool:
        """Whether the visible parts of two cards are the same."""
        mine = (self.last4, self.exp_month, self.exp_year, self.holder)
        return mine == (other.last4, other.exp_month, other.exp_year, other.holder)


def card_request(
    amount: Any,
    currency: str,
    description: str,
    order_id: str,
    *,
    customer: Customer | None = None,
    source_id: str = "",
    device_session_id: str = "",
    redirect_url: str = "",
    use_3ds: bool = False,
    hosted: bool = False,
) -> str:
    """Return the exact body of a card charge.

    With ``hosted`` the cardholder types his card on Openpay's page: no source is sent. Without a
    ``customer`` the charge is meant for the path of a customer of the account (stored card).

    :raise WireError: the amount is not positive, or what the kind of charge needs is missing
    """
    value = to_amount(amount)
    if value < CENT:
        raise WireError("the amount must be above zero")
    if customer is not None and not (customer.email and customer.name):
        raise WireError("the customer needs a name and an e-mail address")
    if (hosted or use_3ds) and not redirect_url:
        raise WireError("the cardholder needs a way back")
    if not hosted and not source_id:
        raise WireError("the charge needs a card")
    body: dict[str, Any] = {
        "method": "card",
        "amount": float(value),
        "currency": currency,
        "description": clean_description(description),
        "order_id": order_id,
    }
    if hosted:
        body |= {"confirm": False, "send_email": False}
    else:
        body["source_id"] = source_id
        if device_session_id:
            body["device_session_id"] = device_session_id
    if use_3ds:
        body["use_3d_secure"] = True
    if hosted or use_3ds:
        body["redirect_url"] = redirect_url
    if customer is not None:
        body["customer"] = customer.as_payer()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def mask_body(text: str) -> str:
    """Return a request body without the one-time keys of the browser."""
    body = json.loads(text)
    masked = {key: MASK if key in _SECRET else value for key, value in body.items()}
    return json.dumps(masked, ensure_ascii=False, separators=(",", ":"))


def _number(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isdigit() else 0


def read_card(
    card: Any, *, redirect_url: str = "", authorization: str = "", error: str = ""
) -> CardAnswer:
    """Return a ``card{}`` object of Openpay, whatever is missing in it."""
    data = card if isinstance(card, dict) else {}
    year = _number(data.get("expiration_year"))
    kind = str(data.get("type") or "").lower()
    number = str(data.get("card_number") or "")
    return CardAnswer(
        card_id=str(data.get("id") or ""),
        brand=str(data.get("brand") or "").lower(),
        last4=number[-4:],
        kind=kind if kind in ("credit", "debit") else "",
        holder=str(data.get("holder_name") or ""),
        exp_month=_number(data.get("expiration_month")),
        exp_year=2000 + year if 0 < year < 100 else year,
        redirect_url=redirect_url,
        authorization=authorization,
        error_code=error,
        customer_id=str(data.get("customer_id") or ""),
        first6=number[:6] if number[:6].isdigit() and len(number) > 10 else "",
    )


def card_of_charge(data: dict[str, Any]) -> CardAnswer:
    """Return what a charge says about its card and about the page the cardholder must visit."""
    method = data.get("payment_method") or {}
    url = method.get("url") if method.get("type") == "redirect" else ""
    return read_card(
        data.get("card"),
        redirect_url=str(url or ""),
        authorization=str(data.get("authorization") or ""),
        error=str(data.get("error_code") or ""),
    )
