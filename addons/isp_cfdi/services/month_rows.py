"""What an accountant wants to know of a stored document, read from its XML alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from . import xmlio
from .const import CFDI, METHOD_PPD, PAGO20_NS, TYPE_CREDIT, TYPE_INCOME, TYPE_PAYMENT
from .errors import CfdiError
from .rounding import half_up
from .tfd import find_tfd

_PAGO = f"{{{PAGO20_NS}}}"
_ZERO = Decimal(0)
#: Totales of a REP -> key of ``Facts.by_tax``.
_REP_TOTALS = {
    "TotalTrasladosBaseIVA16": "base_16",
    "TotalTrasladosImpuestoIVA16": "iva_16",
    "TotalTrasladosBaseIVA8": "base_8",
    "TotalTrasladosImpuestoIVA8": "iva_8",
    "TotalTrasladosBaseIVA0": "base_0",
    "TotalTrasladosBaseIVAExento": "base_exempt",
    "TotalRetencionesIVA": "held_iva",
    "TotalRetencionesISR": "held_isr",
    "TotalRetencionesIEPS": "held_ieps",
}
_HELD = {"001": "held_isr", "002": "held_iva", "003": "held_ieps"}
#: Keys of ``Facts.by_tax`` in the order in which they are shown.
TAX_KEYS = (
    "base_16",
    "iva_16",
    "base_8",
    "iva_8",
    "base_0",
    "base_exempt",
    "base_ieps",
    "ieps",
    "held_iva",
    "held_isr",
    "held_ieps",
)


@dataclass(frozen=True)
class Paid:
    """A DoctoRelacionado of a REP; amounts in the currency of the paid document."""

    uuid: str
    name: str
    currency: str
    part: str
    before: Decimal
    paid: Decimal
    after: Decimal
    fecha: str
    form: str
    by_tax: dict[str, Decimal]


@dataclass(frozen=True)
class Facts:
    """One CFDI.  Amounts are in ``currency``, taxes too; a REP's are in pesos.

    ``rate`` is pesos per unit of the currency, 1 for pesos.
    """

    kind: str
    serie: str
    folio: str
    uuid: str
    fecha: str
    stamped_at: str
    issuer_rfc: str
    receiver: dict[str, str]
    method: str
    form: str
    currency: str
    rate: Decimal
    subtotal: Decimal
    discount: Decimal
    total: Decimal
    paid: Decimal
    by_tax: dict[str, Decimal]
    relations: tuple[str, ...]
    is_global: bool
    documents: tuple[Paid, ...]

    @property
    def net(self) -> Decimal:
        """SubTotal less Descuento."""
        return self.subtotal - self.discount

    @property
    def iva(self) -> Decimal:
        """IVA transferred, all rates."""
        return self.by_tax["iva_16"] + self.by_tax["iva_8"]

    @property
    def ieps(self) -> Decimal:
        """IEPS transferred."""
        return self.by_tax["ieps"]

    @property
    def withheld(self) -> Decimal:
        """All withholdings."""
        return sum((self.by_tax[key] for key in _HELD.values()), _ZERO)

    @property
    def sign(self) -> int:
        """A credit note takes away, everything else adds."""
        return -1 if self.kind == TYPE_CREDIT else 1

    @property
    def iva_collected(self) -> Decimal:
        """IVA whose money came in: of documents paid at once and of payments, in pesos."""
        if self.kind == TYPE_PAYMENT:
            return self.iva
        return _ZERO if self.method == METHOD_PPD else self.pesos(self.iva) * self.sign

    @property
    def iva_pending(self) -> Decimal:
        """IVA of documents that are paid later (PPD), in pesos."""
        is_later = self.kind in (TYPE_INCOME, TYPE_CREDIT) and self.method == METHOD_PPD
        return self.pesos(self.iva) * self.sign if is_later else _ZERO

    def pesos(self, amount: Decimal) -> Decimal:
        """``amount`` in pesos, two decimals; what a REP says is in pesos already."""
        return half_up(amount if self.kind == TYPE_PAYMENT else amount * self.rate, 2)


def facts(xml: bytes) -> Facts:
    """Read a sealed or stamped document.

    Raises ``CfdiError`` when the bytes are no CFDI.
    """
    root = xmlio.parse(xml)
    issuer, receiver = root.find(f"{CFDI}Emisor"), root.find(f"{CFDI}Receptor")
    if issuer is None or receiver is None:
        raise CfdiError("The document has no issuer or no receiver")
    stamp = find_tfd(root)
    is_payment = root.get("TipoDeComprobante") == TYPE_PAYMENT
    rep = root.find(f"{CFDI}Complemento/{_PAGO}Pagos/{_PAGO}Totales")
    relations = root.iterfind(f"{CFDI}CfdiRelacionados/{CFDI}CfdiRelacionado")
    return Facts(
        kind=root.get("TipoDeComprobante", ""),
        serie=root.get("Serie", ""),
        folio=root.get("Folio", ""),
        uuid="" if stamp is None else stamp.get("UUID", "").upper(),
        fecha=root.get("Fecha", ""),
        stamped_at="" if stamp is None else stamp.get("FechaTimbrado", ""),
        issuer_rfc=issuer.get("Rfc", ""),
        receiver={str(key): str(value) for key, value in receiver.attrib.items()},
        method=root.get("MetodoPago", ""),
        form=root.get("FormaPago", ""),
        currency=root.get("Moneda", ""),
        rate=_number(root, "TipoCambio") or Decimal(1),
        subtotal=_number(root, "SubTotal"),
        discount=_number(root, "Descuento"),
        total=_number(root, "Total"),
        paid=_ZERO if rep is None else _number(rep, "MontoTotalPagos"),
        by_tax=_rep_taxes(root, rep)
        if is_payment
        else _taxes(root.iterfind(f"{CFDI}Impuestos/*/*")),
        relations=tuple(node.get("UUID", "").upper() for node in relations),
        is_global=root.find(f"{CFDI}InformacionGlobal") is not None,
        documents=tuple(_paid_documents(root)) if is_payment else (),
    )


def _number(node: etree._Element, name: str) -> Decimal:
    return Decimal(node.get(name) or "0")


def _empty() -> dict[str, Decimal]:
    return dict.fromkeys(TAX_KEYS, _ZERO)


def _taxes(nodes, suffix: str = "") -> dict[str, Decimal]:
    """Sums of tax nodes by the keys of ``TAX_KEYS``; unknown taxes are left out."""
    sums = _empty()
    for node in nodes:
        code = node.get(f"Impuesto{suffix}", "")
        amount = _number(node, f"Importe{suffix}")
        if etree.QName(node).localname.startswith("Retencion"):
            if code in _HELD:
                sums[_HELD[code]] += amount
            continue
        base = _number(node, f"Base{suffix}")
        if code == "003":
            sums["base_ieps"] += base
            sums["ieps"] += amount
        elif code == "002":
            rate = _rate_key(node, suffix)
            for key, value in ((f"base_{rate}", base), (f"iva_{rate}", amount)):
                if key in sums:
                    sums[key] += value
    return sums


def _rate_key(node: etree._Element, suffix: str) -> str:
    """``16``, ``8``, ``0`` or ``exempt``: SAT knows no other rate of IVA."""
    if node.get(f"TipoFactor{suffix}") == "Exento":
        return "exempt"
    return f"{int(_number(node, f'TasaOCuota{suffix}') * 100)}"


def _rep_taxes(root: etree._Element, totals: etree._Element | None) -> dict[str, Decimal]:
    """Taxes of a REP in pesos; its IEPS is summed from the payments, Totales has no field."""
    sums = _empty()
    for name, key in _REP_TOTALS.items() if totals is not None else ():
        sums[key] = _number(totals, name)
    for payment in root.iterfind(f"{CFDI}Complemento/{_PAGO}Pagos/{_PAGO}Pago"):
        rate = _number(payment, "TipoCambioP") or Decimal(1)
        found = _taxes(payment.iterfind(f"{_PAGO}ImpuestosP/{_PAGO}TrasladosP/*"), "P")
        for key in ("base_ieps", "ieps"):
            sums[key] += half_up(found[key] * rate, 2)
    return sums


def _paid_documents(root: etree._Element):
    for payment in root.iterfind(f"{CFDI}Complemento/{_PAGO}Pagos/{_PAGO}Pago"):
        for node in payment.iterfind(f"{_PAGO}DoctoRelacionado"):
            yield Paid(
                uuid=node.get("IdDocumento", "").upper(),
                name="-".join(filter(None, (node.get("Serie"), node.get("Folio")))),
                currency=node.get("MonedaDR", ""),
                part=node.get("NumParcialidad", ""),
                before=_number(node, "ImpSaldoAnt"),
                paid=_number(node, "ImpPagado"),
                after=_number(node, "ImpSaldoInsoluto"),
                fecha=payment.get("FechaPago", ""),
                form=payment.get("FormaDePagoP", ""),
                by_tax=_taxes(node.iterfind(f"{_PAGO}ImpuestosDR/*/*"), "DR"),
            )
