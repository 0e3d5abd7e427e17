"""What happens to a card charge later: capture, refund, chargeback."""

from typing import Any

from ..common import HttpError
from .charges import ChargeDesk
from .errors import ApiError
from .store import public

# What the bank says about a disputed charge: event -> status of the charge
CHARGEBACKS = {
    "created": "chargeback_pending",
    "accepted": "chargeback_accepted",
    "rejected": "completed",
}


class AfterDesk:
    """Changes charges that exist and tells the webhooks."""

    def __init__(self, charges: ChargeDesk):
        self.charges = charges
        self.webhooks = charges.webhooks

    def capture(self, charge: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Take the authorised amount or less.

        :raises ApiError: 1003 when nothing is held, or less than asked for.
        """
        if charge["method"] != "card" or charge["status"] != "in_progress":
            raise ApiError(1003, "The charge can not be captured")
        amount = self.charges.read_amount(data) if data.get("amount") else charge["amount"]
        if amount > charge["amount"]:
            raise ApiError(1003, "The amount is greater than the authorized amount")
        charge["amount"] = amount
        self.charges.complete(charge)
        self.webhooks.announce("charge.succeeded", charge)
        return public(charge)

    def refund(self, charge: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Give money of a card charge back, or let a held amount go.

        :raises ApiError: 3006 for other methods (our choice), 1003 for more than is left or a
            second refund, unless the switch allows several, 4001 when the account is empty.
        """
        if charge["method"] != "card":
            raise ApiError(3006)
        if charge["status"] == "in_progress":
            charge["status"] = "cancelled"
            self.webhooks.announce("charge.cancelled", charge)
            return public(charge)
        left = round(charge["amount"] - charge.get("_refunded", 0.0), 2)
        amount = self.charges.read_amount(data) if data.get("amount") else left
        again = "refund" in charge and not self.charges.config.several_refunds
        if charge["status"] != "completed" or again or amount > left or not left:
            raise ApiError(1003, "The charge can not be refunded")
        if self.charges.config.no_funds:
            raise ApiError(4001)
        self._give_back(charge, amount, data.get("description"))
        self.webhooks.announce("charge.refunded", charge)
        return public(charge)

    def _give_back(self, charge: dict[str, Any], amount: float, description: Any) -> None:
        """Write the refund into the charge; the last one is the one that it shows."""
        config = self.charges.config
        told = {"description": description if config.refund_told else None}
        refund = self.charges.skeleton(told, "card", amount, None)
        refund |= {"operation_type": "out", "transaction_type": "refund", "status": "completed"}
        refund["authorization"] = charge["authorization"]
        charge["refund"] = public(refund)
        charge["_refunded"] = round(charge.get("_refunded", 0.0) + amount, 2)
        if config.refund_status and charge["_refunded"] >= charge["amount"]:
            charge["status"] = "refunded"
        self.charges.customers.give(charge.get("customer_id"), -amount)

    def dispute(self, charge: dict[str, Any], step: str) -> dict[str, Any]:
        """The cardholder's bank asks for the money back, gets it, or does not.

        :raises HttpError: 400 for an unknown step, 409 when the charge is not in the state before.
        """
        if step not in CHARGEBACKS:
            raise HttpError(400, {"error": f"status must be one of {', '.join(CHARGEBACKS)}"})
        if charge["method"] != "card":
            raise HttpError(409, {"error": "only a card charge is disputed"})
        before = ("completed", "refunded") if step == "created" else ("chargeback_pending",)
        if charge["status"] not in before:
            raise HttpError(409, {"error": f"the charge is {charge['status']}"})
        charge["status"] = CHARGEBACKS[step]
        if step == "accepted":
            self.charges.customers.give(charge.get("customer_id"), -charge["amount"])
        self.webhooks.announce(f"chargeback.{step}", charge)
        return public(charge)
