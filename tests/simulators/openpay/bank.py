"""The other side of a reference: what customers and banks do with it.

Used by the control interface only. How the real service reports another amount than asked for, or
a second transfer, is not documented; here the charge carries the amount received, and a second
transfer is a charge of its own with the same reference and no order_id.
"""

from typing import Any

from ..common import HttpError
from .charges import ChargeDesk
from .clock import parse_time
from .store import public


class BankDesk:
    """Pays and expires references."""

    def __init__(self, charges: ChargeDesk):
        self.charges = charges
        self.store = charges.store
        self.webhooks = charges.webhooks

    def find(self, reference: str = "", charge_id: str = "") -> dict[str, Any]:
        """The first charge with a reference, or the charge with an id.

        :raises HttpError: 404.
        """
        reference = "".join(reference.split())
        for charge in self.store.charges.values():
            method = charge.get("payment_method") or {}
            if charge_id and charge["id"] == charge_id:
                return charge
            if reference and reference in (method.get("name"), method.get("reference")):
                return charge
        raise HttpError(404, {"error": "unknown reference", "reference": reference or charge_id})

    def pay(self, charge: dict[str, Any], amount: float | None = None) -> dict[str, Any]:
        """Money arrives for a reference, in time or late, once more or for the first time."""
        if charge["method"] == "card":
            raise HttpError(409, {"error": "a card charge has no reference to pay"})
        if charge["status"] == "completed":
            charge = self._second(charge)
        charge["amount"] = float(charge["_asked"] if amount is None else amount)
        charge["authorization"] = self.store.digits(7)
        self.charges.complete(charge)
        self.webhooks.announce("charge.succeeded", charge)
        return public(charge)

    def _second(self, first: dict[str, Any]) -> dict[str, Any]:
        now = self.charges.clock.stamp()
        second = {key: value for key, value in first.items() if key != "fee"}
        second |= {"id": self.store.new_id("tr"), "order_id": None, "creation_date": now}
        self.store.charges[second["id"]] = second
        return second

    def expire(self, charge: dict[str, Any]) -> dict[str, Any]:
        """The due date passes without money."""
        if charge["status"] != "in_progress":
            raise HttpError(409, {"error": "only a pending reference expires"})
        charge["status"] = "cancelled"
        charge["error_message"] = "The charge has expired"
        self.webhooks.announce("transaction.expired", charge)
        return public(charge)

    def expire_due(self) -> list[str]:
        """Expire every pending reference whose due date has passed; gives their ids."""
        expired = self._due()
        for charge in expired:
            self.expire(charge)
        return [charge["id"] for charge in expired]

    def has_due(self) -> bool:
        """Whether a pending reference is past its due date."""
        return bool(self._due())

    def _due(self) -> list[dict[str, Any]]:
        now = self.charges.clock.now()
        waiting = [c for c in self.store.charges.values() if c["status"] == "in_progress"]
        return [c for c in waiting if c.get("due_date") and parse_time(c["due_date"]) < now]
