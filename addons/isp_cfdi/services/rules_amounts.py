"""Rules of the amounts of an invoice: lines and their taxes, read once."""

from __future__ import annotations

from decimal import Decimal

from . import const
from .catalogs import known_product, known_unit
from .const import CFDI
from .limits import outside, tax_outside
from .nodes import Node
from .problems import Problem
from .rounding import decimals_of
from .rules_summary import WITHHELD, Sums, check_summary, check_totals

_TAXES = f"{CFDI}Impuestos"
#: Rates of transferred IVA; IEPS has too many, ISR none.
_IVA_RATES = {"0.160000", "0.080000", "0.000000"}
#: Highest rates of the ranges of withheld taxes (c_TasaOCuota).
_HIGHEST_WITHHELD = {const.TAX_ISR: Decimal("0.35"), const.TAX_IVA: Decimal("0.16")}
#: ObjetoImp that forbids taxes; 06 to 08 are special cases.
_UNTAXED = {"01", "03", "04", "05"}


def check_amounts(root: Node) -> list[Problem]:
    """Lines, then the summary and the totals that follow from them."""
    problems: list[Problem] = []
    sums = Sums()
    for line, row in enumerate(root.below(f"{CFDI}Conceptos", f"{CFDI}Concepto"), 1):
        _check_line(line, row, sums, problems)
    return problems + check_summary(root, sums) + check_totals(root, sums)


def _check_line(line: int, row: Node, sums: Sums, problems: list[Problem]) -> None:
    """Importe lies within SAT's limits of Cantidad x ValorUnitario; discount below it."""
    price, amount, discount = (
        row.get("ValorUnitario", "0"),
        row.get("Importe", "0"),
        row.get("Descuento"),
    )
    unit_price, value = Decimal(price), Decimal(amount)
    sums.gross += value
    if not unit_price:
        problems.append(Problem("CFDI40166", line=line))
    limits = outside(row.get("Cantidad", "0"), price, amount)
    if limits:
        problems.append(Problem("CFDI40167", line=line, low=limits[0], high=limits[1]))
    if discount:
        off = Decimal(discount)
        sums.off += off
        if off > value:
            problems.append(Problem("CFDI40169", line=line))
        elif decimals_of(discount) > decimals_of(amount):
            problems.append(Problem("CFDI40168", line=line))
    _check_codes(line, row, problems)
    taxes = row.find(_TAXES)
    problem = _check_object(line, row.get("ObjetoImp", ""), taxes)
    if problem:
        problems.append(problem)
    elif taxes is not None:
        _check_taxes(line, taxes, sums, problems)


def _check_codes(line: int, row: Node, problems: list[Problem]) -> None:
    """Product and unit exist in SAT's catalogues, which our schema does not hold."""
    product, unit = row.get("ClaveProdServ", ""), row.get("ClaveUnidad", "")
    if not known_product(product):
        problems.append(Problem("CFDI40162", line=line, value=product))
    if not known_unit(unit):
        problems.append(Problem("CFDI40165", line=line, value=unit))


def _check_object(line: int, kind: str, taxes: Node | None) -> Problem | None:
    """ObjetoImp 02 wants taxes, 01 and 03 to 05 forbid them."""
    if taxes is None:
        return Problem("CFDI40171", line=line) if kind == const.OBJECT_YES else None
    if kind in _UNTAXED:
        return Problem("CFDI40172", line=line)
    return None if taxes.children else Problem("CFDI40173", line=line)


def _check_taxes(line: int, taxes: Node, sums: Sums, problems: list[Problem]) -> None:
    for tax in taxes.grandchildren():
        sums.add(tax)
        problem = _check_tax(line, tax)
        if problem:
            problems.append(problem)


def _check_tax(line: int, tax: Node) -> Problem | None:
    withheld = tax.tag == WITHHELD
    rate, amount = tax.get("TasaOCuota"), tax.get("Importe")
    if tax.get("TipoFactor") == const.FACTOR_EXEMPT:
        if withheld:
            return Problem("CFDI40184", line=line)
        return None if rate is None and amount is None else Problem("CFDI40177", line=line)
    if rate is None or amount is None:
        return Problem("CFDI40178", line=line)
    code, fee = tax.get("Impuesto", ""), tax.get("TipoFactor") == const.FACTOR_FEE
    # c_TasaOCuota has fees of IEPS alone.
    if (fee and code != const.TAX_IEPS) or (not fee and not known_rate(code, rate, withheld)):
        name = "CFDI40185" if withheld else "CFDI40179"
        return Problem(name, line=line, rate=rate, tax=code)
    limits = tax_outside(tax.get("Base", "0"), rate, amount)
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
