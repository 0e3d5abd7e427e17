"""Webhook messages: what is kept of them, and who may send them."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass

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

    @property
    def key(self) -> str:
        """The same for every copy of a message: Openpay gives them no id."""
        return f"{self.type}|{self.charge_id}|{self.status}"


def parse_event(body: bytes) -> Event:
    """Return what a webhook says; messages without a charge have an empty ``charge_id``.

    :raise EventError: too large, or not a JSON object with a type
    """
    if len(body) > MAX_BYTES:
        raise EventError("too large")
    try:
        data = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise EventError("not JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise EventError("no type")
    charge = data.get("transaction")
    charge = charge if isinstance(charge, dict) else {}
    kept = {key: charge[key] for key in _KEPT if key in charge}
    payload = {"type": data["type"], "event_date": data.get("event_date"), "transaction": kept}

    def text(key: str) -> str:
        value = charge.get(key)
        return value[:100] if isinstance(value, str) else ""

    return Event(
        type=data["type"][:100],
        charge_id=text("id"),
        status=text("status"),
        order_id=text("order_id"),
        customer_id=text("customer_id"),
        payload=json.dumps(payload, ensure_ascii=False),
    )


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
