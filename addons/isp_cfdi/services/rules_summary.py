"""Rules of the summary of taxes and of the totals: exact sums of the lines."""

from __future__ import annotations

from decimal import Decimal

from . import const
from .catalogs import currency_decimals
from .const import CFDI
from .nodes import Node
from .problems import Problem
from .rounding import decimals_of, half_up

WITHHELD = f"{CFDI}Retencion"
_ZERO = Decimal(0)
_TAXES = f"{CFDI}Impuestos"


class Sums:
    """What the lines add up to: amounts, discounts, and base and amount of every tax."""

    def __init__(self) -> None:
        self.gross = self.off = _ZERO
        self.taxes: dict[tuple, list[Decimal]] = {}

    def add(self, tax: Node) -> None:
        """Add a tax of a line."""
        group = self.taxes.setdefault(tax_key(tax), [_ZERO, _ZERO])
        group[0] += number(tax, "Base")
        group[1] += number(tax, "Importe")


def number(node: Node, name: str) -> Decimal:
    """An attribute as Decimal, 0 when absent; the schema has checked its form."""
    return Decimal(node.get(name) or 0)


def tax_key(tax: Node) -> tuple:
    """Group of a tax in the summary: withholdings group by tax alone."""
    if tax.tag == WITHHELD:
        return (WITHHELD, tax.get("Impuesto"))
    return (tax.tag, tax.get("Impuesto"), tax.get("TipoFactor"), tax.get("TasaOCuota"))


def check_totals(root: Node, sums: Sums) -> list[Problem]:
    """SubTotal, Descuento and Total follow from the lines and the summary."""
    digits = currency_decimals(root.get("Moneda", const.CURRENCY_LOCAL))
    subtotal, discount = half_up(sums.gross, digits), half_up(sums.off, digits)
    stated, off = number(root, "SubTotal"), number(root, "Descuento")
    problems = []
    if stated != subtotal:
        problems.append(Problem("CFDI40108", expected=subtotal))
    if off != discount or discount > subtotal:
        problems.append(Problem("CFDI40110", expected=discount))
    taxes, total = root.find(_TAXES), stated - off
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


def check_summary(root: Node, sums: Sums) -> list[Problem]:
    """The summary groups the taxes of the lines exactly, each group once."""
    summary = root.find(_TAXES)
    nodes = [] if summary is None else list(summary.grandchildren())
    found = {tax_key(node): node for node in nodes}
    if len(found) != len(nodes) or found.keys() != sums.taxes.keys():
        return _wrong_groups(nodes, found, sums)
    if summary is None:
        return []
    digits = currency_decimals(root.get("Moneda", const.CURRENCY_LOCAL))
    problems: list[Problem] = []
    for key, (base, amount) in sums.taxes.items():
        _check_group(found[key], key, (half_up(base, digits), half_up(amount, digits)), problems)
    _check_sums(summary, nodes, digits, problems)
    return problems


def _wrong_groups(nodes: list[Node], found: dict[tuple, Node], sums: Sums) -> list[Problem]:
    """Groups that are missing, do not belong or come twice."""
    wrong = found.keys() ^ sums.taxes.keys()
    if not wrong:
        keys = [tax_key(node) for node in nodes]
        wrong = {key for key in keys if keys.count(key) > 1}
    codes = {True: "CFDI40208", False: "CFDI40218"}
    return [Problem(codes[key[0] == WITHHELD], tax=key[1]) for key in sorted(wrong, key=str)]


def _check_group(
    node: Node, key: tuple, due: tuple[Decimal, Decimal], problems: list[Problem]
) -> None:
    withheld = key[0] == WITHHELD
    if not withheld and number(node, "Base") != due[0]:
        problems.append(Problem("CFDI40215", tax=key[1], expected=due[0]))
    exempt = not withheld and key[2] == const.FACTOR_EXEMPT
    if exempt != (node.get("Importe") is None) or number(node, "Importe") != due[1]:
        code = "CFDI40211" if withheld else "CFDI40221"
        problems.append(Problem(code, tax=key[1], expected=due[1]))


def _check_sums(summary: Node, nodes: list[Node], digits: int, problems: list[Problem]) -> None:
    """TotalImpuestosRetenidos and TotalImpuestosTrasladados: present when due, exact."""
    withheld = [node for node in nodes if node.tag == WITHHELD]
    transferred = [node for node in nodes if node.tag != WITHHELD and node.get("Importe")]
    rows = (
        ("TotalImpuestosRetenidos", withheld, ("CFDI40206", "CFDI40203", "CFDI40202")),
        ("TotalImpuestosTrasladados", transferred, ("CFDI40212", "CFDI40205", "CFDI40204")),
    )
    for name, members, (missing, wrong, decimals) in rows:
        stated = summary.get(name)
        if stated is None and not members:
            continue
        expected = sum((number(node, "Importe") for node in members), _ZERO)
        if (stated is None) == bool(members):
            problems.append(Problem(missing))
        elif Decimal(stated or 0) != expected:
            problems.append(Problem(wrong, expected=expected))
        elif decimals_of(stated or "") > digits:
            problems.append(Problem(decimals, digits=digits))
