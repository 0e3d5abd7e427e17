"""Order of SAT's cadena original 4.0 with Pagos 2.0, read off the style sheets.

The style sheets stay the authority: what a table does not name is left to them, and tests
compare both letter for letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .const import CFDI_NS, PAGO20_NS


@dataclass(slots=True)
class Node:
    """An element: its attributes in order (``!`` marks required ones) and its children.

    ``rank`` is the place among its siblings; ``after`` are attributes that are written when
    the children named in it have passed.
    """

    names: tuple[tuple[str, bool], ...] = ()
    children: dict[str, Node] = field(default_factory=dict)
    rank: int = 0
    #: (rank of the child before which it is written, attribute), in order
    after: tuple[tuple[int, str], ...] = ()


def _node(names: str = "", *children: tuple[str, Node], space: str = CFDI_NS) -> Node:
    """``names`` are attribute names, children are (local name, node) in their order."""
    node = Node(tuple((name.strip("!"), name.endswith("!")) for name in names.split()))
    for rank, (name, child) in enumerate(children):
        child.rank = rank
        node.children[f"{{{space}}}{name}"] = child
    return node


def _pago(names: str = "", *children: tuple[str, Node]) -> Node:
    return _node(names, *children, space=PAGO20_NS)


_TRANSFER = "Base! Impuesto! TipoFactor! TasaOCuota Importe"
_WITHHELD = "Base! Impuesto! TipoFactor! TasaOCuota! Importe!"
_CONCEPT = _node(
    "ClaveProdServ! NoIdentificacion Cantidad! ClaveUnidad! Unidad Descripcion! ValorUnitario!"
    " Importe! Descuento ObjetoImp!",
    (
        "Impuestos",
        _node(
            "",
            ("Traslados", _node("", ("Traslado", _node(_TRANSFER)))),
            ("Retenciones", _node("", ("Retencion", _node(_WITHHELD)))),
        ),
    ),
)
_SUMMARY = _node(
    "",
    ("Retenciones", _node("", ("Retencion", _node("Impuesto! Importe!")))),
    ("Traslados", _node("", ("Traslado", _node(_TRANSFER)))),
)
_SUMMARY.after = ((1, "TotalImpuestosRetenidos"), (2, "TotalImpuestosTrasladados"))

_TRANSFER_DR = "BaseDR! ImpuestoDR! TipoFactorDR! TasaOCuotaDR ImporteDR"
_WITHHELD_DR = "BaseDR! ImpuestoDR! TipoFactorDR! TasaOCuotaDR! ImporteDR!"
_DOCUMENT = _pago(
    "IdDocumento! Serie Folio MonedaDR! EquivalenciaDR NumParcialidad! ImpSaldoAnt! ImpPagado!"
    " ImpSaldoInsoluto! ObjetoImpDR!",
    (
        "ImpuestosDR",
        _pago(
            "",
            ("RetencionesDR", _pago("", ("RetencionDR", _pago(_WITHHELD_DR)))),
            ("TrasladosDR", _pago("", ("TrasladoDR", _pago(_TRANSFER_DR)))),
        ),
    ),
)
_TAXES_P = _pago(
    "",
    ("RetencionesP", _pago("", ("RetencionP", _pago("ImpuestoP! ImporteP!")))),
    (
        "TrasladosP",
        _pago("", ("TrasladoP", _pago("BaseP! ImpuestoP! TipoFactorP! TasaOCuotaP ImporteP"))),
    ),
)
_PAYMENT = _pago(
    "FechaPago! FormaDePagoP! MonedaP! TipoCambioP Monto! NumOperacion RfcEmisorCtaOrd"
    " NomBancoOrdExt CtaOrdenante RfcEmisorCtaBen CtaBeneficiario TipoCadPago CertPago CadPago"
    " SelloPago",
    ("DoctoRelacionado", _DOCUMENT),
    ("ImpuestosP", _TAXES_P),
)
_TOTALS = _pago(
    "TotalRetencionesIVA TotalRetencionesISR TotalRetencionesIEPS TotalTrasladosBaseIVA16"
    " TotalTrasladosImpuestoIVA16 TotalTrasladosBaseIVA8 TotalTrasladosImpuestoIVA8"
    " TotalTrasladosBaseIVA0 TotalTrasladosImpuestoIVA0 TotalTrasladosBaseIVAExento"
    " MontoTotalPagos!"
)
_PAYMENTS = _pago("Version!", ("Totales", _TOTALS), ("Pago", _PAYMENT))

COMPROBANTE = _node(
    "Version! Serie Folio Fecha! FormaPago NoCertificado! CondicionesDePago SubTotal! Descuento"
    " Moneda! TipoCambio Total! TipoDeComprobante! Exportacion! MetodoPago LugarExpedicion!"
    " Confirmacion",
    ("InformacionGlobal", _node("Periodicidad! Meses! Año!")),
    ("CfdiRelacionados", _node("TipoRelacion!", ("CfdiRelacionado", _node("UUID!")))),
    ("Emisor", _node("Rfc! Nombre! RegimenFiscal! FacAtrAdquirente")),
    (
        "Receptor",
        _node(
            "Rfc! Nombre! DomicilioFiscalReceptor! ResidenciaFiscal NumRegIdTrib"
            " RegimenFiscalReceptor! UsoCFDI!"
        ),
    ),
    ("Conceptos", _node("", ("Concepto", _CONCEPT))),
    ("Impuestos", _SUMMARY),
    ("Complemento", _pago("", ("Pagos", _PAYMENTS))),
)
