"""SW sapien, REST: https://developers.sw.com.mx.

We use ``/v4/cfdi33/stamp/v2`` (the path says 3.3 for CFDI 4.0 too) with a ``customid``:
the same bytes with the same customid are answered 307 with the earlier document, so
repeating the call is how a lost answer is recovered.  Other bytes under it are CFDI3307: the
UUID of the earlier document is part of the error, and no other customid is ever tried.  The
body is JSON whatever the HTTP status; anything else is an unknown outcome.
"""

from __future__ import annotations

import json
import re
import threading
import time

from ..transport import Answer, post
from .base import CancelAnswer, PacAdapter, StampAnswer, is_reject, judged
from .errors import (
    PacAlreadyStamped,
    PacAuth,
    PacError,
    PacNoCredit,
    PacReject,
    PacTransient,
    PacUnknownOutcome,
)

STAMP_PATH = "/v4/cfdi33/stamp/v2"
AUTH_PATH = "/v2/security/authenticate"
CANCEL_PATH = "/cfdi33/cancel/xml"
NO_CREDIT = "AU2001"
ALREADY = "307"
DUPLICATE_KEY = "CFDI3307"
UNCONTROLLED = "CO1000"
_CODE = re.compile(r"^\s*([A-Z]{0,6}\d{3,6})\s*[-.:]\s*(.*)$", re.DOTALL)
_UUID = re.compile(r"UUID=\"[0-9A-Fa-f-]{36}\"")
_TOKEN_MARGIN = 60


class SwAdapter(PacAdapter):
    """One account at SW; keeps its token while the object lives."""

    # A customid is unique, and recognised, for three days.
    memory_hours = 72.0

    _token = ""
    _token_until = 0.0

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._token_lock = threading.Lock()

    def stamp(self, xml: bytes, key: str) -> StampAnswer:
        """See the base class; a 307 with the earlier document is a success."""
        payload, raw = self._call(STAMP_PATH, xml, {"customid": key})
        if payload.get("status") == "success":
            return StampAnswer(self._document(payload, raw), raw)
        code, text = _split(payload)
        if code in (ALREADY, DUPLICATE_KEY):
            document = _data(payload).get("cfdi")
            if code == ALREADY and document:
                return StampAnswer(document.encode(), raw, recovered=True)
            uuid = _UUID.search(str(_data(payload).get("tfd") or ""))
            raise PacAlreadyStamped(code, f"{text} {uuid.group() if uuid else ''}".strip(), raw)
        raise self._failure(code, text, raw)

    def recover(self, xml: bytes, key: str, age: float = float("inf")) -> StampAnswer:
        """The stamping call is idempotent by customid: same bytes, same document."""
        return self.stamp(xml, key)

    def cancel(self, signed_xml: bytes) -> CancelAnswer:
        """Codes come per UUID; an answer without any is left to the caller to judge."""
        payload, raw = self._call(CANCEL_PATH, signed_xml, {})
        data = _data(payload)
        code, text = _split(payload)
        if payload.get("status") != "success" and not data.get("uuid"):
            if code.startswith("AU") or code == UNCONTROLLED:
                raise self._failure(code, text, raw)
            return CancelAnswer({}, b"", raw, code, text)
        found = data.get("uuid")
        codes = found if isinstance(found, dict) else {}
        acuse = data.get("acuse") or ""
        return CancelAnswer(
            {uuid.upper(): str(value or "") for uuid, value in codes.items()},
            acuse if isinstance(acuse, bytes) else str(acuse).encode(),
            raw,
        )

    def ping(self) -> None:
        """A fresh login, unless the account has a fixed token."""
        self._token = ""
        self._bearer()

    # --- one call --------------------------------------------------------------------

    def _call(self, path: str, xml: bytes, headers: dict[str, str]) -> tuple[dict, bytes]:
        """POST the document; a token that the server no longer knows is renewed once."""
        answer = self._post_xml(path, xml, headers)
        if answer.status == 401 and not self._credentials.token:
            self._token = ""
            answer = self._post_xml(path, xml, headers)
        payload = judged(answer, _payload)
        if answer.status == 401:
            raise PacAuth("401", _split(payload)[1] or "The PAC refused the token", answer.body)
        return payload, answer.body

    def _post_xml(self, path: str, xml: bytes, headers: dict[str, str]) -> Answer:
        authorised = {"Authorization": f"Bearer {self._bearer()}", **headers}
        files = {"xml": ("xml", xml, "text/xml")}
        return post(self.base_url + path, authorised, self.timeout, files=files)

    def _bearer(self) -> str:
        """The fixed token of the account, or one by user and password (2 hours)."""
        if self._credentials.token:
            return self._credentials.token
        with self._token_lock:
            if not self._token or time.time() > self._token_until - _TOKEN_MARGIN:
                self._authenticate()
            return self._token

    def _authenticate(self) -> None:
        """Log in; no outcome of a login is fiscal, so unreadable ones are transient."""
        login = {"user": self._credentials.user, "password": self._credentials.password}
        try:
            answer = post(self.base_url + AUTH_PATH, timeout=self.timeout, json=login)
            payload = judged(answer, _payload)
        except PacUnknownOutcome as error:
            raise PacTransient(error.code, error.text) from error
        data = _data(payload)
        if payload.get("status") != "success" or not data.get("token"):
            code, text = _split(payload)
            raise PacAuth(code or "AU", text or "The PAC refused the login")
        self._token = str(data["token"])
        expires = data.get("expires_in")
        self._token_until = float(expires) if isinstance(expires, (int, float)) else 0.0

    # --- answers ---------------------------------------------------------------------

    @staticmethod
    def _document(payload: dict, raw: bytes) -> bytes:
        document = _data(payload).get("cfdi")
        if not document:
            raise PacUnknownOutcome("answer", "Success without a document", raw)
        return str(document).encode()

    @staticmethod
    def _failure(code: str, text: str, raw: bytes) -> PacError:
        """Only a known code may be a definite reject."""
        if code == NO_CREDIT:
            return PacNoCredit(code, text, raw)
        if code.startswith("AU"):
            return PacAuth(code, text, raw)
        if is_reject(code):
            return PacReject(code, text, raw)
        return PacUnknownOutcome(code or "answer", text or "Error without a code", raw)


def _payload(answer: Answer) -> dict:
    """The JSON object of an answer, whatever its HTTP status."""
    try:
        payload = json.loads(answer.body)
    except ValueError as error:
        text = f"Unreadable answer with HTTP status {answer.status}"
        raise PacUnknownOutcome("answer", text, answer.body) from error
    if not isinstance(payload, dict):
        raise PacUnknownOutcome("answer", "Unexpected answer", answer.body)
    return payload


def _data(payload: dict) -> dict:
    data = payload.get("data")
    return data if isinstance(data, dict) else {}


def _split(payload: dict) -> tuple[str, str]:
    """``307. El comprobante ...`` -> code and text with the detail behind it."""
    message = str(payload.get("message") or "")
    detail = str(payload.get("messageDetail") or "")
    found = _CODE.match(message)
    code, text = (found.group(1), found.group(2)) if found else ("", message)
    return code, " ".join(part.strip() for part in (text, detail) if part.strip())
