"""Customers of the merchant."""

from typing import Any

from .clock import Clock
from .errors import ApiError, not_found
from .store import Store, public

ADDRESS_REQUIRED = ("line1", "postal_code", "state", "city", "country_code")
EDITABLE = ("name", "last_name", "email", "phone_number", "address", "external_id")


class CustomerDesk:
    """Creates, reads, changes and deletes customers."""

    def __init__(self, store: Store, clock: Clock):
        self.store = store
        self.clock = clock

    def read(self, data: dict[str, Any]) -> dict[str, Any]:
        """Check customer data.

        :raises ApiError: 1001 for missing data, 2003 for a known external_id.
        """
        if not isinstance(data, dict):
            raise ApiError(1001, "customer is not valid")
        for key in ("name", "email"):
            if not data.get(key):
                raise ApiError(1001, f"{key} may not be empty")
        address = data.get("address")
        if address:
            missing = [key for key in ADDRESS_REQUIRED if not address.get(key)]
            if missing:
                raise ApiError(1001, f"address.{missing[0]} may not be empty")
        self._check_external_id(data.get("external_id"))
        phone = data.get("phone_number")
        return {
            "name": data["name"],
            "last_name": data.get("last_name"),
            "email": data["email"],
            "phone_number": None if phone is None else str(phone),
            "address": address,
            "creation_date": self.clock.stamp(),
            "external_id": data.get("external_id"),
            "clabe": None,
        }

    def _check_external_id(self, external_id: str | None, own_id: str = "") -> None:
        if not external_id:
            return
        for customer in self.store.customers.values():
            if customer.get("external_id") == external_id and customer["_key"] != own_id:
                raise ApiError(2003)

    def create(self, data: dict[str, Any]) -> dict[str, Any]:
        """A customer of its own."""
        values = self.read(data)
        record = {"id": self.store.new_id("a"), **values}
        if data.get("requires_account", True):
            record |= {"status": "active", "balance": 0}
        record["_key"] = record["id"]
        self.store.customers[record["id"]] = record
        return public(record)

    def inline(self, data: dict[str, Any]) -> dict[str, Any]:
        """A customer written inside a charge: has no id, yet its external_id is taken."""
        record = self.read(data)
        if record["external_id"]:
            key = f"inline:{record['external_id']}"
            self.store.customers[key] = {**record, "_key": key, "_inline": True}
        return record

    def get(self, customer_id: str) -> dict[str, Any]:
        """The stored customer.

        :raises ApiError: 1005.
        """
        customer = self.store.customers.get(customer_id)
        if customer is None or customer.get("_inline"):
            raise not_found("customer", customer_id)
        return customer

    def update(self, customer_id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Change the given fields."""
        customer = self.get(customer_id)
        self._check_external_id(data.get("external_id"), customer["_key"])
        customer.update({key: data[key] for key in EDITABLE if key in data})
        return public(customer)

    def delete(self, customer_id: str) -> None:
        """Forget the customer; his charges stay."""
        self.get(customer_id)
        del self.store.customers[customer_id]

    def give(self, customer_id: str | None, amount: float) -> None:
        """Add to the account of a customer, if he has one; else the money is the merchant's."""
        customer = self.store.customers.get(customer_id or "")
        if customer and "balance" in customer:
            customer["balance"] = round(customer["balance"] + amount, 2)

    def take(self, customer_id: str, amount: float) -> None:
        """Take from the account of a customer.

        :raises ApiError: 3006 without an account, 4001 for more than there is.
        """
        customer = self.get(customer_id)
        if "balance" not in customer:
            raise ApiError(3006)
        if customer["balance"] < amount:
            raise ApiError(4001)
        self.give(customer_id, -amount)

    def all(self) -> list[dict[str, Any]]:
        """Customers in order of creation."""
        return [item for item in self.store.customers.values() if not item.get("_inline")]
