"""Stamping, apart from any vendor's wire format."""

import datetime
import hashlib
import uuid as uuid_module
from zoneinfo import ZoneInfo

from lxml import etree

from . import rules, sat_files
from .clock import Clock
from .config import Config
from .crypto import Holder, unbase64
from .sat_files import CFDI, TFD
from .store import Document, Store

TFD_NS = TFD[1:-1]
XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
TFD_SCHEMA = (
    f"{TFD_NS} http://www.sat.gob.mx/sitio_internet/cfd/TimbreFiscalDigital/"
    "TimbreFiscalDigitalv11.xsd"
)
#: Earliest and latest clock of Mexico: a PAC knows no issuer's second better than that.
LATEST, EARLIEST = ZoneInfo("America/Cancun"), ZoneInfo("America/Tijuana")


class Refusal(Exception):
    """The PAC says no: SAT's code, a Spanish text, and the earlier document if any."""

    def __init__(self, code: str, text: str, earlier: Document | None = None):
        super().__init__(f"{code}. {text}")
        self.code, self.text, self.earlier = code, text, earlier


class Core:
    """One PAC: validates, stamps and remembers."""

    def __init__(self, config: Config, store: Store, clock: Clock):
        self.config, self.store, self.clock = config, store, clock
        self.credits = config.credits
        #: RFC -> (code, text): receivers that SAT's list refuses.
        self.refused: dict[str, tuple[str, str]] = {}
        #: seconds for which a stamp cannot be asked for after it was made
        self.hidden = 0.0

    def stamp(self, xml: bytes, key: str = "") -> Document:
        """Validate and stamp.

        :raises Refusal: with 307 and the earlier document when it was stamped before.
        """
        try:
            root = sat_files.read(xml)
        except etree.XMLSyntaxError as error:
            raise Refusal("301", f"La estructura del comprobante es inválida. {error}") from error
        with self.store.lock:
            self._check_earlier(root, key)
            if self.credits <= 0:
                raise Refusal("AU2001", "El usuario no cuenta con timbres disponibles.")
            self._check(root)
            document = self._sign(root, key)
            document.sent_sha256 = hashlib.sha256(xml).hexdigest()
            self.store.add(document)
            self.credits -= 1
            return document

    def stamped(self, xml: bytes) -> Document | None:
        """The earlier stamp of the same seal, none while it is hidden."""
        try:
            document = self.store.by_seal(sat_files.read(xml).get("Sello") or "-")
        except etree.XMLSyntaxError as error:
            raise Refusal("705", f"XML Estructura inválida. {error}") from error
        if document is None:
            return None
        made = datetime.datetime.fromisoformat(document.stamped_at)
        age = (self.clock.now() - made).total_seconds()
        return document if not self.hidden or age >= self.hidden else None

    def _check_earlier(self, root: etree._Element, key: str) -> None:
        """307 for the same seal; CFDI3307 for another document under the same key."""
        earlier = self.store.by_seal(root.get("Sello") or "-")
        if earlier:
            self.store.change(earlier, stamps_asked=earlier.stamps_asked + 1)
            raise Refusal("307", "El comprobante contiene un timbre previo.", earlier)
        same_key = self.store.by_key(key)
        if same_key:
            text = "Timbre duplicado. El customId proporcionado está duplicado."
            raise Refusal("CFDI3307", text, same_key)

    def _check(self, root: etree._Element) -> None:
        if root.find(f"{CFDI}Complemento/{TFD}TimbreFiscalDigital") is not None:
            raise Refusal("707", "El comprobante ya contiene un timbre fiscal digital.")
        problem = sat_files.schema_problem(root)
        if problem:
            raise Refusal("301", f"La estructura del comprobante es inválida. {problem}")
        self._check_seal(root)
        self._check_date(root)
        rfc = root.find(f"{CFDI}Receptor").get("Rfc")
        if rfc in self.refused:
            raise Refusal(*self.refused[rfc])
        for code, text in rules.problems(root):
            raise Refusal(code, text)

    def _check_seal(self, root: etree._Element) -> None:
        """Seal, owner, kind and validity of the certificate."""
        try:
            holder = Holder(unbase64(root.get("Certificado")))
        except ValueError as error:
            raise Refusal("308", "El certificado no es válido.") from error
        signature = unbase64(root.get("Sello"))
        genuine = holder.signed(signature, sat_files.original_string(root))
        if not genuine or holder.number != root.get("NoCertificado"):
            raise Refusal("302", "El sello del emisor no es válido.")
        if holder.rfc != root.find(f"{CFDI}Emisor").get("Rfc"):
            raise Refusal("303", "El RFC del CSD no corresponde al del emisor.")
        if not holder.is_csd():
            raise Refusal("306", "El certificado no es de tipo CSD.")
        issued = self._fecha(root).replace(tzinfo=rules_zone(root))
        if not holder.covers(issued) or not holder.covers(self.clock.now()):
            raise Refusal("305", "La fecha de emisión no está dentro de la vigencia del CSD.")

    @staticmethod
    def _fecha(root: etree._Element) -> datetime.datetime:
        return datetime.datetime.strptime(root.get("Fecha"), "%Y-%m-%dT%H:%M:%S")

    def _check_date(self, root: etree._Element) -> None:
        """Not after the latest clock of the country, not 72 h before the earliest."""
        issued, now = self._fecha(root), self.clock.now()
        zone = rules_zone(root)
        here = now.astimezone(zone).replace(tzinfo=None)
        slack = datetime.timedelta(minutes=5)
        if issued > here + slack or here - issued > datetime.timedelta(hours=72):
            raise Refusal("401", "La fecha de generación está fuera del rango de 72 horas.")

    def _sign(self, root: etree._Element, key: str) -> Document:
        """Add the Timbre Fiscal Digital and nothing else."""
        unique = str(uuid_module.uuid4()).upper()
        complement = root.find(f"{CFDI}Complemento")
        if complement is None:
            complement = etree.SubElement(root, f"{CFDI}Complemento")
        tfd = etree.SubElement(complement, f"{TFD}TimbreFiscalDigital", nsmap={"tfd": TFD_NS})
        values = {
            XSI: TFD_SCHEMA,
            "Version": "1.1",
            "UUID": unique,
            "FechaTimbrado": self.clock.centro(),
            "RfcProvCertif": self.config.pac_rfc,
            "SelloCFD": root.get("Sello"),
            "NoCertificadoSAT": self.store.signer.number,
        }
        for name, value in values.items():
            tfd.set(name, value)
        tfd.set("SelloSAT", self.store.signer.sign(sat_files.stamp_string(tfd)))
        return Document(
            uuid=unique,
            seal=root.get("Sello"),
            key=key,
            issuer=root.find(f"{CFDI}Emisor").get("Rfc"),
            receiver=root.find(f"{CFDI}Receptor").get("Rfc"),
            total=root.get("Total"),
            kind=root.get("TipoDeComprobante"),
            name=f"{root.get('Serie', '')}-{root.get('Folio', '')}",
            related=_related(root),
            replaces=_related(root, "04"),
            xml=etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode(),
            stamped_at=self.clock.now().isoformat(),
        )


def _related(root: etree._Element, kind: str = "") -> list[str]:
    """UUIDs that a document refers to: its relations (of one kind), and what its payments pay."""
    found = {
        row.get("UUID", "").upper()
        for group in root.iterfind(f"{CFDI}CfdiRelacionados")
        if kind in ("", group.get("TipoRelacion"))
        for row in group
    }
    if not kind:
        paid = root.iter("{http://www.sat.gob.mx/Pagos20}DoctoRelacionado")
        found |= {row.get("IdDocumento", "").upper() for row in paid}
    return sorted(found)


def rules_zone(root: etree._Element) -> ZoneInfo:
    """Zone of the issuer's postal code, by its first digits: good enough for a simulator.

    22 is Baja California; 23, 63, 80 to 85 the Pacific; 77 Quintana Roo; the rest Centro.
    """
    prefix = (root.get("LugarExpedicion") or "")[:2]
    if prefix in ("21", "22"):
        return EARLIEST
    if prefix == "77":
        return LATEST
    if prefix in ("23", "63", "80", "81", "82", "83", "84", "85"):
        return ZoneInfo("America/Hermosillo")
    return ZoneInfo("America/Mexico_City")
