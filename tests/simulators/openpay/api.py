"""The public API: the desks of a merchant, his keys, and the form of every answer."""

import base64
import binascii
import hmac
import uuid
from collections.abc import Callable
from typing import Any

from ..common import App, Request, Response
from .accounts import AccountDesk
from .aftercare import AfterDesk
from .bank import BankDesk
from .cards import CardDesk
from .charges import ChargeDesk
from .clock import Clock
from .config import Config
from .customers import CustomerDesk
from .errors import ApiError
from .journal import Journal
from .movements import MovementDesk
from .plans import PlanDesk
from .store import Store
from .webhooks import WebhookDesk

# Ends of paths that make no resource of their own, so that the answer has no Location
ACTIONS = ("/refund", "/capture")


class OpenpayApp(App):
    """Unknown paths are refused in the API's own words."""

    def refuse(self, status: int, request: Request) -> Response:
        if request.path.startswith("/_control"):
            return super().refuse(status, request)
        error = ApiError(1009 if status == 413 else 1005)
        return Response(error.status, error.body, error.headers)


class Api:
    """The desks of a merchant; ``add`` binds a path with the checks that all paths share."""

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
        self.accounts = AccountDesk(store, clock)
        self.movements = MovementDesk(self.charges, self.accounts)
        self.plans = PlanDesk(store, clock, self.cards)
        self.journal = Journal()
        self.app = app

    def add(
        self,
        method: str,
        pattern: str,
        handler: Callable[[Request, dict[str, Any]], Any],
        status: int = 200,
        public: bool = False,
    ) -> None:
        """Register ``handler(request, data)``; ``public`` admits the browser's key too.

        A customer whose things are listed or made must exist; the things themselves outlive him.
        """

        def run(request: Request) -> Response:
            self.journal.note(request)
            self._authenticate(request, public)
            data = self._data(request)
            context = self.store.transaction if method != "GET" else self.store.reading
            with context():
                if "customer" in request.params and "id" not in request.params:
                    self.customers.get(request.params["customer"])
                result = handler(request, data)
            return self.reply(request, result, 204 if method == "DELETE" else status)

        self.app.add(method, pattern, run)

    def _authenticate(self, request: Request, public_allowed: bool) -> None:
        scheme, _sep, value = (request.headers.get("Authorization") or "").partition(" ")
        try:
            key = base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
        group = request.params.get("group")
        known = request.params.get("merchant", self.config.merchant) == self.config.merchant
        if scheme.lower() != "basic" or not known or group not in (None, self.config.group):
            raise ApiError(1002)
        private_key = self.config.group_key if group else self.config.private_key
        if hmac.compare_digest(key.encode(), self.config.public_key.encode()):
            if not public_allowed:
                raise ApiError(1010)
        elif not hmac.compare_digest(key.encode(), private_key.encode()):
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
        if data == "{}":  # the vendor's Node library encodes it twice to verify a webhook
            return {}
        if not isinstance(data, dict):
            raise ApiError(1001)
        return data

    @staticmethod
    def reply(request: Request, result: Any, status: int = 200) -> Response:
        """The answer with the usual headers; a new resource also says where it is."""
        headers = {"OpenPay-Request-ID": str(uuid.uuid4())}
        created = request.method == "POST" and isinstance(result, dict) and result.get("id")
        if created and not request.path.endswith(ACTIONS):
            headers["Resource-ID"] = result["id"]
            headers["Location"] = f"{request.base_url}{request.path.rstrip('/')}/{result['id']}"
        if status == 204:
            headers["Content-Type"] = "text/plain"  # as recorded
        return Response(status, result, headers)
