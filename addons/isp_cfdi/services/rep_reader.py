"""Read the payments of a REP back into values, to check and to show what it states."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from . import const
from .const import PAGO20
from .dto import PaidDocument, Payment, PaymentBank, Tax
from .rep_totals import PaymentTaxes

_ZERO = Decimal(0)


def read_payments(root: etree._Element) -> tuple[Payment, ...]:
    """Every Pago of a document of type P, in its order."""
    return tuple(_payment(node) for node in root.iter(f"{PAGO20}Pago"))


def stated_taxes(node: etree._Element) -> PaymentTaxes:
    """ImpuestosP of a Pago as the document states them."""
    return PaymentTaxes(
        tuple(_tax(row, "P") for row in node.iterfind(f"{PAGO20}ImpuestosP/*/{PAGO20}TrasladoP")),
        tuple(
            (row.get("ImpuestoP", ""), _number(row, "ImporteP") or _ZERO)
            for row in node.iterfind(f"{PAGO20}ImpuestosP/*/{PAGO20}RetencionP")
        ),
    )


def stated_totals(root: etree._Element) -> dict[str, Decimal]:
    """Totales as the document states them."""
    node = root.find(f".//{PAGO20}Totales")
    if node is None:
        return {}
    return {str(name): Decimal(str(value)) for name, value in node.attrib.items()}


def _number(node: etree._Element, name: str) -> Decimal | None:
    text = node.get(name)
    return None if text is None else Decimal(text)


def _tax(node: etree._Element, suffix: str) -> Tax:
    exempt = node.get(f"TipoFactor{suffix}") == const.FACTOR_EXEMPT
    return Tax(
        node.get(f"Impuesto{suffix}", ""),
        node.get(f"TipoFactor{suffix}", ""),
        _number(node, f"Base{suffix}") or _ZERO,
        None if exempt else _number(node, f"TasaOCuota{suffix}"),
        None if exempt else _number(node, f"Importe{suffix}"),
        withheld=etree.QName(node).localname.startswith("Retencion"),
    )


def _document(node: etree._Element) -> PaidDocument:
    return PaidDocument(
        uuid=node.get("IdDocumento", ""),
        balance=_number(node, "ImpSaldoAnt") or _ZERO,
        paid=_number(node, "ImpPagado") or _ZERO,
        part=int(node.get("NumParcialidad", "0")),
        taxes=tuple(_tax(row, "DR") for row in node.iterfind(f"{PAGO20}ImpuestosDR/*/*")),
        currency=node.get("MonedaDR", ""),
        equivalence=_number(node, "EquivalenciaDR") or Decimal(1),
        stated_left=_number(node, "ImpSaldoInsoluto"),
        serie=node.get("Serie", ""),
        folio=node.get("Folio", ""),
        object_tax=node.get("ObjetoImpDR", ""),
    )


def _payment(node: etree._Element) -> Payment:
    return Payment(
        fecha=node.get("FechaPago", ""),
        form=node.get("FormaDePagoP", ""),
        amount=_number(node, "Monto") or _ZERO,
        documents=tuple(_document(row) for row in node.iterfind(f"{PAGO20}DoctoRelacionado")),
        currency=node.get("MonedaP", ""),
        exchange_rate=_number(node, "TipoCambioP"),
        operation=node.get("NumOperacion", ""),
        bank=PaymentBank(
            node.get("RfcEmisorCtaOrd", ""),
            node.get("NomBancoOrdExt", ""),
            node.get("CtaOrdenante", ""),
            node.get("RfcEmisorCtaBen", ""),
            node.get("CtaBeneficiario", ""),
        ),
    )
