"""Bank accounts of customers, by CLABE."""

from typing import Any

from .clock import Clock
from .errors import ApiError, not_found
from .store import Store, public

BANKS = {
    "002": "BANAMEX",
    "012": "BANCOMER",
    "014": "SANTANDER",
    "021": "HSBC",
    "032": "IXE",
    "036": "INBURSA",
    "044": "SCOTIABANK",
    "072": "BANORTE",
    "646": "STP",
}


def clabe_ok(clabe: str) -> bool:
    """Whether a CLABE has 18 digits of which the last is the check digit of the others."""
    if len(clabe) != 18 or not clabe.isdigit():
        return False
    weighted = (int(d) * w % 10 for d, w in zip(clabe[:17], (3, 7, 1) * 6, strict=False))
    return int(clabe[17]) == -sum(weighted) % 10


def read_account(data: dict[str, Any]) -> dict[str, Any]:
    """Check a bank account and give the form the API shows it in.

    :raises ApiError: 1001.
    """
    clabe, holder = str(data.get("clabe") or ""), data.get("holder_name")
    if not clabe_ok(clabe):
        raise ApiError(1001, "clabe is not valid")
    if not holder:
        raise ApiError(1001, "holder_name is required")
    return {
        "clabe": f"{clabe[:3]}XXXXXXXXXX{clabe[-5:]}",
        "bank_code": clabe[:3],
        "bank_name": BANKS.get(clabe[:3], "DESCONOCIDO"),
        "alias": data.get("alias"),
        "holder_name": holder,
    }


class AccountDesk:
    """Registers and forgets the bank accounts of customers."""

    def __init__(self, store: Store, clock: Clock):
        self.store = store
        self.clock = clock

    def create(self, data: dict[str, Any], customer_id: str) -> dict[str, Any]:
        """Register an account.

        :raises ApiError: 1001, 2001 when the customer has it already.
        """
        record = {"id": self.store.new_id("b"), **read_account(data)}
        record |= {"creation_date": self.clock.stamp(), "_customer": customer_id}
        record["_clabe"] = str(data["clabe"])
        if any(item["_clabe"] == record["_clabe"] for item in self.all(customer_id)):
            raise ApiError(2001)
        self.store.bankaccounts[record["id"]] = record
        return public(record)

    def get(self, account_id: str, customer_id: str | None) -> dict[str, Any]:
        """An account of a customer.

        :raises ApiError: 1005.
        """
        record = self.store.bankaccounts.get(account_id)
        if record is None or record["_customer"] != customer_id:
            raise not_found("bankaccount", account_id)
        return record

    def all(self, customer_id: str) -> list[dict[str, Any]]:
        """Accounts of a customer in order of creation."""
        return [a for a in self.store.bankaccounts.values() if a["_customer"] == customer_id]

    def delete(self, account_id: str, customer_id: str) -> None:
        """Forget an account; payouts to it stay."""
        del self.store.bankaccounts[self.get(account_id, customer_id)["id"]]
