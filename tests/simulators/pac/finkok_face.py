"""Finkok's SOAP shapes over the core."""

import base64
import binascii
import datetime
import uuid as uuid_module
from xml.sax.saxutils import escape

from lxml import etree

from ..common import App, Request, Response
from .cancelling import Sat, folios
from .config import Config
from .core import Core, Refusal
from .modes import Modes, odd
from .sat_files import CFDI, TFD, read
from .store import Document

NAMESPACE = "http://facturacion.finkok.com/"
VIEWS = "apps.services.soap.core.views"
STAMPED = "Comprobante timbrado satisfactoriamente"
RECEIVED = "Comprobante recibido satisfactoriamente"
LOGIN = ("300", "El usuario o contraseña son inválidos")
NO_CREDIT = "AU2001"


class FinkokFace:
    """Stamping, cancelation and their questions as Finkok answers them."""

    def __init__(self, config: Config, core: Core, sat: Sat, modes: Modes):
        self.config, self.core, self.sat, self.modes = config, core, sat, modes

    def register(self, app: App) -> None:
        """Add the services, with and without the ending of their WSDL."""
        operations = {
            "stamp": (self.stamp, self.stamped),
            "cancel": (self.cancel_signature, self.get_receipt, self.get_sat_status),
            "utilities": (self.datetime,),
        }
        for service, handlers in operations.items():
            known = {handler.__name__: handler for handler in handlers}
            known.update({"quick_stamp": self.stamp} if service == "stamp" else {})
            for ending in ("", ".wsdl"):
                path = f"/servicios/soap/{service}{ending}"
                app.add("POST", path, self._handler(service, known))

    def _handler(self, service: str, known: dict):
        def serve(request: Request) -> Response:
            try:
                call = read(request.body).find("{*}Body")[0]
            except (etree.XMLSyntaxError, TypeError, IndexError):
                return _fault("Client", "not a SOAP request")
            name = etree.QName(call).localname
            if name not in known or call.tag != f"{{{NAMESPACE}{service}}}{name}":
                return _fault("Client.ResourceNotFound", f"operation {name!r} not found")
            given = {etree.QName(node).localname: node.text or "" for node in call}
            login = (given.get("username"), given.get("password"))
            if login != (self.config.user, self.config.password):
                return _answer(service, name, _incidents([LOGIN]))
            return known[name](service, name, given)

        return serve

    # --- stamping --------------------------------------------------------------------

    def stamp(self, service: str, name: str, given: dict) -> Response:
        """``stamp``; with 307 the earlier document comes along."""
        mode = self.modes.take()
        if mode == "uncontrolled":
            return _fault("Server", "Error interno")
        if mode.startswith("before_"):
            return odd(mode)
        try:
            document = self.core.stamp(_xml(given))
        except Refusal as refusal:
            return self._refused(service, name, refusal, mode)
        if mode in ("html", "empty"):
            return odd(mode)
        if mode == "success_without_document":
            return _answer(service, name, f"<s0:CodEstatus>{STAMPED}</s0:CodEstatus>")
        fields = _stamp_fields(self.modes.twist(mode, document, self.core), STAMPED)
        notes = [("1000", "El nombre del emisor se normalizó")] if mode == "warnings" else []
        fields += "" if mode == "no_incidents" else _incidents(notes)
        response = _answer(service, name, fields)
        return Response(200, response.payload() * 2) if mode == "twice" else response

    def _refused(self, service: str, name: str, refusal: Refusal, mode: str) -> Response:
        code = "" if refusal.code == NO_CREDIT else refusal.code
        rows = [(code, refusal.text)] * (2 if mode == "307_twice" else 1)
        fields = ""
        hidden = mode in ("307_empty", "307_twice") or name == "quick_stamp"
        if refusal.earlier and not hidden:
            fields = _stamp_fields(refusal.earlier, "")
        return _answer(service, name, fields + _incidents(rows))

    def stamped(self, service: str, name: str, given: dict) -> Response:
        """The earlier stamp of the same bytes, or 603."""
        mode = self.modes.take()
        if mode == "uncontrolled":
            return _fault("Server", "Error interno")
        if mode in ("html", "empty", "before_html", "before_empty"):
            return odd(mode)
        try:
            document = self.core.stamped(_xml(given))
        except Refusal as refusal:
            return _answer(service, name, _incidents([(refusal.code, refusal.text)]))
        if document is None:
            rows = [("603", "El CFDI no contiene un timbre previo")]
            return _answer(service, name, _incidents(rows))
        return _answer(service, name, _stamp_fields(document, RECEIVED) + _incidents([]))

    # --- cancelation -----------------------------------------------------------------

    def cancel_signature(self, service: str, name: str, given: dict) -> Response:
        """A signed Cancelacion: codes per UUID, or a code of the request."""
        mode, xml = self.modes.take(), _xml(given)
        if mode in ("html", "empty", "before_html", "before_empty"):
            if not mode.startswith("before_"):
                self.sat.cancel_signed(xml)
            return odd(mode)
        if mode.startswith("cancel_request_"):
            text = f"{mode.removeprefix('cancel_request_')} - No se pudo cancelar"
            return _answer(service, name, f"<s0:CodEstatus>{text}</s0:CodEstatus>")
        if mode == "cancel_empty":
            return _answer(service, name, "<s0:Folios/><s0:Acuse/>")
        try:
            if mode.startswith("cancel_code_"):
                codes = dict.fromkeys(folios(xml), mode.removeprefix("cancel_code_"))
            else:
                codes = self.sat.cancel_signed(xml)
        except Refusal as refusal:
            text = escape(f"{refusal.code} - {refusal.text}")
            return _answer(service, name, f"<s0:CodEstatus>{text}</s0:CodEstatus>")
        rows = "".join(
            f"<s0:Folio><s0:UUID>{uuid}</s0:UUID><s0:EstatusUUID>{code}</s0:EstatusUUID>"
            "<s0:EstatusCancelacion/></s0:Folio>"
            for uuid, code in codes.items()
        )
        acuse = escape(self.sat.acuse(codes, ""))
        return _answer(service, name, f"<s0:Folios>{rows}</s0:Folios><s0:Acuse>{acuse}</s0:Acuse>")

    def get_receipt(self, service: str, name: str, given: dict) -> Response:
        """The last receipt of a document."""
        document = self.core.store.documents.get(given.get("uuid", "").upper())
        if document is None or not document.acuse:
            return _answer(service, name, "<s0:success>false</s0:success>")
        receipt = f"<s0:receipt>{escape(document.acuse)}</s0:receipt>"
        return _answer(service, name, f"<s0:success>true</s0:success>{receipt}")

    def get_sat_status(self, service: str, name: str, given: dict) -> Response:
        """SAT's status, asked through the PAC."""
        parts = ("id", "uuid"), ("re", "taxpayer_id"), ("rr", "rtaxpayer_id"), ("tt", "total")
        expression = "?" + "&".join(f"{short}={given.get(long, '')}" for short, long in parts)
        rows = "".join(
            f"<s0:{key}>{escape(value)}</s0:{key}>"
            for key, value in self.sat.status(expression).items()
        )
        return _answer(service, name, f"<s0:sat>{rows}</s0:sat>")

    def datetime(self, service: str, name: str, _given: dict) -> Response:
        """The PAC's clock."""
        return _answer(service, name, f"<s0:datetime>{self.core.clock.centro()}</s0:datetime>")


def _xml(given: dict) -> bytes:
    try:
        return base64.b64decode(given.get("xml", ""), validate=True)
    except binascii.Error:
        return b""


def _stamp_fields(document: Document, status: str) -> str:
    tfd = read(document.xml.encode()).find(f"{CFDI}Complemento/{TFD}TimbreFiscalDigital")
    values = {
        "xml": document.xml,
        "UUID": document.uuid,
        "faultstring": "",
        "Fecha": tfd.get("FechaTimbrado"),
        "CodEstatus": status,
        "faultcode": "",
        "SatSeal": tfd.get("SelloSAT"),
        "NoCertificadoSAT": tfd.get("NoCertificadoSAT"),
    }
    return "".join(f"<s0:{name}>{escape(value)}</s0:{name}>" for name, value in values.items())


def _incidents(rows: list[tuple[str, str]]) -> str:
    if not rows:
        return "<s0:Incidencias/>"
    moment = datetime.datetime.now(datetime.UTC).isoformat()
    found = "".join(
        f"<s0:Incidencia><s0:IdIncidencia>{uuid_module.uuid4().hex}</s0:IdIncidencia>"
        f"<s0:CodigoError>{escape(code)}</s0:CodigoError>"
        f"<s0:MensajeIncidencia>{escape(text)}</s0:MensajeIncidencia>"
        f"<s0:FechaRegistro>{moment}</s0:FechaRegistro></s0:Incidencia>"
        for code, text in rows
    )
    return f"<s0:Incidencias>{found}</s0:Incidencias>"


def _envelope(body: str, status: int = 200, service: str = "stamp") -> Response:
    text = (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<senv:Envelope xmlns:senv="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:tns="{NAMESPACE}{service}" xmlns:s0="{VIEWS}"><senv:Body>{body}</senv:Body>'
        "</senv:Envelope>"
    )
    return Response(status, text, content_type="text/xml; charset=utf-8")


def _answer(service: str, name: str, fields: str) -> Response:
    result = f"<tns:{name}Result>{fields}</tns:{name}Result>"
    return _envelope(f"<tns:{name}Response>{result}</tns:{name}Response>", service=service)


def _fault(code: str, text: str) -> Response:
    return _envelope(
        f"<senv:Fault><faultcode>senv:{code}</faultcode><faultstring>{escape(text)}</faultstring>"
        "</senv:Fault>",
        500,
    )
