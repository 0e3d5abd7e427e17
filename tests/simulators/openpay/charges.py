"""Charges: creation, reading, capture and refund."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from .cards import CardDesk
from .clock import Clock, parse_time
from .config import Config
from .customers import CustomerDesk
from .errors import ApiError, not_found
from .store import Store, public
from .webhooks import WebhookDesk

METHODS = ("card", "store", "bank_account")


def fee_of(amount: float, config: Config) -> dict[str, Any]:
    """The commission of a charge, as recorded: rate plus fixed part, tax not rounded."""
    fee = Decimal(str(amount)) * Decimal(str(config.fee_rate)) + Decimal(str(config.fee_fixed))
    fee = fee.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    tax = fee * Decimal(str(config.fee_tax_rate))
    return {"amount": float(fee), "tax": float(tax), "currency": "MXN"}


class ChargeDesk:
    """Makes and keeps charges; tells the webhooks."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        config: Config,
        customers: CustomerDesk,
        cards: CardDesk,
        webhooks: WebhookDesk,
    ):
        self.store = store
        self.clock = clock
        self.config = config
        self.customers = customers
        self.cards = cards
        self.webhooks = webhooks

    # --- reading ---------------------------------------------------------------------------

    def get(self, charge_id: str, customer_id: str | None = None) -> dict[str, Any]:
        """A charge of the merchant, or of one customer.

        Whether the real merchant level also finds charges of customers is not documented: here
        it does not (the vendor's own handlers use the customer's path).

        :raises ApiError: 1005.
        """
        charge = self.store.charges.get(charge_id)
        if charge is None or charge.get("customer_id") != customer_id:
            raise not_found("transaction", charge_id)
        return charge

    def all(self, customer_id: str | None = None) -> list[dict[str, Any]]:
        """Charges of one level in order of creation."""
        charges = self.store.charges.values()
        return [item for item in charges if item.get("customer_id") == customer_id]

    # --- creation --------------------------------------------------------------------------

    def create(self, data: dict[str, Any], customer_id: str | None = None) -> dict[str, Any]:
        """Make a charge and announce it.

        :raises ApiError: as the API does.
        """
        if customer_id:
            self.customers.get(customer_id)
        method = data.get("method")
        if method not in METHODS:
            raise ApiError(1001, "method is not valid")
        amount = self._amount(data)
        if not data.get("description"):
            raise ApiError(1001, "description may not be empty")
        if len(str(data["description"])) > 250:
            raise ApiError(1001, "description length must be between 0 and 250")
        order_id = self._order_id(data)
        if method == "store" and amount > self.config.store_limit:
            raise ApiError(1012)
        charge = self._skeleton(data, method, amount, order_id)
        if customer_id:
            charge["customer_id"] = customer_id
        elif data.get("customer"):
            charge["customer"] = self.customers.inline(data["customer"])
        fill = {"card": self._fill_card, "store": self._fill_store, "bank_account": self._fill_spei}
        fill[method](charge, data, customer_id)
        self._keep(charge)
        return public(charge)

    def _amount(self, data: dict[str, Any]) -> float:
        try:
            amount = Decimal(str(data.get("amount")))
        except ArithmeticError as error:
            raise ApiError(1001, "amount is not valid") from error
        if not amount.is_finite() or amount <= 0:
            raise ApiError(1001, "amount must be greater than 0")
        if amount != amount.quantize(Decimal("0.01")):
            raise ApiError(1001, "amount must have at most 2 decimals")
        return float(amount)

    def _order_id(self, data: dict[str, Any]) -> str | None:
        order_id = data.get("order_id")
        if order_id is None:
            return None
        if len(str(order_id)) > 100:
            raise ApiError(1001, "order_id length must be between 0 and 100")
        if order_id in self.store.used_order_ids:
            raise ApiError(1006, f"The order_id '{order_id}' has already been processed")
        return str(order_id)

    def _skeleton(self, data, method: str, amount: float, order_id: str | None) -> dict[str, Any]:
        now = self.clock.stamp()
        charge: dict[str, Any] = {
            "id": self.store.new_id("tr"),
            "authorization": None,
            "operation_type": "in",
            "transaction_type": "charge",
            "status": "in_progress",
            "conciliated": False,
            "creation_date": now,
            "operation_date": now,
            "description": data["description"],
            "error_message": None,
            "order_id": order_id,
            "currency": self._currency(data),
            "amount": amount,
            "method": method,
            "_asked": amount,
        }
        if data.get("due_date") and method != "card":
            try:
                charge["due_date"] = self.clock.stamp(parse_time(str(data["due_date"])))
            except ValueError as error:
                raise ApiError(1001, "due_date is not valid") from error
        return charge

    def _currency(self, data: dict[str, Any]) -> str:
        currency = str(data.get("currency") or "MXN").upper()
        if currency not in ("MXN", "USD"):
            raise ApiError(1001, "currency is not valid")
        return currency

    def _fill_spei(self, charge, _data, _customer_id) -> None:
        charge["payment_method"] = {
            "type": "bank_transfer",
            "agreement": self.config.agreement,
            "bank": self.config.bank,
            "clabe": self.config.clabe,
            "name": self.store.digits(20),
        }

    def _fill_store(self, charge, _data, _customer_id) -> None:
        reference = self.store.digits(16, "10101")
        base = self.config.base_url
        charge["payment_method"] = {
            "type": "store",
            "reference": reference,
            "barcode_url": f"{base}/barcode/{reference}?width=1&height=45&text=false",
        }

    def _fill_card(self, charge, data, customer_id) -> None:
        if data.get("confirm") is False:
            self._redirect(charge, data)
            return
        if not data.get("source_id"):
            raise ApiError(1001, "source_id may not be empty")
        card, stored = self.cards.source(str(data["source_id"]), customer_id)
        charge["card"] = {key: value for key, value in public(card).items() if key != "id"}
        if stored:
            charge["card"]["id"] = card["id"]
        else:
            charge["card"].pop("creation_date", None)
        charge["card"].pop("customer_id", None)
        if card["_decline"]:
            self._decline(charge, card["_decline"])
        if data.get("use_3d_secure"):
            self._redirect(charge, data)
            return
        charge["authorization"] = self.store.digits(6)
        if data.get("capture", True) is not False:
            self.complete(charge)

    def _redirect(self, charge, data) -> None:
        if not data.get("redirect_url"):
            raise ApiError(1001, "redirect_url may not be empty")
        charge["status"] = "charge_pending"
        path = f"/v1/{self.config.merchant}/charges/{charge['id']}/card_capture"
        charge["payment_method"] = {"type": "redirect", "url": self.config.base_url + path}
        charge["_redirect_url"] = data["redirect_url"]

    def _decline(self, charge, code: int) -> None:
        """Keep the failed charge and refuse. Whether its order_id is free again is not known:
        here it stays taken."""
        error = ApiError(code)
        charge |= {"status": "failed", "error_message": error.body["description"]}
        charge["error_code"] = code
        self._keep(charge)
        raise error

    def _keep(self, charge: dict[str, Any]) -> None:
        self.store.charges[charge["id"]] = charge
        if charge["order_id"] is not None:
            self.store.used_order_ids[charge["order_id"]] = charge["id"]
        event = {"completed": "charge.succeeded", "failed": "charge.failed"}
        self.webhooks.announce(event.get(charge["status"], "charge.created"), charge)

    # --- life ------------------------------------------------------------------------------

    def complete(self, charge: dict[str, Any]) -> None:
        """The money is there; the caller announces it."""
        charge["status"] = "completed"
        charge["operation_date"] = self.clock.stamp()
        charge["fee"] = fee_of(charge["amount"], self.config)

    def capture(self, charge: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Take the authorised amount or less."""
        if charge["method"] != "card" or charge["status"] != "in_progress":
            raise ApiError(1003, "The charge can not be captured")
        amount = self._amount(data) if data.get("amount") else charge["amount"]
        if amount > charge["amount"]:
            raise ApiError(1003, "The amount is greater than the authorized amount")
        charge["amount"] = amount
        self.complete(charge)
        self.webhooks.announce("charge.succeeded", charge)
        return public(charge)

    def refund(self, charge: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Give money of a card charge back; other methods are refused (our choice: 3006)."""
        if charge["method"] != "card":
            raise ApiError(3006)
        if charge["status"] == "in_progress":
            charge["status"] = "cancelled"
            self.webhooks.announce("charge.cancelled", charge)
            return public(charge)
        amount = self._amount(data) if data.get("amount") else charge["amount"]
        if charge["status"] != "completed" or "refund" in charge or amount > charge["amount"]:
            raise ApiError(1003, "The charge can not be refunded")
        refund = self._skeleton({"description": data.get("description")}, "card", amount, None)
        refund |= {"operation_type": "out", "transaction_type": "refund", "status": "completed"}
        refund["authorization"] = charge["authorization"]
        charge["refund"] = public(refund)
        self.webhooks.announce("charge.refunded", charge)
        return public(charge)
