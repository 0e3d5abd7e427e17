"""The routes of the public API."""

import base64
import binascii
import hmac
import uuid
from collections.abc import Callable
from typing import Any

from ..common import App, Request, Response
from .aftercare import AfterDesk
from .bank import BankDesk
from .cards import CardDesk
from .charges import ChargeDesk
from .clock import Clock
from .config import Config
from .customers import CustomerDesk
from .errors import ApiError
from .journal import Journal
from .listing import page
from .store import Store, public
from .stores import near
from .webhooks import WebhookDesk


class OpenpayApp(App):
    """Unknown paths are refused in the API's own words."""

    def refuse(self, status: int, request: Request) -> Response:
        if request.path.startswith("/_control"):
            return super().refuse(status, request)
        error = ApiError(1005)
        return Response(error.status, error.body, error.headers)


class Api:
    """Binds the desks of a merchant to paths; checks keys; adds the usual headers."""

    def __init__(self, app: App, config: Config, store: Store, clock: Clock):
        self.config = config
        self.store = store
        self.clock = clock
        self.webhooks = WebhookDesk(store, clock, config)
        self.cards = CardDesk(store, clock, config)
        self.customers = CustomerDesk(store, clock)
        self.charges = ChargeDesk(store, clock, config, self.customers, self.cards, self.webhooks)
        self.after = AfterDesk(self.charges)
        self.bank = BankDesk(self.charges)
        self.journal = Journal()
        self._app = app
        self._merchant_routes()
        self._charge_routes("/v1/{merchant}/charges")
        self._charge_routes("/v1/{merchant}/customers/{customer}/charges")
        self._card_routes("/v1/{merchant}/cards")
        self._card_routes("/v1/{merchant}/customers/{customer}/cards")
        self._customer_routes()
        self._webhook_routes()

    # --- plumbing --------------------------------------------------------------------------

    def _add(self, method: str, pattern: str, handler: Callable, status: int = 200, public=False):
        """Register ``handler(request, data)``; ``public`` admits the browser's key too."""

        def run(request: Request) -> Response:
            self.journal.note(request)
            self._authenticate(request, public)
            data = self._data(request)
            context = self.store.transaction if method != "GET" else self.store.reading
            with context():
                result = handler(request, data)
            return self._reply(request, result, 204 if method == "DELETE" else status)

        self._app.add(method, pattern, run)

    def _authenticate(self, request: Request, public_allowed: bool) -> None:
        scheme, _sep, value = (request.headers.get("Authorization") or "").partition(" ")
        try:
            key = base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
        if scheme.lower() != "basic" or request.params.get("merchant") != self.config.merchant:
            raise ApiError(1002)
        if hmac.compare_digest(key.encode(), self.config.public_key.encode()):
            if not public_allowed:
                raise ApiError(1010)
        elif not hmac.compare_digest(key.encode(), self.config.private_key.encode()):
            raise ApiError(1002)
        elif request.headers.get("Origin") and not public_allowed:
            raise ApiError(1010)  # a private key in a browser

    @staticmethod
    def _data(request: Request) -> dict[str, Any]:
        if request.method not in ("POST", "PUT") or not request.body:
            return {}
        try:
            data = request.json()
        except ValueError as error:
            raise ApiError(1001, "The request is not valid JSON") from error
        if not isinstance(data, dict):
            raise ApiError(1001)
        return data

    @staticmethod
    def _reply(request: Request, result: Any, status: int) -> Response:
        headers = {"OpenPay-Request-ID": str(uuid.uuid4())}
        created = request.method == "POST" and isinstance(result, dict) and result.get("id")
        if created and not request.path.endswith(("/refund", "/capture")):
            headers["Resource-ID"] = result["id"]
            headers["Location"] = f"{request.base_url}{request.path.rstrip('/')}/{result['id']}"
        return Response(status, result, headers)

    # --- routes ----------------------------------------------------------------------------

    def _merchant_routes(self) -> None:
        self._add("GET", "/v1/{merchant}", lambda _r, _d: self._merchant())
        tokens = "/v1/{merchant}/tokens"
        self._add("POST", tokens, lambda _r, d: self.cards.create_token(d), 201, public=True)
        self._add("GET", tokens + "/{id}", lambda r, _d: self._token(r.params["id"]))
        self._app.add("GET", "/stores", lambda r: self._reply(r, near(r.query), 200))

    def _merchant(self) -> dict[str, Any]:
        done = [c for c in self.store.charges.values() if c["status"] == "completed"]
        return {
            "id": self.config.merchant,
            "name": self.config.merchant_name,
            "email": "demo@openpay.invalid",
            "phone": "4435550142",
            "status": "active",
            "balance": round(sum(c["amount"] - c["fee"]["amount"] for c in done), 2),
            "clabe": self.config.clabe,
            "creation_date": "2026-01-02T09:00:00-06:00",
        }

    def _token(self, token_id: str) -> dict[str, Any]:
        if token_id not in self.store.tokens:
            raise ApiError(1005, f"The token with id '{token_id}' does not exist")
        return public(self.store.tokens[token_id])

    def _charge_routes(self, base: str) -> None:
        desk = self.charges

        def one(request: Request) -> dict[str, Any]:
            return desk.get(request.params["id"], request.params.get("customer"))

        def many(request: Request, _data) -> list[dict[str, Any]]:
            customer = request.params.get("customer")
            if customer:
                self.customers.get(customer)
            return [public(item) for item in page(desk.all(customer), request.query)]

        self._add("POST", base, lambda r, d: desk.create(d, r.params.get("customer")))
        self._add("GET", base, many)
        self._add("GET", base + "/{id}", lambda r, _d: public(one(r)))
        self._add("POST", base + "/{id}/capture", lambda r, d: self.after.capture(one(r), d))
        self._add("POST", base + "/{id}/refund", lambda r, d: self.after.refund(one(r), d))

    def _card_routes(self, base: str) -> None:
        desk = self.cards

        def create(request: Request, data) -> dict[str, Any]:
            customer = request.params.get("customer")
            if customer:
                self.customers.get(customer)
            return desk.create_card(data, customer)

        def one(request: Request) -> dict[str, Any]:
            return desk.get_card(request.params["id"], request.params.get("customer"))

        def many(request: Request, _data) -> list[dict[str, Any]]:
            customer = request.params.get("customer")
            own = [card for card in self.store.cards.values() if card["_customer"] == customer]
            return [public(card) for card in page(own, request.query)]

        def forget(request: Request, _data) -> None:
            del self.store.cards[one(request)["id"]]

        self._add("POST", base, create, 201, public=True)
        self._add("GET", base, many)
        self._add("GET", base + "/{id}", lambda r, _d: public(one(r)))
        self._add("PUT", base + "/{id}", lambda r, d: desk.update_card(one(r), d), public=True)
        self._add("DELETE", base + "/{id}", forget)

    def _customer_routes(self) -> None:
        desk, base = self.customers, "/v1/{merchant}/customers"
        self._add("POST", base, lambda _r, d: desk.create(d), 201)
        self._add("GET", base, lambda r, _d: [public(c) for c in page(desk.all(), r.query)])
        self._add("GET", base + "/{id}", lambda r, _d: public(desk.get(r.params["id"])))
        self._add("PUT", base + "/{id}", lambda r, d: desk.update(r.params["id"], d))
        self._add("DELETE", base + "/{id}", lambda r, _d: desk.delete(r.params["id"]))

    def _webhook_routes(self) -> None:
        desk, base = self.webhooks, "/v1/{merchant}/webhooks"
        self._add("POST", base, lambda _r, d: desk.create(d), 201)
        self._add("GET", base, lambda _r, _d: [public(w) for w in self.store.webhooks.values()])
        self._add("GET", base + "/{id}", lambda r, _d: public(desk.get(r.params["id"])))
        self._add("DELETE", base + "/{id}", lambda r, _d: desk.delete(r.params["id"]))
        verify = base + "/{id}/verify/{code}"
        self._add("POST", verify, lambda r, _d: desk.verify(r.params["id"], r.params["code"]), 204)
