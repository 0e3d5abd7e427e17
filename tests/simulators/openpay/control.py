"""The control interface: what a person at a bank, or a test, can do.

==========================================  ===================================================
``GET  /_control/charges``                  newest first, with ``given_back`` (``?status=``, …)
``POST /_control/pay``                      ``{reference | charge_id, amount?, times?}``
``POST /_control/expire``                   ``{reference | charge_id}``
``POST /_control/3ds``                      ``{charge_id, success?}``: also the hosted card page
``POST /_control/payout``                   ``{payout_id, success?}``: the bank has done it or not
``POST /_control/rename``                   ``{id, to}``: gives any record a known id
``POST /_control/chargeback``               ``{charge_id, status: created | accepted | rejected}``
``POST /_control/refund``                   ``{charge_id, amount?, description?}``: in the dashboard
``POST /_control/card``                     ``{card_id, decline?, expiration_*?}`` of a stored card
``GET|POST /_control/webhook``              targets / ``{url, user, password}`` presets the only one
``POST /_control/event``                    ``{charge_id, type, status?, extra?}``: any event
``POST /_control/webhook/resend``           ``{charge_id, times?, type?}``
``POST /_control/webhook/hold|release``     queue deliveries / ``{order?: reverse | shuffle}``
``POST /_control/webhook/duplicate``        ``{times}`` copies of every later event
``GET  /_control/deliveries``               deliveries with attempts and last answer
``GET|POST /_control/clock``                ``{now? | shift_seconds?}``; empty is the real time
``GET|POST /_control/config``               merchant, keys, limits / switches of ``config.Config``
``GET|DELETE /_control/requests``           what callers sent (``?method=``, ``?path=``)
``POST /_control/reset``                    forget records, faults, clock and switches
``GET|POST|DELETE /_control/fault``         see ``tests.simulators.common.faults``
==========================================  ===================================================
"""

from typing import Any

from ..common import App, HttpError, Request
from .api import Api
from .errors import CATALOGUE
from .store import public
from .webhooks import EVENT_TYPES


class Control:
    """Binds the control routes."""

    def __init__(self, app: App, api: Api):
        self.app = app
        self.api = api
        app.health = self._health
        for method, path, handler in (
            ("GET", "charges", self._charges),
            ("POST", "pay", self._pay),
            ("POST", "expire", self._expire),
            ("POST", "3ds", self._secure),
            ("POST", "chargeback", self._chargeback),
            ("POST", "refund", self._refund),
            ("POST", "card", self._card),
            ("POST", "payout", self._payout),
            ("POST", "rename", self._rename),
            ("GET", "webhook", self._targets),
            ("POST", "webhook", self._preset),
            ("POST", "event", self._event),
            ("POST", "webhook/resend", self._resend),
            ("POST", "webhook/hold", self._hold),
            ("POST", "webhook/release", self._release),
            ("POST", "webhook/duplicate", self._duplicate),
            ("GET", "deliveries", self._deliveries),
            ("GET", "clock", self._clock),
            ("POST", "clock", self._set_clock),
            ("GET", "config", lambda _r: api.config.public()),
            ("POST", "config", self._switch),
            ("GET", "requests", lambda r: api.journal.read(**r.query)),
            ("DELETE", "requests", lambda _r: api.journal.clear()),
            ("POST", "reset", self._reset),
        ):
            app.add(method, f"/_control/{path}", handler)

    def _health(self) -> dict[str, Any]:
        return {"merchant": self.api.config.merchant, "charges": len(self.api.store.charges)}

    def _charges(self, request: Request) -> list[dict[str, Any]]:
        with self.api.store.reading():
            charges = [
                {**public(item), "given_back": item.get("_refunded", 0.0)}
                for item in reversed(self.api.store.charges.values())
            ]
        status, reference = request.query.get("status"), request.query.get("reference")
        if status:
            charges = [item for item in charges if item["status"] == status]
        if reference:
            methods = [(item, item.get("payment_method") or {}) for item in charges]
            charges = [i for i, m in methods if reference in (m.get("name"), m.get("reference"))]
        return charges

    def _target(self, data: dict[str, Any]) -> dict[str, Any]:
        reference, charge_id = str(data.get("reference") or ""), str(data.get("charge_id") or "")
        return self.api.bank.find(reference, charge_id)

    def _pay(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        amount = data.get("amount")
        if amount is not None and not (isinstance(amount, int | float) and amount > 0):
            raise HttpError(400, {"error": "amount must be a number above 0"})
        with self.api.store.transaction():
            for _index in range(int(data.get("times") or 1)):
                charge = self.api.bank.pay(self._target(data), amount)
        return charge

    def _expire(self, request: Request) -> dict[str, Any]:
        with self.api.store.transaction():
            return self.api.bank.expire(self._target(request.json_or_empty()))

    def _secure(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        with self.api.store.transaction():
            charge = self._target(data)
            self.api.charges.redirects.finish(charge, bool(data.get("success", True)))
            return public(charge)

    def _chargeback(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        with self.api.store.transaction():
            return self.api.after.dispute(self._target(data), str(data.get("status") or "created"))

    def _refund(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        with self.api.store.transaction():
            return self.api.after.refund(self._target(data), data)

    def _card(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        decline = data.get("decline", 0)
        if decline and decline not in CATALOGUE:
            raise HttpError(400, {"error": "decline must be an error code, or 0 for none"})
        with self.api.store.transaction():
            card = self.api.store.cards.get(str(data.get("card_id") or ""))
            if card is None:
                raise HttpError(404, {"error": "no such stored card"})
            card["_decline"] = decline
            for key in ("expiration_month", "expiration_year"):
                card[key] = str(data.get(key) or card[key])[-2:].zfill(2)
            return public(card)

    def _payout(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        with self.api.store.transaction():
            payout = self.api.store.payouts.get(str(data.get("payout_id") or ""))
            if payout is None:
                raise HttpError(404, {"error": "no such payout"})
            status = "completed" if data.get("success", True) else "failed"
            return self.api.movements.end_payout(payout, status)

    def _rename(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        with self.api.store.transaction():
            record = self.api.store.rename(str(data.get("id") or ""), str(data.get("to") or ""))
        if record is None:
            raise HttpError(404, {"error": "no such record"})
        return public(record)

    def _switch(self, request: Request) -> dict[str, Any]:
        try:
            self.api.config.switch(request.json_or_empty())
        except (TypeError, ValueError) as error:
            raise HttpError(400, {"error": str(error)}) from error
        return self.api.config.public()

    def _targets(self, _request: Request) -> list[dict[str, Any]]:
        return [public(item) for item in self.api.store.webhooks.values()]

    def _preset(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        data.setdefault("event_types", list(EVENT_TYPES))
        with self.api.store.transaction():
            self.api.store.webhooks.clear()
            created = self.api.webhooks.create(data)
        created.pop("password")
        return created

    def _event(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        if not data.get("type") or not isinstance(data.get("extra", {}), dict):
            raise HttpError(400, {"error": "type is required, extra is an object"})
        with self.api.store.transaction():
            charge = self._target(data)
            charge["status"] = str(data.get("status") or charge["status"])
            self.api.webhooks.announce(str(data["type"]), charge, data.get("extra"), to_all=True)
            return public(charge)

    def _resend(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        with self.api.store.transaction():
            charge = self._target(data)
            queued = self.api.webhooks.resend(
                charge["id"], int(data.get("times") or 1), str(data.get("type") or "")
            )
        return {"queued": queued}

    def _hold(self, _request: Request) -> dict[str, Any]:
        self.api.webhooks.held = True
        return {"held": True}

    def _release(self, request: Request) -> dict[str, Any]:
        self.api.webhooks.release(str(request.json_or_empty().get("order") or ""))
        return {"held": False}

    def _duplicate(self, request: Request) -> dict[str, Any]:
        self.api.webhooks.duplicates = max(1, int(request.json_or_empty().get("times") or 1))
        return {"times": self.api.webhooks.duplicates}

    def _deliveries(self, _request: Request) -> list[dict[str, Any]]:
        with self.api.store.reading():
            return [
                {key: value for key, value in item.items() if key not in ("body", "due")}
                | {"type": item["body"]["type"]}
                | {"charge_id": (item["body"].get("transaction") or {}).get("id")}
                for item in reversed(self.api.store.deliveries.values())
            ]

    def _clock(self, _request: Request) -> dict[str, Any]:
        return {"now": self.api.clock.stamp(), "stopped": self.api.clock.stopped is not None}

    def _set_clock(self, request: Request) -> dict[str, Any]:
        data = request.json_or_empty()
        try:
            self.api.clock.configure(data.get("now"), data.get("shift_seconds"))
        except (TypeError, ValueError) as error:
            raise HttpError(400, {"error": str(error)}) from error
        with self.api.store.transaction():
            expired = self.api.bank.expire_due()
        return {**self._clock(request), "expired": expired}

    def _reset(self, _request: Request) -> dict[str, Any]:
        with self.api.store.transaction():
            self.api.store.reset()
        self.api.clock.configure()
        self.api.config.switch({})
        self.api.journal.clear()
        self.api.webhooks.duplicates = 1
        self.api.webhooks.held = False
        self.app.faults.clear()
        return {"ok": True}
