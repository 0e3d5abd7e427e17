"""Money that moves without a payer: transfers between customers, payouts to banks, fees."""

from typing import Any

from .accounts import AccountDesk, read_account
from .charges import ChargeDesk
from .errors import ApiError, not_found
from .store import public


class MovementDesk:
    """Makes and keeps transfers, payouts and fees."""

    def __init__(self, charges: ChargeDesk, accounts: AccountDesk):
        self.charges = charges
        self.accounts = accounts
        self.store = charges.store
        self.customers = charges.customers
        self.webhooks = charges.webhooks

    def _new(self, kind: str, method: str, data: dict[str, Any]) -> dict[str, Any]:
        if not data.get("description"):
            raise ApiError(1001, "description may not be empty")
        amount = self.charges.read_amount(data)
        record = self.charges.skeleton(data, method, amount, self.charges.read_order_id(data))
        record.pop("due_date", None)
        return record | {"transaction_type": kind, "operation_type": "out", "status": "completed"}

    def _keep(self, collection: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
        collection[record["id"]] = record
        self.charges.take_order_id(record)
        return public(record)

    # --- transfers -------------------------------------------------------------------------

    def transfer(self, data: dict[str, Any], customer_id: str) -> dict[str, Any]:
        """Move money from one customer's account to another's: two transactions.

        :raises ApiError: 1001, 1005, 1006, 3006, 4001.
        """
        receiver = self.customers.get(str(data.get("customer_id") or ""))
        out = self._new("transfer", "customer", data) | {"customer_id": customer_id}
        if "balance" not in receiver:
            raise ApiError(3006)
        self.customers.take(customer_id, out["amount"])
        self.customers.give(receiver["id"], out["amount"])
        incoming = {"id": self.store.new_id("tr"), "operation_type": "in", "order_id": None}
        self._keep(self.store.transfers, out | incoming | {"customer_id": receiver["id"]})
        answer = self._keep(self.store.transfers, out)
        self.webhooks.announce("transfer.succeeded", out)
        return answer

    def transfers_of(self, customer_id: str) -> list[dict[str, Any]]:
        """What a customer sent and got, in order of creation."""
        records = self.store.transfers.values()
        return [item for item in records if item["customer_id"] == customer_id]

    # --- payouts ---------------------------------------------------------------------------

    def payout(self, data: dict[str, Any], customer_id: str | None) -> dict[str, Any]:
        """Send money to a bank account or a card; the bank does it on the next day.

        :raises ApiError: 1001, 1005, 1006, 3006, 4001.
        """
        method = data.get("method")
        if method not in ("bank_account", "card"):
            raise ApiError(1001, "method is not valid")
        record = self._new("payout", method, data) | {"status": "in_progress"}
        record[method] = self._destination(data, method, customer_id)
        if customer_id:
            record["customer_id"] = customer_id
            self.customers.take(customer_id, record["amount"])
        answer = self._keep(self.store.payouts, record)
        self.webhooks.announce("payout.created", record)
        return answer

    def _destination(self, data: dict[str, Any], method: str, customer_id: str | None):
        destination = str(data.get("destination_id") or "")
        if method == "bank_account":
            if destination:
                return public(self.accounts.get(destination, customer_id))
            return read_account(data.get("bank_account") or {})
        if destination:
            return public(self.charges.cards.get_card(destination, customer_id))
        return self.charges.cards.read_payee(data.get("card") or {})

    def get_payout(self, payout_id: str, customer_id: str | None) -> dict[str, Any]:
        """A payout of the merchant or of a customer.

        :raises ApiError: 1005.
        """
        record = self.store.payouts.get(payout_id)
        if record is None or record.get("customer_id") != customer_id:
            raise not_found("transaction", payout_id)
        return record

    def payouts_of(self, customer_id: str | None) -> list[dict[str, Any]]:
        """Payouts of one level in order of creation."""
        return [p for p in self.store.payouts.values() if p.get("customer_id") == customer_id]

    def end_payout(self, record: dict[str, Any], status: str) -> dict[str, Any]:
        """The bank has done it or not, or the merchant has cancelled it in time.

        :raises ApiError: 1003 when it has ended before.
        """
        if record["status"] != "in_progress":
            raise ApiError(1003, "The payout has ended")
        record |= {"status": status, "operation_date": self.charges.clock.stamp()}
        if status == "completed":
            record["authorization"] = record["id"].upper()
        else:
            self.customers.give(record.get("customer_id"), record["amount"])
        self.webhooks.announce(
            {"completed": "payout.succeeded"}.get(status, "payout.failed"), record
        )
        return public(record)

    # --- fees ------------------------------------------------------------------------------

    def fee(self, data: dict[str, Any]) -> dict[str, Any]:
        """The merchant takes a commission from a customer's account.

        :raises ApiError: 1001, 1005, 1006, 3006, 4001.
        """
        customer = self.customers.get(str(data.get("customer_id") or ""))
        record = self._new("fee", "customer", data) | {"customer_id": customer["id"]}
        self.customers.take(customer["id"], record["amount"])
        answer = self._keep(self.store.fees, record)
        self.webhooks.announce("fee.succeeded", record)
        return answer

    def get_fee(self, fee_id: str) -> dict[str, Any]:
        """A commission taken from a customer.

        :raises ApiError: 1005.
        """
        if fee_id not in self.store.fees:
            raise not_found("transaction", fee_id)
        return self.store.fees[fee_id]

    def refund_fee(self, record: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Give a commission back, once.

        :raises ApiError: 1003 the second time.
        """
        if record.get("_refunded") or record["transaction_type"] != "fee":
            raise ApiError(1003, "The fee can not be refunded")
        record["_refunded"] = True
        data = {"description": data.get("description") or record["description"]}
        refund = self._new("refund", "customer", data | {"amount": record["amount"]})
        refund |= {"operation_type": "in", "customer_id": record["customer_id"]}
        self.customers.give(record["customer_id"], record["amount"])
        answer = self._keep(self.store.fees, refund)
        self.webhooks.announce("fee.refund.succeeded", refund)
        return answer
