"""Money given back: requests and answers of Openpay, and what it does to the books."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .dates import from_iso
from .wire import CENT, DESCRIPTION_LENGTH, WireError, to_amount

# Openpay's word for a charge that was given back whole (openpay.md section 5).
REFUNDED = "refunded"


@dataclass(frozen=True)
class Refund:
    """A refund as a charge tells it; ``moment`` is naive UTC."""

    id: str
    amount: Decimal
    description: str
    moment: datetime | None


@dataclass(frozen=True)
class Order:
    """A refund that was ordered: its key, its amount, and whether its outcome is still open."""

    key: str
    amount: Decimal
    is_open: bool


@dataclass(frozen=True)
class Plan:
    """Where the money of a refund is taken from, to the cent.

    ``reopened`` are ``(key, amount)`` of what the payment had settled and is owed again; ``rest``
    is what nothing of the payer's covers.
    """

    credit: Decimal
    reopened: tuple[tuple[int, Decimal], ...]
    rest: Decimal


def refund_request(amount: Any, key: str, reason: str) -> str:
    """Return the exact body of a refund. Openpay gives refunds no key: ours leads the description.

    :raise WireError: the amount is not above zero
    """
    value = to_amount(amount)
    if value < CENT:
        raise WireError("the amount must be above zero")
    words = " ".join(f"{key} {reason}".split())
    body = {"description": words[:DESCRIPTION_LENGTH], "amount": float(value)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def read_refunds(data: dict[str, Any]) -> list[Refund]:
    """Return the refunds that a charge shows, without those that cannot be read.

    Documented is one object; a list is read too. A charge that says ``refunded`` and shows none
    was given back whole.
    """
    shown = data.get("refund")
    rows = shown if isinstance(shown, list) else [shown]
    found = [refund for row in rows if (refund := _read(row, str(data.get("id") or "")))]
    if not found and str(data.get("status") or "").lower() == REFUNDED:
        whole = {"id": f"{data.get('id')}-whole", "amount": data.get("amount")}
        found = [refund for refund in [_read(whole, "")] if refund]
    return found


def _read(row: Any, charge_id: str) -> Refund | None:
    if not isinstance(row, dict):
        return None
    try:
        amount = to_amount(row.get("amount"))
    except WireError:
        return None
    if amount < CENT:
        return None
    moment = row.get("operation_date") or row.get("creation_date")
    return Refund(
        id=str(row.get("id") or f"{charge_id}-refund"),
        amount=amount,
        description=str(row.get("description") or ""),
        moment=from_iso(moment if isinstance(moment, str) else None),
    )


def answered(refund: Refund, orders: Sequence[Order]) -> int | None:
    """Return the position of the order that a refund answers, None when nobody here ordered it.

    By our key in its description; when Openpay does not repeat it, by the amount of an order
    whose outcome is open.
    """
    for index, order in enumerate(orders):
        if order.key and refund.description.startswith(order.key):
            return index
    for index, order in enumerate(orders):
        if order.is_open and order.amount == refund.amount:
            return index
    return None


def plan_refund(amount: Decimal, credit: Decimal, settled: Sequence[tuple[int, Decimal]]) -> Plan:
    """Return where a refund is taken from: the payer's credit first, then what was paid last.

    :param credit: unallocated credit of the payer
    :param settled: ``(key, amount)`` of what the payment settled, the newest first
    """
    left = max(amount, Decimal(0))
    taken = min(left, max(credit, Decimal(0)))
    left -= taken
    reopened = []
    for key, part in settled:
        share = min(left, part)
        if share > 0:
            reopened.append((key, share))
            left -= share
    return Plan(credit=taken, reopened=tuple(reopened), rest=left)
