"""SAT's documents about cancelations: request, answer of the receiver, question for relations.

``sign_cancelation``, ``sign_answer`` and ``sign_related`` give the signed bytes; the signature
itself is in ``xmldsig``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .csd import Csd
from .errors import CfdiError
from .xmldsig import sign_enveloped
from .xmlwriter import DECLARATION, element, tag

NS = "http://cancelacfd.sat.gob.mx"
MOTIVE_REPLACED = "01"
MOTIVES = ("01", "02", "03", "04")
#: SAT's own samples declare both, and a signature covers what is declared.
_NAMESPACES = {
    "xmlns": NS,
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


@dataclass(frozen=True)
class CancelRequest:
    """One UUID to cancel.  ``fecha`` is local time of the issuer's postal code."""

    rfc: str
    uuid: str
    motive: str
    fecha: str
    substitute: str = ""


@dataclass(frozen=True)
class AnswerRequest:
    """What the receiver ``rfc`` answers to a request: accepted or not.

    ``fecha`` is local time of the receiver, ``pac_rfc`` the PAC that carries the answer.
    """

    rfc: str
    uuid: str
    accepted: bool
    fecha: str
    pac_rfc: str


@dataclass(frozen=True)
class RelatedRequest:
    """Which documents are related to ``uuid``, asked by its issuer or by its receiver."""

    rfc: str
    uuid: str
    pac_rfc: str
    issuer: bool = True


def build_cancelation(request: CancelRequest) -> bytes:
    """The unsigned Cancelacion of one document: SAT leaves open what several would do."""
    return build_cancelations([request])


def build_cancelations(requests: Iterable[CancelRequest]) -> bytes:
    """The unsigned Cancelacion of documents of one issuer, a Folios element for each.

    FolioSustitucion goes with motive 01 only: an empty one is answered 301.
    """
    rows = list(requests)
    folios = "".join(element("Folios", {}, element("Folio", _folio(row))) for row in rows)
    values = {"RfcEmisor": rows[0].rfc, "Fecha": rows[0].fecha}
    return _document("Cancelacion", values, folios)


def build_answer(request: AnswerRequest) -> bytes:
    """The unsigned SolicitudAceptacionRechazo."""
    answer = "Aceptacion" if request.accepted else "Rechazo"
    folios = tag("UUID", request.uuid) + tag("Respuesta", answer)
    values = {
        "Fecha": request.fecha,
        "RfcPacEnviaSolicitud": request.pac_rfc,
        "RfcReceptor": request.rfc,
    }
    return _document("SolicitudAceptacionRechazo", values, element("Folios", {}, folios))


def build_related(request: RelatedRequest) -> bytes:
    """The unsigned PeticionConsultaRelacionados; the RFC of the other side stays empty."""
    issuer = ("RfcEmisor", "RfcReceptor") if request.issuer else ("RfcReceptor", "RfcEmisor")
    values = {
        issuer[0]: request.rfc,
        "RfcPacEnviaSolicitud": request.pac_rfc,
        "Uuid": request.uuid,
    }
    return _document("PeticionConsultaRelacionados", values, extra=f' {issuer[1]}=""')


def sign_cancelation(request: CancelRequest, csd: Csd) -> bytes:
    """The signed Cancelacion.

    Raises ``CsdError`` when the host's OpenSSL policy refuses SHA-1, which SAT demands.
    """
    return sign_enveloped(build_cancelation(request), csd)


def sign_answer(request: AnswerRequest, csd: Csd) -> bytes:
    """The signed answer of a receiver, with the receiver's own CSD; raises ``CsdError``."""
    return sign_enveloped(build_answer(request), csd)


def sign_related(request: RelatedRequest, csd: Csd) -> bytes:
    """The signed question for related documents; raises ``CsdError``."""
    return sign_enveloped(build_related(request), csd)


def _folio(request: CancelRequest) -> dict[str, str | None]:
    if request.motive not in MOTIVES:
        raise CfdiError(f"Unknown cancelation motive {request.motive}")
    if (request.motive == MOTIVE_REPLACED) != bool(request.substitute):
        raise CfdiError("Motive 01 wants the UUID of the substitute, the others forbid it")
    return {
        "UUID": request.uuid,
        "Motivo": request.motive,
        "FolioSustitucion": request.substitute,
    }


def _document(name: str, values: dict[str, str], body: str = "", extra: str = "") -> bytes:
    text = element(name, {**_NAMESPACES, **values}, body)
    if extra:
        text = text.replace(f"<{name}", f"<{name}{extra}", 1)
    return f"{DECLARATION}{text}".encode()
