"""The control interface: what no real PAC would let you do."""

import base64

from ..common import App, HttpError, Request
from .cancelling import Sat
from .core import Core
from .modes import Modes


class Control:
    """``/_control/*``: stamps, clock, credit, refused receivers, SAT's decisions."""

    def __init__(self, core: Core, sat: Sat, modes: Modes):
        self.core, self.sat, self.modes = core, sat, modes

    def register(self, app: App) -> None:
        """Add the control routes."""
        app.health = lambda: {"stamps": len(self.core.store.documents)}
        app.add("GET", "/_control/stamps", self.stamps)
        app.add("GET", "/_control/stamps/{uuid}", self.stamp)
        app.add("GET", "/_control/certificate", self.certificate)
        app.add("POST", "/_control/mode", self.mode)
        app.add("POST", "/_control/clock", self.clock)
        app.add("POST", "/_control/account", self.account)
        app.add("POST", "/_control/receiver", self.receiver)
        app.add("POST", "/_control/sat", self.settings)
        app.add("POST", "/_control/answer", self.answer)
        app.add("POST", "/_control/cancellable", self.cancellable)
        app.add("POST", "/_control/sat_answer", self.sat_answer)
        app.add("POST", "/_control/reset", self.reset)

    def stamps(self, _request: Request) -> list[dict]:
        """Every stamped document without its XML, oldest first."""
        return [document.public() for document in self.core.store.documents.values()]

    def stamp(self, request: Request) -> dict:
        """One document with its XML."""
        document = self._document(request.params["uuid"])
        return {**document.public(), "xml": document.xml}

    def certificate(self, _request: Request) -> dict:
        """The certificate that signs stamps, DER in Base64."""
        signer = self.core.store.signer
        return {"number": signer.number, "der": base64.b64encode(signer.der).decode()}

    def mode(self, request: Request) -> dict:
        """``{"mode": "307_empty", "times": 1}``."""
        given = request.json_or_empty()
        try:
            self.modes.arm(str(given.get("mode")), int(given.get("times", 1)))
        except ValueError as error:
            raise HttpError(400, {"error": str(error)}) from error
        return {"ok": True}

    def clock(self, request: Request) -> dict:
        """``{"now": "2026-01-31T12:00:00+00:00"}`` stops the clock, null lets it run.

        ``{"shift_seconds": 3600}`` moves the running clock, for good.
        """
        given = request.json_or_empty()
        try:
            if "shift_seconds" in given:
                self.core.clock.shift(float(given["shift_seconds"]))
            self.core.clock.set(given.get("now"))
        except (TypeError, ValueError) as error:
            raise HttpError(400, {"error": str(error)}) from error
        return {"now": self.core.clock.now().isoformat()}

    def account(self, request: Request) -> dict:
        """``{"credits": 0, "hidden": seconds until a stamp can be asked for}``."""
        given = request.json_or_empty()
        self.core.credits = int(given.get("credits", self.core.credits))
        self.core.hidden = float(given.get("hidden", self.core.hidden))
        return {"credits": self.core.credits, "hidden": self.core.hidden}

    def receiver(self, request: Request) -> dict:
        """``{"rfc": …, "code": "CFDI40145", "text": …}``; without a code it is fine again."""
        given = request.json_or_empty()
        if given.get("code"):
            text = given.get("text") or "El dato del receptor no está en la lista del SAT."
            self.core.refused[given["rfc"]] = (given["code"], text)
        else:
            self.core.refused.pop(given.get("rfc"), None)
        return {"refused": sorted(self.core.refused)}

    def settings(self, request: Request) -> dict:
        """``{"lag": seconds, "acceptance": true|false|null}``."""
        given = request.json_or_empty()
        self.sat.lag = float(given.get("lag", self.sat.lag))
        self.sat.acceptance = given.get("acceptance", self.sat.acceptance)
        return {"lag": self.sat.lag, "acceptance": self.sat.acceptance}

    def answer(self, request: Request) -> dict:
        """The receiver answers a cancelation: ``{"uuid": …, "accept": true}``."""
        given = request.json_or_empty()
        document = self.sat.answer(str(given.get("uuid")), bool(given.get("accept")))
        if document is None:
            raise HttpError(404, {"error": "no cancelation waits for this document"})
        return document.public()

    def cancellable(self, request: Request) -> dict:
        """``{"uuid": …, "cancellable": false}``: live documents refer to it."""
        given = request.json_or_empty()
        document = self._document(str(given.get("uuid")))
        self.core.store.change(document, cancellable=bool(given.get("cancellable")))
        return document.public()

    def sat_answer(self, request: Request) -> dict:
        """``{"uuid": …, "answer": {"CodigoEstatus": …}}``: what SAT says, null for the truth."""
        given = request.json_or_empty()
        document = self._document(str(given.get("uuid")))
        self.core.store.change(document, answer=given.get("answer"))
        return document.public()

    def reset(self, _request: Request) -> dict:
        """Behave well again; stamps stay."""
        self.modes.clear()
        self.core.clock.set(None)
        self.core.credits = self.core.config.credits
        self.core.refused.clear()
        self.core.hidden = 0.0
        self.sat.lag, self.sat.acceptance = 0.0, None
        return {"ok": True}

    def _document(self, uuid: str):
        document = self.core.store.documents.get(uuid.upper())
        if document is None:
            raise HttpError(404, {"error": "no such document"})
        return document
