"""Sums of a document: grouped per tax, rounded once, never invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .dto import Concept, Tax
from .rounding import MAX_DECIMALS, half_up

_ZERO = Decimal(0)


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
        return sum((tax.amount for tax in self.transfers if tax.amount is not None), _ZERO)

    @property
    def withheld(self) -> Decimal:
        """TotalImpuestosRetenidos."""
        return sum((amount for _code, amount in self.withholdings), _ZERO)

    @property
    def has_amounts(self) -> bool:
        """Whether TotalImpuestosTrasladados may be written: SAT forbids it on exempt only."""
        return any(tax.amount is not None for tax in self.transfers)


class Sums:
    """Adds up concepts one by one, so that a long document needs no list of them.

    What adds up is what is written: SAT sees six decimals of a value that has more.
    """

    def __init__(self) -> None:
        self._subtotal = self._discount = _ZERO
        self._transfers: dict[tuple, list[Decimal]] = {}
        self._withholdings: dict[str, Decimal] = {}

    def add(self, concept: Concept) -> None:
        """Add one concept with its taxes."""
        self._subtotal += half_up(concept.amount, MAX_DECIMALS)
        self._discount += half_up(concept.discount, MAX_DECIMALS)
        for tax in concept.taxes:
            self.add_tax(tax)

    def add_tax(self, tax: Tax) -> None:
        """Transferred taxes group by tax, factor and rate; withheld ones by tax alone."""
        amount = half_up(tax.amount or _ZERO, MAX_DECIMALS)
        if tax.withheld:
            self._withholdings[tax.code] = self._withholdings.get(tax.code, _ZERO) + amount
            return
        sums = self._transfers.setdefault((tax.code, tax.factor, tax.rate), [_ZERO, _ZERO])
        sums[0] += half_up(tax.base, MAX_DECIMALS)
        sums[1] += amount

    def transfers(self, digits: int) -> tuple[Tax, ...]:
        """Transferred taxes, rounded; exempt ones keep no amount."""
        rows = (
            Tax(
                code,
                factor,
                half_up(base, digits),
                rate,
                None if rate is None else half_up(amount, digits),
            )
            for (code, factor, rate), (base, amount) in self._transfers.items()
        )
        return tuple(sorted(rows, key=lambda tax: (tax.code, tax.factor, tax.rate or _ZERO)))

    def withholdings(self, digits: int) -> tuple[tuple[str, Decimal], ...]:
        """Withheld taxes, rounded."""
        rows = sorted(self._withholdings.items())
        return tuple((code, half_up(amount, digits)) for code, amount in rows)

    def totals(self, digits: int = 2) -> Totals:
        """Everything, every figure rounded to ``digits`` (half-up)."""
        subtotal = half_up(self._subtotal, digits)
        discount = half_up(self._discount, digits)
        transfers, withholdings = self.transfers(digits), self.withholdings(digits)
        added = sum((tax.amount or _ZERO for tax in transfers), _ZERO)
        taken = sum((amount for _code, amount in withholdings), _ZERO)
        total = subtotal - discount + added - taken
        return Totals(subtotal, discount, transfers, withholdings, total)


def compute_totals(concepts: Iterable[Concept], digits: int = 2) -> Totals:
    """Totals of ``concepts``, every figure rounded to ``digits`` (half-up)."""
    sums = Sums()
    for concept in concepts:
        sums.add(concept)
    return sums.totals(digits)
