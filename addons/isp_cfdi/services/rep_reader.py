"""Read the payments of a REP back into values, to check and to show what it states."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from . import const
from .const import CFDI, PAGO20
from .dto import PaidDocument, Payment, PaymentBank, Tax
from .nodes import Node, read_nodes
from .rep_totals import PaymentTaxes

_ZERO = Decimal(0)
_TRANSFERS_P = tuple(f"{PAGO20}{name}" for name in ("ImpuestosP", "TrasladosP", "TrasladoP"))
_WITHHELD_P = tuple(f"{PAGO20}{name}" for name in ("ImpuestosP", "RetencionesP", "RetencionP"))
_DOCUMENT = f"{PAGO20}DoctoRelacionado"
_WITHHELD_DR = f"{PAGO20}RetencionDR"


def read_payments(root: Node | etree._Element) -> tuple[Payment, ...]:
    """Every Pago of a document of type P, in its order."""
    return tuple(_payment(node) for node in payment_nodes(_values(root)))


def _values(root: Node | etree._Element) -> Node:
    return root if isinstance(root, Node) else read_nodes(root)


def payment_nodes(root: Node) -> list[Node]:
    """The elements Pago of a document."""
    return root.below(f"{CFDI}Complemento", f"{PAGO20}Pagos", f"{PAGO20}Pago")


def stated_taxes(node: Node) -> PaymentTaxes:
    """ImpuestosP of a Pago as the document states them."""
    return PaymentTaxes(
        tuple(_tax(row, "P") for row in node.below(*_TRANSFERS_P)),
        tuple(
            (row.get("ImpuestoP", ""), _number(row, "ImporteP") or _ZERO)
            for row in node.below(*_WITHHELD_P)
        ),
    )


def stated_totals(root: Node | etree._Element) -> dict[str, Decimal]:
    """Totales as the document states them."""
    path = (f"{CFDI}Complemento", f"{PAGO20}Pagos", f"{PAGO20}Totales")
    found = _values(root).below(*path)
    return {name: Decimal(value) for node in found for name, value in node.attributes.items()}


def _number(node: Node, name: str) -> Decimal | None:
    text = node.get(name)
    return None if text is None else Decimal(text)


def _tax(node: Node, suffix: str) -> Tax:
    exempt = node.get(f"TipoFactor{suffix}") == const.FACTOR_EXEMPT
    return Tax(
        node.get(f"Impuesto{suffix}", ""),
        node.get(f"TipoFactor{suffix}", ""),
        _number(node, f"Base{suffix}") or _ZERO,
        None if exempt else _number(node, f"TasaOCuota{suffix}"),
        None if exempt else _number(node, f"Importe{suffix}"),
        withheld=node.tag == _WITHHELD_DR,
    )


def _document(node: Node) -> PaidDocument:
    return PaidDocument(
        uuid=node.get("IdDocumento", ""),
        balance=_number(node, "ImpSaldoAnt") or _ZERO,
        paid=_number(node, "ImpPagado") or _ZERO,
        part=int(node.get("NumParcialidad", "0")),
        taxes=tuple(_tax(row, "DR") for taxes in node.children for row in taxes.grandchildren()),
        currency=node.get("MonedaDR", ""),
        equivalence=_number(node, "EquivalenciaDR") or Decimal(1),
        stated_left=_number(node, "ImpSaldoInsoluto"),
        serie=node.get("Serie", ""),
        folio=node.get("Folio", ""),
        object_tax=node.get("ObjetoImpDR", ""),
    )


def _payment(node: Node) -> Payment:
    return Payment(
        fecha=node.get("FechaPago", ""),
        form=node.get("FormaDePagoP", ""),
        amount=_number(node, "Monto") or _ZERO,
        documents=tuple(_document(row) for row in node.all(_DOCUMENT)),
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
