"""Rules of the amounts of an invoice: lines, taxes, summary and totals."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from . import const
from .catalogs import currency_decimals
from .const import CFDI
from .limits import outside, tax_outside
from .problems import Problem
from .rounding import decimals_of, half_up

_ZERO = Decimal(0)
_WITHHELD = f"{CFDI}Retencion"
_TAXES = f"{CFDI}Impuestos"
_ROWS = f"{CFDI}Conceptos/{CFDI}Concepto"
#: Rates of transferred IVA; IEPS has too many, ISR none.
_IVA_RATES = {"0.160000", "0.080000", "0.000000"}
#: Highest rates of the ranges of withheld taxes (c_TasaOCuota).
_HIGHEST_WITHHELD = {const.TAX_ISR: Decimal("0.35"), const.TAX_IVA: Decimal("0.16")}
#: ObjetoImp that asks for taxes and those that forbid them; 06 to 08 are special cases.
_UNTAXED = {"01", "03", "04", "05"}


def number(node: etree._Element, name: str) -> Decimal:
    """An attribute as Decimal, 0 when absent; the schema has checked its form."""
    return Decimal(node.get(name) or 0)


def check_concepts(root: etree._Element) -> list[Problem]:
    """Importe lies within SAT's limits of Cantidad x ValorUnitario; discount below it."""
    problems: list[Problem] = []
    for line, row in enumerate(root.iterfind(_ROWS), 1):
        price, amount = row.get("ValorUnitario", "0"), row.get("Importe", "0")
        if not Decimal(price):
            problems.append(Problem("CFDI40166", line=line))
        limits = outside(row.get("Cantidad", "0"), price, amount)
        if limits:
            problems.append(Problem("CFDI40167", line=line, low=limits[0], high=limits[1]))
        discount = row.get("Descuento")
        if discount:
            problems += _check_discount(line, discount, amount)
        problems += _check_object(line, row)
    return problems


def _check_discount(line: int, discount: str, amount: str) -> list[Problem]:
    if Decimal(discount) > Decimal(amount):
        return [Problem("CFDI40169", line=line)]
    if decimals_of(discount) > decimals_of(amount):
        return [Problem("CFDI40168", line=line)]
    return []


def _check_object(line: int, row: etree._Element) -> list[Problem]:
    """ObjetoImp 02 wants taxes, 01 and 03 to 05 forbid them."""
    taxes, kind = row.find(_TAXES), row.get("ObjetoImp")
    if taxes is None:
        return [Problem("CFDI40171", line=line)] if kind == const.OBJECT_YES else []
    if kind in _UNTAXED:
        return [Problem("CFDI40172", line=line)]
    if len(taxes) == 0:
        return [Problem("CFDI40173", line=line)]
    return [problem for tax in taxes.iterfind("*") for problem in _check_taxes(line, tax)]


def _check_taxes(line: int, group: etree._Element) -> list[Problem]:
    problems = []
    for tax in group:
        problem = _check_tax(line, tax)
        if problem:
            problems.append(problem)
    return problems


def _check_tax(line: int, tax: etree._Element) -> Problem | None:
    withheld = tax.tag == _WITHHELD
    base, rate, amount = tax.get("Base", "0"), tax.get("TasaOCuota"), tax.get("Importe")
    if not Decimal(base):
        return Problem("CFDI40174", line=line)
    if tax.get("TipoFactor") == const.FACTOR_EXEMPT:
        if withheld:
            return Problem("CFDI40184", line=line)
        return None if rate is None and amount is None else Problem("CFDI40177", line=line)
    if rate is None or amount is None:
        return Problem("CFDI40178", line=line)
    code = tax.get("Impuesto", "")
    if tax.get("TipoFactor") == const.FACTOR_RATE and not known_rate(code, rate, withheld):
        name = "CFDI40185" if withheld else "CFDI40179"
        return Problem(name, line=line, rate=rate, tax=code)
    limits = tax_outside(base, rate, amount)
    if limits is None:
        return None
    name = "CFDI40186" if withheld else "CFDI40180"
    return Problem(name, line=line, low=limits[0], high=limits[1])


def known_rate(code: str, rate: str, withheld: bool) -> bool:
    """Whether c_TasaOCuota may hold the rate; IEPS is not judged: its list changes."""
    if code == const.TAX_IEPS:
        return True
    if withheld:
        return Decimal(rate) <= _HIGHEST_WITHHELD[code]
    return code == const.TAX_IVA and rate in _IVA_RATES


def check_totals(root: etree._Element) -> list[Problem]:
    """SubTotal, Descuento and Total follow from the concepts and the summary."""
    digits = currency_decimals(root.get("Moneda", const.CURRENCY_LOCAL))
    gross = off = _ZERO
    for row in root.iterfind(_ROWS):
        gross += number(row, "Importe")
        off += number(row, "Descuento")
    subtotal, discount = half_up(gross, digits), half_up(off, digits)
    problems = []
    if number(root, "SubTotal") != subtotal:
        problems.append(Problem("CFDI40108", expected=subtotal))
    if number(root, "Descuento") != discount or discount > subtotal:
        problems.append(Problem("CFDI40110", expected=discount))
    taxes = root.find(_TAXES)
    total = number(root, "SubTotal") - number(root, "Descuento")
    if taxes is not None:
        total += number(taxes, "TotalImpuestosTrasladados")
        total -= number(taxes, "TotalImpuestosRetenidos")
    if number(root, "Total") != total or decimals_of(root.get("Total", "")) > digits:
        problems.append(Problem("CFDI40119", expected=total))
    for name, code in (("SubTotal", "CFDI40107"), ("Descuento", "CFDI40112")):
        value = root.get(name, "")
        if decimals_of(value) > digits:
            problems.append(Problem(code, value=value, digits=digits))
    return problems


def check_summary(root: etree._Element) -> list[Problem]:
    """The summary groups the taxes of the concepts exactly, each group once."""
    digits = currency_decimals(root.get("Moneda", const.CURRENCY_LOCAL))
    sums: dict[tuple, list[Decimal]] = {}
    for tax in root.iterfind(f"{_ROWS}/{_TAXES}/*/*"):
        group = sums.setdefault(_key(tax), [_ZERO, _ZERO])
        group[0] += number(tax, "Base")
        group[1] += number(tax, "Importe")
    summary = root.find(_TAXES)
    nodes = [] if summary is None else summary.findall("*/*")
    problems = []
    found = {_key(node): node for node in nodes}
    for key in {*sums, *found} if len(nodes) != len(sums) or set(found) != set(sums) else ():
        if key not in sums or key not in found or len(found) != len(nodes):
            code = "CFDI40208" if key[0] == _WITHHELD else "CFDI40218"
            problems.append(Problem(code, tax=key[1]))
    if problems or summary is None:
        return problems
    for key, (base, amount) in sums.items():
        problems += _check_group(found[key], key, half_up(base, digits), half_up(amount, digits))
    return problems + _check_sums(summary, nodes, digits)


def _key(tax: etree._Element) -> tuple:
    """Withholdings group by tax alone."""
    if tax.tag == _WITHHELD:
        return (_WITHHELD, tax.get("Impuesto"))
    return (tax.tag, tax.get("Impuesto"), tax.get("TipoFactor"), tax.get("TasaOCuota"))


def _check_group(node: etree._Element, key: tuple, base: Decimal, amount: Decimal) -> list[Problem]:
    problems = []
    withheld = key[0] == _WITHHELD
    if not withheld and number(node, "Base") != base:
        problems.append(Problem("CFDI40215", tax=key[1], expected=base))
    stated = node.get("Importe")
    exempt = not withheld and key[2] == const.FACTOR_EXEMPT
    if exempt != (stated is None) or number(node, "Importe") != amount:
        code = "CFDI40211" if withheld else "CFDI40221"
        problems.append(Problem(code, tax=key[1], expected=amount))
    return problems


def _check_sums(summary: etree._Element, nodes: list[etree._Element], digits: int) -> list[Problem]:
    """TotalImpuestosRetenidos and TotalImpuestosTrasladados: present when due, exact."""
    problems = []
    withheld = [node for node in nodes if node.tag == _WITHHELD]
    transferred = [node for node in nodes if node.tag != _WITHHELD and node.get("Importe")]
    rows = (
        ("TotalImpuestosRetenidos", withheld, ("CFDI40206", "CFDI40203", "CFDI40202")),
        ("TotalImpuestosTrasladados", transferred, ("CFDI40212", "CFDI40205", "CFDI40204")),
    )
    for name, members, (missing, wrong, decimals) in rows:
        stated = summary.get(name)
        expected = sum((number(node, "Importe") for node in members), _ZERO)
        if (stated is None) == bool(members):
            problems.append(Problem(missing))
        elif stated is not None and Decimal(stated) != expected:
            problems.append(Problem(wrong, expected=expected))
        elif stated is not None and decimals_of(stated) > digits:
            problems.append(Problem(decimals, digits=digits))
    return problems
