"""Webhook messages: what is kept of them, and who may send them."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from .pan import hide_pans

MAX_BYTES = 256 * 1024
# Everything else (cards, names, addresses) is forgotten at the door.
_KEPT = (
    "id",
    "status",
    "method",
    "amount",
    "currency",
    "order_id",
    "creation_date",
    "operation_date",
    "due_date",
    "error_message",
    "customer_id",
    "transaction_type",
    "payment_method",
)

REFUND_EVENT = "charge.refunded"
# Status of a charge -> what is announced about it; anything else is a payment.
_ANNOUNCED = {
    "refunded": REFUND_EVENT,
    "chargeback_pending": "chargeback.created",
    "chargeback_accepted": "chargeback.accepted",
    "chargeback_adjustment": "chargeback.accepted",
}

# Ids are opaque; these are the letters that may stand in a path without meaning anything else.
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
# What PostgreSQL cannot store: NUL, and halves of a character.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class EventError(ValueError):
    """A message that cannot be read."""


@dataclass(frozen=True)
class Event:
    """A message about a charge; ``payload`` is the JSON text that is kept."""

    type: str
    charge_id: str
    status: str
    order_id: str
    customer_id: str
    payload: str
    refund_mark: str = ""

    @property
    def key(self) -> str:
        """The same for every copy of a message: Openpay gives them no id.

        A charge may be given back in parts: each of them is news.
        """
        part = f"|{self.refund_mark}" if self.refund_mark else ""
        return f"{self.type}|{self.charge_id}|{self.status}{part}"


def parse_event(body: bytes) -> Event:
    """Return what a webhook says; messages without a charge have an empty ``charge_id``.

    :raise EventError: too large, or not a JSON object with a type
    """
    if len(body) > MAX_BYTES:
        raise EventError("too large")
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise EventError("not JSON") from error
    kind = data.get("type") if isinstance(data, dict) else None
    kind = hide_pans(_clean(kind))[:100] if isinstance(kind, str) else ""
    if not kind:
        raise EventError("no type")
    charge = data.get("transaction")
    charge = charge if isinstance(charge, dict) else {}
    kept = {key: _hidden(key, charge[key]) for key in _KEPT if key in charge}
    moment = data.get("event_date")
    moment = moment[:40] if isinstance(moment, str) else None
    payload = {"type": kind, "event_date": moment, "transaction": kept}
    refund = _refund_of(charge) if kind == REFUND_EVENT else {}
    if refund:
        kept["refund"] = refund

    def text(key: str) -> str:
        value = charge.get(key)
        return hide_pans(_clean(value))[:100] if isinstance(value, str) else ""

    def name(key: str) -> str:
        value = charge.get(key)
        return value if isinstance(value, str) and _ID.fullmatch(value) else ""

    return Event(
        type=kind,
        charge_id=name("id"),
        status=text("status").lower(),
        order_id=text("order_id"),
        customer_id=name("customer_id"),
        payload=_clean(json.dumps(payload, ensure_ascii=False)),
        refund_mark=refund.get("id") or refund.get("amount", ""),
    )


def announcement(charge: dict) -> Event:
    """Return the message that Openpay should have sent about a charge.

    :param charge: a charge of the API's list, found by asking
    """
    kind = _ANNOUNCED.get(str(charge.get("status") or "").lower(), "charge.succeeded")
    body = {"type": kind, "event_date": None, "transaction": charge}
    return parse_event(json.dumps(body).encode())


def _refund_of(charge: dict) -> dict[str, str]:
    """Id and amount of the refund that a message is about, as far as they can be read."""
    refund = charge.get("refund")
    refund = refund if isinstance(refund, dict) else {}
    identity, amount = refund.get("id"), refund.get("amount")
    found = {}
    if isinstance(identity, str) and _ID.fullmatch(identity):
        found["id"] = identity
    if isinstance(amount, int | float):
        found["amount"] = str(amount)[:30]
    return found


def _clean(text: str) -> str:
    return _UNSTORABLE.sub("", text)


def _hidden(key: str, value: Any) -> Any:
    """A kept value without card numbers; references of vouchers may look like one."""
    return hide_pans(value) if isinstance(value, str) and key != "payment_method" else value


def read_basic(header: str | None) -> tuple[str, str] | None:
    """Return user and password of a Basic authorization header, None when it is none."""
    scheme, _space, value = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon else None


def same_secret(given: tuple[str, str] | None, user: str, password: str) -> bool:
    """Return whether the pair is the configured one, in constant time; empty ones never match."""
    if given is None or not user or not password:
        return False
    same_user = hmac.compare_digest(given[0].encode(), user.encode())
    same_password = hmac.compare_digest(given[1].encode(), password.encode())
    return same_user and same_password
