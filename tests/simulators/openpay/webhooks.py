"""Webhooks: registration, and delivery by a background thread until the target says 2xx."""

import base64
import json
import random
import threading
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from .clock import Clock
from .config import Config
from .errors import ApiError, not_found
from .store import Store, public

EVENT_TYPES = [
    "verification",
    "charge.refunded",
    "charge.failed",
    "charge.cancelled",
    "charge.created",
    "charge.succeeded",
    "charge.rescored.to.decline",
    "transaction.expired",
    "subscription.charge.failed",
    "payout.created",
    "payout.succeeded",
    "payout.failed",
    "transfer.succeeded",
    "fee.succeeded",
    "fee.refund.succeeded",
    "spei.received",
    "chargeback.created",
    "chargeback.rejected",
    "chargeback.accepted",
]
KEPT_DELIVERIES = 500
PARALLEL = 12


def is_near(url: str) -> bool:
    """Whether a target is on this machine, or a name without a dot of a local network.

    Vendors' tests name targets on the internet: no simulator calls there.
    """
    host = urlsplit(url).hostname or ""
    return host in ("::1", "localhost") or host.startswith("127.") or "." not in host


class _KeepMethod(urllib.request.HTTPRedirectHandler):
    """Redirects are failures: the webhooks of our merchants do not allow them."""

    def redirect_request(self, *_args):
        return None


class WebhookDesk:
    """Keeps targets and the queue of deliveries; ``start`` begins delivering."""

    def __init__(self, store: Store, clock: Clock, config: Config):
        self.store = store
        self.clock = clock
        self.config = config
        self.duplicates = 1
        self.held = False
        self._wake = threading.Event()
        self._slots = threading.Semaphore(PARALLEL)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _KeepMethod())

    # --- registration ----------------------------------------------------------------------

    def create(self, data: dict[str, Any]) -> dict[str, Any]:
        """Register a target; the reply echoes the password, as recorded.

        :raises ApiError: 1001.
        """
        for key in ("url", "event_types"):
            if not data.get(key):
                raise ApiError(1001, f"{key} may not be empty")
        if not str(data["url"]).startswith(("http://", "https://")):
            raise ApiError(1001, "url is not valid")
        code = self.store.digits(8)
        record = {
            "url": data["url"],
            "user": data.get("user"),
            "_password": data.get("password"),
            "id": self.store.new_id("w"),
            "force_host_ssl": bool(data.get("force_host_ssl")),
            "event_types": list(data["event_types"]),
            "status": "verified",
            "allow_redirects": bool(data.get("allow_redirects")),
            "_code": code,
        }
        self.store.webhooks[record["id"]] = record
        body = {"type": "verification", "event_date": self.clock.stamp(), "verification_code": code}
        self._enqueue(record, body)
        return {**public(record), "password": record["_password"]}

    def get(self, webhook_id: str) -> dict[str, Any]:
        """The stored target.

        :raises ApiError: 1005.
        """
        if webhook_id not in self.store.webhooks:
            raise not_found("webhook", webhook_id)
        return self.store.webhooks[webhook_id]

    def verify(self, webhook_id: str, code: str) -> None:
        """The older way to confirm a target."""
        webhook = self.get(webhook_id)
        if webhook["_code"] != code:
            raise ApiError(1003, "The verification code is invalid")
        webhook["status"] = "verified"

    def delete(self, webhook_id: str) -> None:
        """Forget a target."""
        self.get(webhook_id)
        del self.store.webhooks[webhook_id]

    # --- events ----------------------------------------------------------------------------

    def announce(
        self,
        event_type: str,
        charge: dict[str, Any],
        extra: dict[str, Any] | None = None,
        to_all: bool = False,
    ) -> None:
        """Queue an event for every target that wants its type, or ``to_all``.

        :param extra: further fields of the event; the real ones may gain some.
        """
        body = {
            "type": event_type,
            "event_date": self.clock.stamp(),
            "transaction": public(charge),
            "verification_code": None,
            **(extra or {}),
        }
        for webhook in list(self.store.webhooks.values()):
            if to_all or event_type in webhook["event_types"]:
                for _copy in range(self.duplicates):
                    self._enqueue(webhook, body)

    def _enqueue(self, webhook: dict[str, Any], body: dict[str, Any]) -> None:
        key = self.store.new_id("d")
        self.store.deliveries[key] = {
            "id": key,
            "webhook_id": webhook["id"],
            "body": body,
            "attempts": 0,
            "status": "pending",
            "answer": None,
            "due": 0.0,
        }
        done = [k for k, item in self.store.deliveries.items() if item["status"] != "pending"]
        for old in done[: max(0, len(self.store.deliveries) - KEPT_DELIVERIES)]:
            del self.store.deliveries[old]
        self._wake.set()

    # --- delivery --------------------------------------------------------------------------

    def start(self) -> None:
        """Begin delivering in the background."""
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def release(self, order: str = "") -> None:
        """Let held deliveries go: as they came, ``reverse`` or ``shuffle``."""
        with self.store.transaction():
            waiting = [d for d in self.store.deliveries.values() if d["status"] == "pending"]
            if order == "reverse":
                waiting.reverse()
            elif order == "shuffle":
                random.Random(self.store.seed).shuffle(waiting)
            for index, delivery in enumerate(waiting):
                delivery["due"] = time.time() + index * (0.3 if order else 0.0)
            self.held = False
        self._wake.set()

    def resend(self, charge_id: str, times: int = 1, event_type: str = "") -> int:
        """Queue the last event of a charge again, ``times`` times at once; gives how many."""
        bodies = [d for d in self.store.deliveries.values() if self._is_about(d, charge_id)]
        if event_type:
            bodies = [d for d in bodies if d["body"]["type"] == event_type]
        if not bodies:
            return 0
        webhook = self.store.webhooks.get(bodies[-1]["webhook_id"])
        for _index in range(times if webhook else 0):
            self._enqueue(webhook, bodies[-1]["body"])
        return times if webhook else 0

    @staticmethod
    def _is_about(delivery: dict[str, Any], charge_id: str) -> bool:
        return (delivery["body"].get("transaction") or {}).get("id") == charge_id

    def _run(self) -> None:
        while True:
            self._wake.wait(0.25)
            self._wake.clear()
            for delivery in self._take_due():
                self._slots.acquire()
                threading.Thread(target=self._deliver, args=(delivery,), daemon=True).start()

    def _take_due(self) -> list[dict[str, Any]]:
        with self.store.reading():
            now = time.time()
            if self.held:
                return []
            due = [
                item
                for item in self.store.deliveries.values()
                if item["status"] == "pending" and item["due"] <= now
            ]
            due.sort(key=lambda item: item["due"])
            for delivery in due:
                delivery["due"] = now + self.config.webhook_timeout * 2  # in flight
            return due

    def _deliver(self, delivery: dict[str, Any]) -> None:
        try:
            webhook = self.store.webhooks.get(delivery["webhook_id"])
            answer = self._post(webhook, delivery["body"]) if webhook else "gone"
        finally:
            self._slots.release()
        with self.store.transaction():
            delivery["attempts"] += 1
            delivery["answer"] = answer
            if answer in ("gone", "outside"):
                delivery["status"] = "dropped"
            elif isinstance(answer, int) and 200 <= answer < 300:
                delivery["status"] = "delivered"
            else:
                delays = self.config.retry_delays
                delivery["due"] = time.time() + delays[min(delivery["attempts"], len(delays)) - 1]

    def _post(self, webhook: dict[str, Any], body: dict[str, Any]) -> int | str:
        if not is_near(webhook["url"]):
            return "outside"
        request = urllib.request.Request(
            webhook["url"], json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        if webhook.get("user") is not None:
            secret = f"{webhook['user']}:{webhook['_password'] or ''}".encode()
            request.add_header("Authorization", "Basic " + base64.b64encode(secret).decode())
        try:
            with self._opener.open(request, timeout=self.config.webhook_timeout) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError as error:
            return type(error).__name__
