"""Rules of Anexo 20 that SAT's schema does not check, for types I and E.

Every rule returns English texts that name the field; the code of the PAC's usual
rejection stands in front so that a clerk and the documentation can find it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from lxml import etree

from . import const
from .catalogs import catalog, currency_decimals
from .const import CFDI
from .postal import postal_code
from .rounding import decimals_of, half_up, product_range
from .text import is_rfc


def _number(node: etree._Element, name: str) -> Decimal:
    try:
        return Decimal(node.get(name, "0"))
    except InvalidOperation:
        return Decimal(0)


def _sum(nodes: list[etree._Element], name: str) -> Decimal:
    return sum((_number(node, name) for node in nodes), Decimal(0))


def concepts_of(root: etree._Element) -> list[etree._Element]:
    """All Concepto nodes."""
    return root.findall(f"{CFDI}Conceptos/{CFDI}Concepto")


def check_totals(root: etree._Element) -> list[str]:
    """SubTotal, Descuento and Total follow from the concepts and the summary."""
    digits = currency_decimals(root.get("Moneda", "MXN"))
    rows, problems = concepts_of(root), []
    expected = {
        "SubTotal": ("CFDI40108", half_up(_sum(rows, "Importe"), digits)),
        "Descuento": ("CFDI40110", half_up(_sum(rows, "Descuento"), digits)),
    }
    taxes = root.find(f"{CFDI}Impuestos")
    added = _number(taxes, "TotalImpuestosTrasladados") if taxes is not None else Decimal(0)
    taken = _number(taxes, "TotalImpuestosRetenidos") if taxes is not None else Decimal(0)
    total = _number(root, "SubTotal") - _number(root, "Descuento") + added - taken
    expected["Total"] = ("CFDI40119", total)
    for name, (code, value) in expected.items():
        if _number(root, name) != value:
            problems.append(f"{code}: {name} must be {value}")
        if decimals_of(root.get(name, "")) > digits:
            problems.append(f"{code}: {name} has more than {digits} decimals")
    return problems


def check_concepts(root: etree._Element) -> list[str]:
    """Importe lies within SAT's limits of Cantidad x ValorUnitario; discount below it."""
    problems = []
    for position, row in enumerate(concepts_of(root), 1):
        quantity, price = row.get("Cantidad", "0"), row.get("ValorUnitario", "0")
        amount = row.get("Importe", "0")
        low, high = product_range(
            Decimal(quantity),
            Decimal(price),
            decimals_of(quantity),
            decimals_of(price),
            decimals_of(amount),
        )
        if not low <= Decimal(amount) <= high:
            problems.append(f"CFDI40167: amount of concept {position} is not {low} to {high}")
        if _number(row, "Descuento") > Decimal(amount):
            problems.append(f"CFDI40168: discount of concept {position} exceeds its amount")
        problems += _check_object(position, row)
    return problems


def _check_object(position: int, row: etree._Element) -> list[str]:
    """ObjetoImp 02 wants taxes, 01 forbids them; every base is above zero."""
    taxes = row.find(f"{CFDI}Impuestos")
    wanted = row.get("ObjetoImp") == const.OBJECT_YES
    if wanted and taxes is None:
        return [f"CFDI40172: concept {position} is subject to taxes but has none"]
    if row.get("ObjetoImp") == const.OBJECT_NO and taxes is not None:
        return [f"CFDI40171: concept {position} is not subject to taxes but has some"]
    return _check_concept_taxes(position, row) if taxes is not None else []


def _check_concept_taxes(position: int, row: etree._Element) -> list[str]:
    problems = []
    for tax in row.iterfind(f"{CFDI}Impuestos/*/*"):
        if tax.get("TipoFactor") == const.FACTOR_EXEMPT:
            continue
        base, rate = tax.get("Base", "0"), tax.get("TasaOCuota", "0")
        amount = tax.get("Importe", "0")
        low, high = product_range(
            Decimal(base), Decimal(rate), decimals_of(base), 12, decimals_of(amount)
        )
        if not low <= Decimal(amount) <= high:
            problems.append(f"CFDI40181: tax of concept {position} is not {low} to {high}")
    return problems


def check_summary(root: etree._Element) -> list[str]:
    """The summary groups the taxes of the concepts exactly."""
    digits = currency_decimals(root.get("Moneda", "MXN"))
    sums: dict[tuple, list[Decimal]] = {}
    for tax in root.iterfind(f"{CFDI}Conceptos/{CFDI}Concepto/{CFDI}Impuestos/*/*"):
        group = sums.setdefault(_key(tax), [Decimal(0), Decimal(0)])
        group[0] += _number(tax, "Base")
        group[1] += _number(tax, "Importe")
    summary = root.find(f"{CFDI}Impuestos")
    found = {} if summary is None else {_key(node): node for node in summary.iterfind("*/*")}
    if set(found) != set(sums):
        return ["CFDI40221: the summary does not group the taxes of the concepts"]
    problems = []
    for key, (base, amount) in sums.items():
        node = found[key]
        if node.get("Base") and _number(node, "Base") != half_up(base, digits):
            problems.append(f"CFDI40216: base of {key[1]} must be {half_up(base, digits)}")
        if node.get("Importe") and _number(node, "Importe") != half_up(amount, digits):
            problems.append(f"CFDI40221: amount of {key[1]} must be {half_up(amount, digits)}")
    return problems + _check_summary_totals(summary)


def _key(tax: etree._Element) -> tuple:
    """Withholdings group by tax alone."""
    kind = etree.QName(tax).localname
    if kind == "Retencion":
        return (kind, tax.get("Impuesto"))
    return (kind, tax.get("Impuesto"), tax.get("TipoFactor"), tax.get("TasaOCuota"))


def _check_summary_totals(summary: etree._Element | None) -> list[str]:
    if summary is None:
        return []
    problems = []
    pairs = (("TotalImpuestosTrasladados", "Traslado"), ("TotalImpuestosRetenidos", "Retencion"))
    for attribute, name in pairs:
        nodes = summary.findall(f"*/{CFDI}{name}")
        if summary.get(attribute) and _number(summary, attribute) != _sum(nodes, "Importe"):
            problems.append(f"CFDI40215: {attribute} is not the sum of its taxes")
    return problems


def check_parties(root: etree._Element) -> list[str]:
    """RFC, postal codes, regimes and UsoCFDI fit together."""
    issuer, receiver = root.find(f"{CFDI}Emisor"), root.find(f"{CFDI}Receptor")
    if issuer is None or receiver is None:
        return ["CFDI40000: issuer or receiver is missing"]
    problems = []
    rfc, use = receiver.get("Rfc", ""), receiver.get("UsoCFDI", "")
    regime = receiver.get("RegimenFiscalReceptor", "")
    if not is_rfc(issuer.get("Rfc")):
        problems.append("CFDI40139: the issuer's RFC is not valid")
    if not is_rfc(rfc):
        problems.append("CFDI40143: the receiver's RFC is not valid")
    if postal_code(root.get("LugarExpedicion")) is None:
        problems.append("CFDI40123: SAT does not know the issuer's postal code")
    if postal_code(receiver.get("DomicilioFiscalReceptor")) is None:
        problems.append("CFDI40147: SAT does not know the receiver's postal code")
    if regime not in catalog("regimen"):
        problems.append("CFDI40157: SAT does not know the receiver's tax regime")
    elif regime not in const.USE_REGIMES.get(use, ()):
        problems.append(f"CFDI40161: UsoCFDI {use} does not fit the tax regime {regime}")
    return problems + _check_generic(root, receiver)


def _check_generic(root: etree._Element, receiver: etree._Element) -> list[str]:
    """The generic RFC lives at the issuer's postal code, regime 616, use S01."""
    if receiver.get("Rfc") not in (const.RFC_GENERIC, const.RFC_FOREIGN):
        return []
    problems = []
    wanted = {
        "DomicilioFiscalReceptor": ("CFDI40149", root.get("LugarExpedicion")),
        "RegimenFiscalReceptor": ("CFDI40159", const.REGIME_NONE),
    }
    for name, (code, value) in wanted.items():
        if receiver.get(name) != value:
            problems.append(f"{code}: with a generic RFC {name} must be {value}")
    is_global = (
        receiver.get("Rfc") == const.RFC_GENERIC
        and receiver.get("Nombre") == const.NAME_GENERIC
        and root.get("TipoDeComprobante") == const.TYPE_INCOME
    )
    if is_global != (root.find(f"{CFDI}InformacionGlobal") is not None):
        problems.append("CFDI40130: InformacionGlobal goes with PUBLICO EN GENERAL on type I only")
    return problems


def check_payment(root: etree._Element) -> list[str]:
    """PPD goes with form 99 and PUE with a real one; a foreign currency with its rate."""
    problems = []
    form, method = root.get("FormaPago"), root.get("MetodoPago")
    if form not in catalog("forma_pago"):
        problems.append("CFDI40104: SAT does not know the payment form")
    if method == const.METHOD_PPD and form != const.FORM_TO_DEFINE:
        problems.append("CFDI40105: PPD wants payment form 99")
    if method == const.METHOD_PUE and form == const.FORM_TO_DEFINE:
        problems.append("CFDI40105: PUE wants the real payment form")
    foreign = root.get("Moneda") not in ("MXN", "XXX")
    if foreign and not root.get("TipoCambio"):
        problems.append("CFDI40113: the exchange rate is missing")
    return problems


INVOICE_RULES = (check_parties, check_payment, check_concepts, check_summary, check_totals)
