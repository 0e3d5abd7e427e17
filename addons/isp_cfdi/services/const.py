"""Names and codes of SAT's Anexo 20, CFDI 4.0."""

from __future__ import annotations

CFDI_NS = "http://www.sat.gob.mx/cfd/4"
PAGO20_NS = "http://www.sat.gob.mx/Pagos20"
TFD_NS = "http://www.sat.gob.mx/TimbreFiscalDigital"
XSI_NS = "http://www.w3.org/2001/XMLSchema-instance"
CFDI_SCHEMA = f"{CFDI_NS} http://www.sat.gob.mx/sitio_internet/cfd/4/cfdv40.xsd"
PAGO20_SCHEMA = f"{PAGO20_NS} http://www.sat.gob.mx/sitio_internet/cfd/Pagos/Pagos20.xsd"
CFDI = f"{{{CFDI_NS}}}"
PAGO20 = f"{{{PAGO20_NS}}}"
TFD = f"{{{TFD_NS}}}"
VERSION = "4.0"

TYPE_INCOME = "I"
TYPE_CREDIT = "E"
TYPE_PAYMENT = "P"

RFC_GENERIC = "XAXX010101000"
RFC_FOREIGN = "XEXX010101000"
NAME_GENERIC = "PUBLICO EN GENERAL"
REGIME_NONE = "616"
USE_NONE = "S01"
USE_PAYMENT = "CP01"
CURRENCY_LOCAL = "MXN"
CURRENCY_NONE = "XXX"
EXPORT_NONE = "01"
METHOD_PUE = "PUE"
METHOD_PPD = "PPD"
FORM_TO_DEFINE = "99"

TAX_ISR = "001"
TAX_IVA = "002"
TAX_IEPS = "003"
FACTOR_RATE = "Tasa"
FACTOR_FEE = "Cuota"
FACTOR_EXEMPT = "Exento"
OBJECT_NO = "01"
OBJECT_YES = "02"

#: The only concept of a REP and of every receipt of a factura global.
PRODUCT_PAYMENT = "84111506"
PRODUCT_RECEIPT = "01010101"
UNIT_ACTIVITY = "ACT"
TEXT_PAYMENT = "Pago"
TEXT_RECEIPT = "Venta"

#: SAT accepts a document at most 72 h after its Fecha (RMF 2.7.2.9).
MAX_AGE_HOURS = 72

#: Regimes that may use each UsoCFDI (SAT catalogue, August 2026).
_BUSINESS = ("601", "603", "606", "612", "620", "621", "622", "623", "624", "625", "626")
_PERSON = ("605", "606", "607", "608", "611", "612", "614", "615", "625")
_ANY = (*sorted({*_BUSINESS, *_PERSON}), "610", "616")
USE_REGIMES: dict[str, tuple[str, ...]] = {
    **{code: _BUSINESS for code in ("G01", "G03", *(f"I0{n}" for n in range(1, 9)))},
    "G02": (*_BUSINESS, "616"),
    **{code: _PERSON for code in (*(f"D0{n}" for n in range(1, 10)), "D10")},
    "CN01": ("605",),
    "S01": _ANY,
    "CP01": _ANY,
}

#: Tax regimes of natural and of legal persons (c_RegimenFiscal); some are for both.
NATURAL_REGIMES = frozenset((*_PERSON, "610", "616", "621", "626"))
LEGAL_REGIMES = frozenset(("601", "603", "610", "620", "622", "623", "624", "626"))
