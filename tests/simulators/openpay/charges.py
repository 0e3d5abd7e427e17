"""Charges: creation and reading; see ``redirects`` and ``aftercare`` for what follows."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from .cards import CardDesk
from .clock import Clock, parse_time
from .config import Config
from .customers import CustomerDesk
from .errors import ApiError, not_found
from .redirects import RedirectDesk
from .store import Store, public
from .webhooks import WebhookDesk

MONTHS = (3, 6, 9, 12, 18)
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
        self.redirects = RedirectDesk(self)

    # --- reading ---------------------------------------------------------------------------

    def get(self, charge_id: str, customer_id: str | None = None) -> dict[str, Any]:
        """A charge of the merchant, or of one customer.

        Whether the real merchant level also finds charges of customers is not published: a
        switch, off as the vendor's own handlers use the customer's path.

        :raises ApiError: 1005.
        """
        charge = self.store.charges.get(charge_id)
        if charge is None or not self._visible(charge, customer_id):
            raise not_found("transaction", charge_id)
        return charge

    def _visible(self, charge: dict[str, Any], customer_id: str | None) -> bool:
        if customer_id is None and self.config.merchant_sees_customers:
            return True
        return charge.get("customer_id") == customer_id

    def all(self, customer_id: str | None = None) -> list[dict[str, Any]]:
        """Charges of one level in order of creation."""
        return [c for c in self.store.charges.values() if self._visible(c, customer_id)]

    # --- creation --------------------------------------------------------------------------

    def create(
        self, data: dict[str, Any], customer_id: str | None = None, any_card: bool = False
    ) -> dict[str, Any]:
        """Make a charge and announce it.

        :param any_card: whether the merchant's own charge may use the card of a customer, which
            a group of merchants may.
        :raises ApiError: as the API does.
        """
        if customer_id:
            self.customers.get(customer_id)
        method = data.get("method")
        if method not in METHODS:
            raise ApiError(1001, "method is not valid")
        amount = self.read_amount(data)
        if not data.get("description"):
            raise ApiError(1001, "description may not be empty")
        if len(str(data["description"])) > 250:
            raise ApiError(1001, "description length must be between 0 and 250")
        order_id = self.read_order_id(data)
        self._check_months(data)
        if method == "store" and amount > self.config.store_limit:
            raise ApiError(1012)
        charge = self.skeleton(data, method, amount, order_id)
        if customer_id:
            charge["customer_id"] = customer_id
        elif data.get("customer"):
            charge["customer"] = self.customers.inline(data["customer"])
        fill = {"card": self._fill_card, "store": self._fill_store, "bank_account": self._fill_spei}
        fill[method](charge, data, any_card)
        self._keep(charge)
        answer = public(charge)
        if self.redirects.is_frictionless(charge):
            self.redirects.settle(charge)
        return answer

    def read_amount(self, data: dict[str, Any]) -> float:
        try:
            amount = Decimal(str(data.get("amount")))
        except ArithmeticError as error:
            raise ApiError(1001, "amount is not valid") from error
        if not amount.is_finite() or amount <= 0:
            raise ApiError(1001, "amount must be greater than 0")
        if amount != amount.quantize(Decimal("0.01")):
            raise ApiError(1001, "amount must have at most 2 decimals")
        return float(amount)

    def read_order_id(self, data: dict[str, Any]) -> str | None:
        order_id = data.get("order_id")
        if order_id is None:
            return None
        if len(str(order_id)) > 100:
            raise ApiError(1001, "order_id length must be between 0 and 100")
        if order_id in self.store.used_order_ids:
            raise ApiError(1006, f"The order_id '{order_id}' has already been processed")
        return str(order_id)

    @staticmethod
    def _check_months(data: dict[str, Any]) -> None:
        months = (data.get("payment_plan") or {}).get("payments")
        if months is not None and (data["method"] != "card" or months not in MONTHS):
            raise ApiError(1001, "payment_plan is not valid")

    def skeleton(self, data, method: str, amount: float, order_id: str | None) -> dict[str, Any]:
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

    def _fill_spei(self, charge, _data, _any_card) -> None:
        charge["payment_method"] = {
            "type": "bank_transfer",
            "agreement": self.config.agreement,
            "bank": self.config.bank,
            "clabe": self.config.clabe,
            "name": self.store.digits(20),
        }

    def _fill_store(self, charge, _data, _any_card) -> None:
        reference = self.store.digits(16, "10101")
        base = self.config.base_url
        charge["payment_method"] = {
            "type": "store",
            "reference": reference,
            "barcode_url": f"{base}/barcode/{reference}?width=1&height=45&text=false",
        }

    def _fill_card(self, charge, data, any_card) -> None:
        if data.get("confirm") is False:
            self.redirects.begin(charge, data)
            return
        card, stored = self.cards.source(data, charge.get("customer_id"), any_card)
        self.show_card(charge, card, stored)
        secure = bool(data.get("use_3d_secure"))
        if secure:
            self.redirects.begin(charge, data, card)
            return
        if card["_decline"]:
            self._decline(charge, card["_decline"], str(data.get("source_id") or ""))
        self.authorize(charge, data.get("capture", True) is not False)

    @staticmethod
    def show_card(charge: dict[str, Any], card: dict[str, Any], stored: bool) -> None:
        """Write a masked card into a charge; only a stored one shows its id."""
        hidden = {"customer_id"} if stored else {"customer_id", "id", "creation_date"}
        charge["card"] = {key: value for key, value in public(card).items() if key not in hidden}

    def authorize(self, charge: dict[str, Any], capture: bool) -> None:
        """The bank says yes; without ``capture`` the amount is only held."""
        charge["authorization"] = self.store.digits(6)
        charge["status"] = "in_progress"
        if capture:
            self.complete(charge)

    def fail(self, charge: dict[str, Any], code: int) -> ApiError:
        """The bank says no; gives the refusal for the caller to raise."""
        error = ApiError(code, fraud_rules=["Simulated rule"] if code == 3005 else None)
        charge |= {"status": "failed", "error_message": error.body["description"]}
        charge["error_code"] = code
        return error

    def _decline(self, charge: dict[str, Any], code: int, source_id: str) -> None:
        """Keep the failed charge and refuse.

        Whether its order_id is free again is not published: a switch. After 3005 it is, and so is
        the token, because the vendor's plugins send the same request again with 3D Secure.
        """
        error = self.fail(charge, code)
        self._keep(charge)
        if code == 3005:
            self.cards.give_back(source_id)
        if code == 3005 or self.config.failed_frees_order_id:
            self.store.used_order_ids.pop(charge["order_id"], None)
        raise error

    def _keep(self, charge: dict[str, Any]) -> None:
        self.store.charges[charge["id"]] = charge
        self.take_order_id(charge)
        event = {"completed": "charge.succeeded", "failed": "charge.failed"}
        self.webhooks.announce(event.get(charge["status"], "charge.created"), charge)

    def take_order_id(self, record: dict[str, Any]) -> None:
        """From now on the order_id of a transaction is taken among all."""
        if record["order_id"] is not None:
            self.store.used_order_ids[record["order_id"]] = record["id"]

    # --- life ------------------------------------------------------------------------------

    def complete(self, charge: dict[str, Any]) -> None:
        """The money is there; the caller announces it."""
        charge["status"] = "completed"
        charge["operation_date"] = self.clock.stamp()
        charge["fee"] = fee_of(charge["amount"], self.config)
        self.customers.give(charge.get("customer_id"), charge["amount"])
