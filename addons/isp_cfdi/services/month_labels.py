"""Headings of the month's workbook.  They are SAT's words, so they stay in Spanish."""

from __future__ import annotations

TAXES = (
    ("Base IVA 16 %", "base_16"),
    ("IVA 16 %", "iva_16"),
    ("Base IVA 8 %", "base_8"),
    ("IVA 8 %", "iva_8"),
    ("Base IVA 0 %", "base_0"),
    ("Base IVA exento", "base_exempt"),
    ("Base IEPS", "base_ieps"),
    ("IEPS", "ieps"),
    ("IVA retenido", "held_iva"),
    ("ISR retenido", "held_isr"),
    ("IEPS retenido", "held_ieps"),
)
SHEET_CFDI, SHEET_REP, SHEET_IVA, SHEET_RFC = "CFDI", "REP", "IVA", "Por RFC (DIOT)"
CFDI_HEAD = (
    "Tipo",
    "Estado",
    "UUID",
    "Serie",
    "Folio",
    "Fecha",
    "Fecha de timbrado",
    "RFC receptor",
    "Receptor",
    "C.P.",
    "Régimen",
    "Uso",
    "Método",
    "Forma",
    "Moneda",
    "Tipo de cambio",
    "Subtotal",
    "Descuento",
    "Total",
    "Total MXN",
    *(f"{name} MXN" for name, _key in TAXES),
    "IVA cobrado MXN",
    "IVA por cobrar MXN",
    "Pagado en el REP MXN",
    "CFDI relacionados",
    "Registro en Odoo",
)
REP_HEAD = (
    "UUID del REP",
    "Serie y folio del REP",
    "Estado",
    "Fecha de pago",
    "Forma",
    "RFC receptor",
    "Receptor",
    "UUID del documento",
    "Serie y folio del documento",
    "Moneda",
    "Parcialidad",
    "Saldo anterior",
    "Pagado",
    "Saldo insoluto",
    *(name for name, _key in TAXES),
)
IVA_HEAD = (
    "Tasa",
    "Base facturada PUE",
    "IVA facturado PUE",
    "Base facturada PPD",
    "IVA facturado PPD",
    "Base notas de crédito",
    "IVA notas de crédito",
    "Base cobrada por REP",
    "IVA cobrado por REP",
    "IVA cobrado del mes",
)
RFC_HEAD = (
    "Tipo de tercero",
    "RFC",
    "Nombre",
    "Base cobrada 16 %",
    "IVA cobrado 16 %",
    "Base cobrada 8 %",
    "IVA cobrado 8 %",
    "Base cobrada 0 %",
    "Base cobrada exenta",
    "IVA retenido",
)
#: Rate as it is printed -> (key of the base, key of the tax).
RATES = (
    ("16 %", "base_16", "iva_16"),
    ("8 %", "base_8", "iva_8"),
    ("0 %", "base_0", ""),
    ("Exento", "base_exempt", ""),
)
GLOBAL = "Factura global"
TOTAL = "Total"
#: DIOT's kinds of third parties.
THIRD_NATIONAL, THIRD_FOREIGN, THIRD_GLOBAL = "04", "05", "15"
CANCELLED, VALID, IN_PROCESS = "Cancelado", "Vigente", "En proceso de cancelación"
EMPTY_NOTE = "Este mes no tiene CFDI."
