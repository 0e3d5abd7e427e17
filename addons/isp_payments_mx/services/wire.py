"""Requests and answers of Openpay's charges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from .dates import from_iso, to_iso

DESCRIPTION_LENGTH = 250
CENT = Decimal("0.01")
# What a charge may be called after it was paid (openpay.md section 5).
AFTER_PAYMENT = (
    "refunded",
    "chargeback_pending",
    "chargeback_accepted",
    "chargeback_adjustment",
)


@dataclass(frozen=True)
class Customer:
    """The payer as Openpay sees him: no id of ours, so that nothing has to be unique there."""

    name: str
    email: str
    last_name: str = ""
    phone: str = ""

    def as_payer(self) -> dict[str, Any]:
        """Return the ``customer{}`` of a charge at merchant level, without empty fields."""
        payer = {
            "name": self.name,
            "last_name": self.last_name,
            "email": self.email,
            "phone_number": self.phone,
            "requires_account": False,
        }
        return {key: item for key, item in payer.items() if item not in ("", None)}


@dataclass(frozen=True)
class Charge:
    """A charge as Openpay tells it. Amounts in ``currency``; moments naive UTC."""

    id: str
    status: str
    method: str
    amount: Decimal
    currency: str
    order_id: str
    reference: str
    barcode_url: str
    clabe: str
    agreement: str
    bank: str
    created: datetime | None
    operated: datetime | None
    due: datetime | None
    customer_id: str
    customer_email: str
    error_message: str
    fee: Decimal

    @property
    def is_paid(self) -> bool:
        """Whether the money arrived."""
        return self.status == "completed"

    @property
    def was_paid(self) -> bool:
        """Whether the money arrived, also when some of it left again."""
        return self.is_paid or self.status in AFTER_PAYMENT


class WireError(ValueError):
    """An answer that cannot be a charge."""


def to_amount(value: Any) -> Decimal:
    """Return an amount with two decimals.

    :raise WireError: it is not a finite number
    """
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise WireError("the amount is not a number") from error
    if not amount.is_finite():
        raise WireError("the amount is not a number")
    return amount.quantize(CENT)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def clean_description(text: str) -> str:
    """Return ``text`` on one line, as long as the API takes it."""
    return " ".join(text.split())[:DESCRIPTION_LENGTH]


def split_name(full_name: str) -> tuple[str, str]:
    """Return first and last name; Openpay wants both, the whole may be one word."""
    words = full_name.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def reference_request(
    amount: Decimal | float | str,
    currency: str,
    description: str,
    order_id: str,
    due: datetime,
    customer: Customer,
    method: str = "bank_account",
) -> str:
    """Return the exact body of a charge that is paid with a reference, at merchant level.

    :param method: ``bank_account`` (SPEI) or ``store`` (cash at a Paynet store)
    :param due: naive UTC; written with the offset of central Mexico
    :raise WireError: the amount is not positive, or there is no e-mail address
    """
    value = to_amount(amount)
    if value <= 0:
        raise WireError("the amount must be above zero")
    if not customer.email or not customer.name:
        raise WireError("the customer needs a name and an e-mail address")
    body = {
        "method": method,
        "amount": float(value),
        "currency": currency,
        "description": clean_description(description),
        "order_id": order_id,
        "due_date": to_iso(due),
        "customer": customer.as_payer(),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def parse_charge(data: Any) -> Charge:
    """Return a charge from the JSON of an answer; unknown fields are ignored.

    :raise WireError: id, status, method, amount or currency is missing, or the amount is not
        above zero
    """
    if not isinstance(data, dict):
        raise WireError("not an object")
    missing = [key for key in ("id", "status", "method", "amount", "currency") if not data.get(key)]
    if missing:
        raise WireError(f"missing: {', '.join(missing)}")
    if to_amount(data["amount"]) <= 0:
        raise WireError("the amount is not above zero")
    method = _object(data.get("payment_method"))
    customer = _object(data.get("customer"))
    return Charge(
        id=str(data["id"]),
        status=str(data["status"]).lower(),
        method=str(data["method"]),
        amount=to_amount(data["amount"]),
        currency=str(data["currency"]).upper(),
        order_id=str(data.get("order_id") or ""),
        reference=str(method.get("name") or method.get("reference") or ""),
        barcode_url=str(method.get("barcode_url") or ""),
        clabe=str(method.get("clabe") or ""),
        agreement=str(method.get("agreement") or ""),
        bank=str(method.get("bank") or ""),
        created=from_iso(data.get("creation_date")),
        operated=from_iso(data.get("operation_date")),
        due=from_iso(data.get("due_date")),
        customer_id=str(data.get("customer_id") or ""),
        customer_email=str(customer.get("email") or ""),
        error_message=str(data.get("error_message") or ""),
        fee=to_amount(_object(data.get("fee")).get("amount") or 0),
    )


def mismatch(charge: Charge, request_body: str) -> str:
    """Return in what a found charge differs from the request that should have made it.

    Amount, currency, method and payer must agree, and the order_id of course; an empty text means
    that the charge may be adopted. A charge that is already paid may carry another amount.
    """
    asked = json.loads(request_body)
    email = (asked.get("customer") or {}).get("email", "")
    pairs = [
        ("order_id", charge.order_id, asked["order_id"]),
        ("method", charge.method, asked["method"]),
        ("currency", charge.currency, str(asked["currency"]).upper()),
    ]
    if not charge.was_paid:
        pairs.append(("amount", charge.amount, to_amount(asked["amount"])))
    if charge.customer_email:
        pairs.append(("customer", charge.customer_email.lower(), email.lower()))
    return ", ".join(name for name, found, wanted in pairs if found != wanted)
