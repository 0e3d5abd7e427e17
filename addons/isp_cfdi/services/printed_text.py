"""Figures and taxes as the printed form writes them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from .rounding import half_up

TAX_NAMES = {"001": "ISR", "002": "IVA", "003": "IEPS"}


def money(value: str | None) -> str:
    """``1234.565`` -> ``1,234.57``: up to six decimals are shown with two, half-up."""
    return f"{half_up(Decimal(value or '0'), 2):,.2f}"


def fraction(value: str | None, least: int) -> str:
    """A figure with the decimals it has, without trailing zeros, but at least ``least``."""
    number = Decimal(value or "0")
    digits = max(least, -int(number.normalize().as_tuple().exponent))
    return f"{number:,.{digits}f}"


def tax_name(code: str, factor: str, rate: str) -> str:
    """``IVA 16 %``, ``IVA exento``, ``IEPS 0.5911 por unidad``; SAT's code when unknown."""
    name = TAX_NAMES.get(code, code)
    if factor == "Exento":
        return f"{name} exento"
    if not rate:
        return name
    if factor == "Cuota":
        return f"{name} {Decimal(rate).normalize():f} por unidad"
    return f"{name} {(Decimal(rate) * 100).normalize():f} %"


def tax_line(node: etree._Element, suffix: str = "") -> dict[str, str]:
    """One tax node as texts; ``suffix`` is that of the attributes of a payment (DR, P)."""
    withheld = etree.QName(node).localname.startswith("Retencion")
    factor = node.get(f"TipoFactor{suffix}", "")
    rate = node.get(f"TasaOCuota{suffix}", "")
    name = tax_name(node.get(f"Impuesto{suffix}", ""), factor, rate)
    base, amount = node.get(f"Base{suffix}"), node.get(f"Importe{suffix}")
    return {
        "name": f"Retención {name}" if withheld else name,
        "withheld": "1" if withheld else "",
        "base": money(base) if base else "",
        "amount": money(amount) if amount else "",
    }


def taxes(nodes: Iterable[etree._Element], suffix: str = "") -> list[str]:
    """Tax nodes as short texts: ``IVA 16 % de $300.86: $48.14``."""
    return [_tax_text(tax_line(node, suffix)) for node in nodes]


def _tax_text(line: dict[str, str]) -> str:
    base = f" de ${line['base']}" if line["base"] else ""
    return f"{line['name']}{base}" + (f": ${line['amount']}" if line["amount"] else "")
