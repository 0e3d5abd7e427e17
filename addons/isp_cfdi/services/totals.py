"""Sums of a document: grouped per tax, rounded once, never invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .dto import Concept, Tax
from .rounding import half_up


@dataclass(frozen=True)
class Totals:
    """Rounded sums of a document in its currency."""

    subtotal: Decimal
    discount: Decimal
    transfers: tuple[Tax, ...]
    withholdings: tuple[tuple[str, Decimal], ...]
    total: Decimal

    @property
    def transferred(self) -> Decimal:
        """TotalImpuestosTrasladados; exempt taxes carry no amount."""
        return sum((tax.amount for tax in self.transfers if tax.amount is not None), Decimal(0))

    @property
    def withheld(self) -> Decimal:
        """TotalImpuestosRetenidos."""
        return sum((amount for _code, amount in self.withholdings), Decimal(0))

    @property
    def has_amounts(self) -> bool:
        """Whether TotalImpuestosTrasladados may be written: SAT forbids it on exempt only."""
        return any(tax.amount is not None for tax in self.transfers)


def group_transfers(taxes: Iterable[Tax], digits: int) -> tuple[Tax, ...]:
    """Sum the transferred taxes by tax, factor and rate; exempt ones keep no amount."""
    groups: dict[tuple, list[Tax]] = {}
    for tax in taxes:
        if not tax.withheld:
            groups.setdefault(tax.key, []).append(tax)
    summed = []
    for (_withheld, code, factor, rate), members in groups.items():
        base = half_up(sum((tax.base for tax in members), Decimal(0)), digits)
        amounts = [tax.amount for tax in members if tax.amount is not None]
        amount = half_up(sum(amounts, Decimal(0)), digits) if rate is not None else None
        summed.append(Tax(code, factor, base, rate, amount))
    return tuple(sorted(summed, key=lambda tax: (tax.code, tax.factor, tax.rate or Decimal(0))))


def group_withholdings(taxes: Iterable[Tax], digits: int) -> tuple[tuple[str, Decimal], ...]:
    """Sum the withheld taxes by tax alone, as the summary of SAT does."""
    sums: dict[str, Decimal] = {}
    for tax in taxes:
        if tax.withheld:
            sums[tax.code] = sums.get(tax.code, Decimal(0)) + (tax.amount or Decimal(0))
    return tuple((code, half_up(amount, digits)) for code, amount in sorted(sums.items()))


def compute_totals(concepts: Iterable[Concept], digits: int = 2) -> Totals:
    """Totals of ``concepts``, every figure rounded to ``digits`` (half-up)."""
    rows = tuple(concepts)
    taxes = [tax for row in rows for tax in row.taxes]
    subtotal = half_up(sum((row.amount for row in rows), Decimal(0)), digits)
    discount = half_up(sum((row.discount for row in rows), Decimal(0)), digits)
    transfers = group_transfers(taxes, digits)
    withholdings = group_withholdings(taxes, digits)
    added = sum((tax.amount or Decimal(0) for tax in transfers), Decimal(0))
    taken = sum((amount for _code, amount in withholdings), Decimal(0))
    return Totals(subtotal, discount, transfers, withholdings, subtotal - discount + added - taken)
