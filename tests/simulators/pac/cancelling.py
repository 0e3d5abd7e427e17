"""SAT's side of a document: cancelation requests and the status that everybody may ask."""

import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote
from xml.sax.saxutils import escape

from lxml import etree

from .clock import Clock
from .core import Refusal
from .crypto import check_enveloped
from .rules import GENERIC
from .sat_files import read
from .store import Document, Store

NS = "{http://cancelacfd.sat.gob.mx}"
FREE_LIMIT = Decimal(1000)
DEADLINE = datetime.timedelta(hours=72)


class Sat:
    """Registry of stamped documents.

    ``lag`` seconds a new document stays unknown; ``acceptance`` None follows SAT's rules,
    True or False forces whether the receiver is asked.
    """

    def __init__(self, store: Store, clock: Clock):
        self.store, self.clock = store, clock
        self.lag = 0.0
        self.acceptance: bool | None = None

    def cancel_signed(self, xml: bytes) -> dict[str, str]:
        """Present a signed Cancelacion; returns SAT's code per UUID.

        :raises Refusal: the request itself is not acceptable.
        """
        try:
            root = read(xml)
        except etree.XMLSyntaxError as error:
            raise Refusal("301", "XML mal formado.") from error
        holder = check_enveloped(root)
        if holder is None or root.tag != f"{NS}Cancelacion":
            raise Refusal("302", "Sello mal formado o inválido.")
        if not holder.is_csd() or not holder.covers(self.clock.now()):
            raise Refusal("304", "Certificado revocado o caduco.")
        codes = {}
        for folio in root.iter(f"{NS}Folio"):
            if folio.get("FolioSustitucion") == "":
                raise Refusal("301", "FolioSustitucion vacío.")
            rfc_fits = holder.rfc == root.get("RfcEmisor")
            codes[folio.get("UUID")] = self.cancel(
                root.get("RfcEmisor") if rfc_fits else "",
                folio.get("UUID"),
                folio.get("Motivo"),
                folio.get("FolioSustitucion"),
            )
        return codes

    def cancel(self, rfc: str, uuid: str, motive: str, substitute: str | None) -> str:
        """Ask for one cancelation; returns SAT's code."""
        with self.store.lock:
            document = self._visible(uuid)
            if document is None:
                return "205"
            if document.issuer != rfc:
                return "203"
            if motive not in ("01", "02", "03", "04") or (motive == "01") != bool(substitute):
                return "207"
            if document.status == "Cancelado" or document.cancellation == "En proceso":
                return "202"
            if motive == "01" and not self._substitutes(substitute, document):
                return "207"
            if not document.cancellable or self.blockers(document, substitute):
                return "no_cancelable"
            self._request(document)
            return "201"

    def blockers(self, document: Document, substitute: str | None = None) -> list[str]:
        """Valid documents that refer to this one and keep it alive."""
        found = self.store.referring(document.uuid)
        return [each.uuid for each in found if each.uuid != (substitute or "").upper()]

    def _substitutes(self, substitute: str | None, document: Document) -> bool:
        """Whether the substitute exists and says with relation 04 what it replaces."""
        other = self.store.documents.get((substitute or "").upper())
        return other is not None and document.uuid in other.replaces

    def acuse(self, codes: dict[str, str], rfc: str) -> str:
        """SAT's receipt, kept for whoever asks for it again."""
        rows = "".join(
            f"<Folios><UUID>{uuid}</UUID><EstatusUUID>{code}</EstatusUUID></Folios>"
            for uuid, code in codes.items()
        )
        moment = self.clock.centro()
        head = f'<Acuse xmlns="{NS[1:-1]}" RfcEmisor="{escape(rfc)}" Fecha="{moment}">'
        text = f'<?xml version="1.0" encoding="utf-8"?>{head}{rows}</Acuse>'
        for uuid, code in codes.items():
            document = self.store.documents.get(uuid.upper())
            if document and code in ("201", "202"):
                self.store.change(document, acuse=text)
        return text

    def _request(self, document: Document) -> None:
        """Cancel at once, or wait for the receiver."""
        moment = self.clock.now().isoformat()
        if self._needs_acceptance(document):
            self.store.change(document, cancellation="En proceso", requested_at=moment)
        else:
            self.store.change(
                document,
                status="Cancelado",
                cancellation="Cancelado sin aceptación",
                requested_at=moment,
            )

    def _needs_acceptance(self, document: Document) -> bool:
        if self.acceptance is not None:
            return self.acceptance
        stamped = datetime.datetime.fromisoformat(document.stamped_at)
        fresh = self.clock.now() - stamped < datetime.timedelta(hours=24)
        small = Decimal(document.total) <= FREE_LIMIT and document.kind != "P"
        free = document.kind == "E" or document.receiver in GENERIC
        return not (small or fresh or free)

    def answer(self, uuid: str, accept: bool) -> Document | None:
        """The receiver accepts or rejects; None when nothing waits."""
        with self.store.lock:
            document = self.store.documents.get(uuid)
            if document is None or document.cancellation != "En proceso":
                return None
            if accept:
                values = {"status": "Cancelado", "cancellation": "Cancelado con aceptación"}
            else:
                values = {"cancellation": "Solicitud rechazada"}
            self.store.change(document, **values)
            return document

    def status(self, expression: str) -> dict[str, str]:
        """ConsultaCFDIService by its printed expression."""
        parts = _expression(expression)
        if not all(parts.get(name) for name in ("id", "re", "rr", "tt")):
            return {"CodigoEstatus": "N - 601: La expresión impresa proporcionada no es válida."}
        document = self._visible(parts["id"].upper())
        if document is None or not _same(document, parts):
            return {
                "CodigoEstatus": "N - 602: Comprobante no encontrado.",
                "Estado": "No Encontrado",
            }
        if document.answer is not None:
            return dict(document.answer)
        self._expire(document)
        return {
            "CodigoEstatus": "S - Comprobante obtenido satisfactoriamente.",
            "EsCancelable": self._cancellable(document),
            "Estado": document.status,
            "EstatusCancelacion": document.cancellation,
            "ValidacionEFOS": "200",
        }

    def _expire(self, document: Document) -> None:
        """Silence of the receiver for three days is consent."""
        if document.cancellation != "En proceso":
            return
        asked = datetime.datetime.fromisoformat(document.requested_at)
        if self.clock.now() - asked > DEADLINE:
            self.store.change(document, status="Cancelado", cancellation="Plazo vencido")

    def _cancellable(self, document: Document) -> str:
        if not document.cancellable or self.blockers(document):
            return "No cancelable"
        asks = self._needs_acceptance(document)
        return "Cancelable con aceptación" if asks else "Cancelable sin aceptación"

    def _visible(self, uuid: str | None) -> Document | None:
        document = self.store.documents.get((uuid or "").upper())
        if document is None:
            return None
        stamped = datetime.datetime.fromisoformat(document.stamped_at)
        old = (self.clock.now() - stamped).total_seconds()
        return document if not self.lag or old >= self.lag else None


def folios(xml: bytes) -> list[str]:
    """The UUIDs of a request."""
    return [folio.get("UUID") for folio in read(xml).iter(f"{NS}Folio")]


def _expression(text: str) -> dict[str, str]:
    """Split ``?id=..&re=..``; an RFC may carry ``&amp;``, which is not a separator."""
    query = text.strip().rpartition("?")[2].replace("&amp;", "\0")
    pairs = (part.partition("=") for part in query.split("&"))
    return {key: unquote(value).replace("\0", "&") for key, _eq, value in pairs}


def _same(document: Document, parts: dict[str, str]) -> bool:
    try:
        total = Decimal(parts["tt"])
    except InvalidOperation:
        return False
    seal_fits = not parts.get("fe") or document.seal.endswith(parts["fe"])
    return (
        seal_fits
        and parts["re"] == document.issuer
        and parts["rr"] == document.receiver
        and total == Decimal(document.total)
    )
