"""Finkok, SOAP: https://wiki.finkok.com.

``stamp`` is answered 307 for a seal that was stamped before, usually with the earlier document
and sometimes with empty fields; ``stamped`` then gives it, after some seconds at the latest.
``stamped`` is also how a lost answer is settled: it stamps nothing and says 603 when there is no
stamp, which is final only a minute after the document was sent.
"""

from __future__ import annotations

import base64
import re
import time

from lxml import etree

from ..transport import Answer, post
from . import soap
from .base import CancelAnswer, PacAdapter, StampAnswer, is_reject, judged
from .errors import (
    PacAlreadyStamped,
    PacAuth,
    PacError,
    PacNoCredit,
    PacNotStamped,
    PacReject,
    PacTransient,
    PacUnknownOutcome,
)

STAMP_PATH = "/servicios/soap/stamp.wsdl"
CANCEL_PATH = "/servicios/soap/cancel.wsdl"
STAMP_NS = "http://facturacion.finkok.com/stamp"
CANCEL_NS = "http://facturacion.finkok.com/cancel"
ALREADY = "307"
NONE_BEFORE = "603"
#: The issuer's RFC is not registered in the account; the account is suspended.
ACCOUNT_CODES = {"702", "703"}
#: Seconds after sending from which 603 is final; pauses while the earlier document appears.
SETTLED = 60.0
PAUSES = (1.0, 2.0, 3.0, 4.0)
NOT_FOUND = "205"
_CODE = re.compile(r"^\s*(?:UUID:\s*)?(\d{3})\b")
_LOGIN = re.compile(r"usuario.*contrase|password|autenticaci", re.IGNORECASE)
_CREDIT = re.compile(r"timbres (disponibles|insuficientes)|sin timbres|cr[eé]dito", re.IGNORECASE)


class FinkokAdapter(PacAdapter):
    """One account at Finkok."""

    def stamp(self, xml: bytes, key: str) -> StampAnswer:
        """See the base class; Finkok knows a document by its seal, the key stays here."""
        result, raw = self._call(STAMP_PATH, STAMP_NS, "stamp", {"xml": _encoded(xml)})
        incidents = [
            (soap.text(row, "CodigoError"), soap.text(row, "MensajeIncidencia"))
            for row in soap.rows(result, "Incidencia")
        ]
        codes = [code for code, _text in incidents]
        document = _document(result)
        if document and (ALREADY in codes or soap.text(result, "UUID")):
            return StampAnswer(document, raw, recovered=ALREADY in codes)
        if ALREADY in codes:
            return self._earlier(xml, raw)
        raise _failure(*(incidents[0] if incidents else _fault(result)), raw)

    def recover(self, xml: bytes, key: str, age: float = float("inf")) -> StampAnswer:
        """Ask for an earlier stamp of the same bytes; nothing is stamped now."""
        result, raw = self._call(STAMP_PATH, STAMP_NS, "stamped", {"xml": _encoded(xml)})
        document = _document(result)
        if document:
            return StampAnswer(document, raw, recovered=True)
        code, text = _fault(result)
        for row in soap.rows(result, "Incidencia"):
            code, text = soap.text(row, "CodigoError"), soap.text(row, "MensajeIncidencia")
        if code != NONE_BEFORE:
            failure = _failure(code, text, raw)
            # "stamped" judges nothing: only 603 says that there is no stamp
            if isinstance(failure, PacReject):
                failure = PacUnknownOutcome(code, text, raw)
            raise failure
        if age < SETTLED:
            raise PacUnknownOutcome(code, f"{text} Not final yet", raw)
        raise PacNotStamped(code, text, raw)

    def cancel(self, signed_xml: bytes) -> CancelAnswer:
        """Present our signed request; Finkok is not asked to retry by itself."""
        values = {"xml": _encoded(signed_xml), "store_pending": "false"}
        result, raw = self._call(CANCEL_PATH, CANCEL_NS, "cancel_signature", values)
        codes = {
            soap.text(row, "UUID").upper(): soap.text(row, "EstatusUUID")
            for row in soap.rows(result, "Folio")
        }
        status = soap.text(result, "CodEstatus")
        code = _CODE.match(status).group(1) if _CODE.match(status) else ""
        if not code and "no encontrado" in status.lower():
            code = NOT_FOUND
        fault, text = _fault(result)
        if not codes and not code and fault:
            raise _failure(fault, text, raw)
        acuse = soap.text(result, "Acuse").encode()
        return CancelAnswer(codes, acuse, raw, code, status)

    def receipt(self, rfc: str, uuid: str) -> bytes:
        """The last receipt (201 or 202) that Finkok keeps."""
        values = {"taxpayer_id": rfc, "uuid": uuid, "type": "C"}
        result, _raw = self._call(CANCEL_PATH, CANCEL_NS, "get_receipt", values)
        return soap.text(result, "receipt").encode()

    def ping(self) -> None:
        """Ask about an empty document: the login is judged first, nothing can be stamped."""
        try:
            self.recover(b"", "")
        except PacAuth:
            raise
        except PacUnknownOutcome as error:
            # an answer of the service itself, whatever it says about the document, is a login
            if not error.code.isdigit():
                raise PacTransient(error.code, error.text) from error
        except PacNotStamped:
            return

    # --- one call --------------------------------------------------------------------

    def _call(
        self, path: str, namespace: str, operation: str, values: dict[str, str]
    ) -> tuple[etree._Element, bytes]:
        """POST the envelope; returns the result element and the raw answer."""
        login = {"username": self._credentials.user, "password": self._credentials.password}
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": operation}
        data = soap.envelope(namespace, operation, {**values, **login})
        answer = post(self.base_url + path, headers, self.timeout, data=data)
        return judged(answer, _result), answer.body

    def _earlier(self, xml: bytes, raw: bytes) -> StampAnswer:
        """307 without the document: it appears within seconds."""
        for pause in PAUSES:
            try:
                return self.recover(xml, "", 0.0)
            except (PacUnknownOutcome, PacTransient):
                time.sleep(pause)
        raise PacAlreadyStamped(ALREADY, "The earlier document is not available yet", raw)


def _encoded(xml: bytes) -> str:
    return base64.b64encode(xml).decode()


def _result(answer: Answer) -> etree._Element:
    """The ``…Result`` element; a fault is an unknown outcome unless it is about the login."""
    found = soap.body(answer.body)
    if soap.local(found) == "Fault":
        raise _failure(*_fault(found), answer.body)
    if answer.status != 200:
        raise PacUnknownOutcome("answer", f"HTTP status {answer.status}", answer.body)
    return found[0]


def _document(result: etree._Element) -> bytes:
    """The document inside the answer, escaped as text: its bytes stay as they are (UTF-8)."""
    found = soap.child(result, "xml")
    return b"" if found is None else (found.text or "").lstrip().encode()


def _fault(result: etree._Element) -> tuple[str, str]:
    """Code and text of an answer that carries no incident."""
    code = soap.text(result, "faultcode")
    text = soap.text(result, "faultstring") or soap.text(result, "error")
    status = soap.text(result, "CodEstatus")
    found = _CODE.match(code) or _CODE.match(text) or _CODE.match(status)
    return (found.group(1) if found else code), text or status


def _failure(code: str, text: str, raw: bytes) -> PacError:
    """Only a known code is a definite no."""
    if code in ACCOUNT_CODES or _LOGIN.search(text):
        return PacAuth(code, text, raw)
    if _CREDIT.search(text):
        return PacNoCredit(code, text, raw)
    if is_reject(code):
        return PacReject(code, text, raw)
    return PacUnknownOutcome(code or "answer", text or "Answer without a code", raw)
