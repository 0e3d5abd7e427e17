"""Exact lines whose rounded sums miss the invoice's total by a cent: what may be moved.

SAT rounds once per tax and rate of the whole document, SubTotal and Descuento apart; the tax
engine rounds per tax of its own.  Less than a cent on one line brings both together, and every
line still agrees with its quantity, price and taxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from .const import FACTOR_EXEMPT, FACTOR_FEE
from .dto import Concept, Tax
from .limits import tax_outside
from .rounding import MAX_DECIMALS, fixed, half_up, quantum, trimmed
from .totals import compute_totals


def within_limits(concepts: Iterable[Concept], digits: int) -> bool:
    """Whether every tax lies within SAT's limits of its base and rate, as it will be written."""
    return all(
        tax_outside(
            trimmed(tax.base, digits),
            fixed(tax.rate or 0, MAX_DECIMALS),
            trimmed(tax.amount or 0, digits),
        )
        is None
        for concept in concepts
        for tax in concept.taxes
        if tax.factor != FACTOR_EXEMPT
    )


def balanced(
    concepts: Iterable[Concept], total: Decimal, digits: int
) -> tuple[Concept, ...] | None:
    """The concepts with one line moved so that they add up to ``total``; None when none does."""
    rows = tuple(concepts)
    for place, moved in _candidates(rows, digits):
        found = (*rows[:place], moved, *rows[place + 1 :])
        if compute_totals(found, digits).total == total:
            return found
    return None


def _candidates(rows: tuple[Concept, ...], digits: int) -> Iterator[tuple[int, Concept]]:
    """(place, line moved), the smallest movements first.

    Amount and discount together, which leaves the taxes alone, come before the net.
    """
    if not rows:
        return
    net = max(range(len(rows)), key=lambda place: rows[place].amount - rows[place].discount)
    off = max(range(len(rows)), key=lambda place: rows[place].discount)
    for step in _steps(digits):
        for shift in (step, -step):
            if rows[off].discount + shift > 0 and rows[off].discount:
                yield off, _priced(rows[off], shift, discount=rows[off].discount + shift)
            if rows[net].amount - rows[net].discount + shift > 0:
                yield net, _moved(rows[net], shift)


def _steps(digits: int) -> list[Decimal]:
    """How far a line may move: up to the last decimal of the currency, the least first.

    Fine steps part a sum and a tax that would both change at the same coarse one.
    """
    places = range(MAX_DECIMALS, digits, -1)
    return [
        *(count * quantum(place) for place in places for count in range(1, 10)),
        quantum(digits),
    ]


def _priced(row: Concept, shift: Decimal, **values) -> Concept:
    amount = row.amount + shift
    price = half_up(amount / row.quantity, MAX_DECIMALS)
    return replace(row, amount=amount, unit_price=price, **values)


def _moved(row: Concept, shift: Decimal) -> Concept:
    net = row.amount - row.discount
    taxes = tuple(scaled_tax(tax, (net + shift) / net, MAX_DECIMALS) for tax in row.taxes)
    return _priced(row, shift, taxes=taxes)


def scaled_tax(tax: Tax, share: Decimal, digits: int) -> Tax:
    """``tax`` on ``share`` of its base: SAT compares the amount with the base as it is written.

    A fee per unit follows the units, not the money.
    """
    if tax.factor == FACTOR_FEE:
        return tax
    base = half_up(tax.base * share, digits)
    amount = None if tax.rate is None else half_up(base * tax.rate, digits)
    return replace(tax, base=base, amount=amount)
