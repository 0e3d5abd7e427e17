"""Exact lines whose rounded sums miss the invoice's total by a cent: what may be moved.

SAT rounds once per tax and rate of the whole document, SubTotal and Descuento apart; the tax
engine rounds per tax of its own.  Less than a cent on one line, or on two, brings both together,
and every line still agrees with its quantity, price and taxes.

Nothing happens between two shifts at which no sum rounds in another way, so only those shifts
are tried: a few per line with taxes of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice

from .const import FACTOR_EXEMPT, FACTOR_FEE
from .dto import Concept, Tax
from .limits import tax_outside
from .rounding import MAX_DECIMALS, fixed, half_up, quantum, trimmed

_ZERO, _ONE = Decimal(0), Decimal(1)
_GRID = quantum(MAX_DECIMALS)
#: Sums of a document that are rounded by themselves, with their sign in the total.
_AMOUNT, _DISCOUNT = (1, "amount"), (-1, "discount")
_Sums = dict[tuple, Decimal]
#: Pairs of movements that are tried before a person is asked: a tenth of a second.
_MOST = 10_000


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
    """The concepts with one line moved, or two, so that they add up to ``total``.

    The smallest movement that does is taken; amount and discount together, which leaves the
    taxes alone, come before the net.  None when no movement of a cent reaches the total.
    """
    rows = tuple(concepts)
    sums = _sums(rows)
    if abs(total - _total(sums, digits)) > quantum(digits) * len(sums):
        return None
    tried: dict[tuple, _Step] = {}
    for step in _steps(_levers(rows), sums, digits):
        if _total(step.sums, digits) == total:
            return _replaced(rows, step)
        tried.setdefault(_rounded(step.sums, digits), step)
    pairs = ((first, step) for first in tried.values() for step in _next(rows, first, digits))
    for first, step in islice(pairs, _MOST):
        if _total(step.sums, digits) == total:
            return _replaced(_replaced(rows, first), step)
    return None


def _next(rows: tuple[Concept, ...], first: _Step, digits: int) -> Iterator[_Step]:
    """What can move after ``first``: everything but what it has moved already."""
    levers = _levers(_replaced(rows, first))
    rest = [lever for lever in levers if lever.way != first.way]
    return _steps(rest, first.sums, digits)


@dataclass(frozen=True)
class _Lever:
    """A line that may move: amount and discount (``gross``), or what is left of them."""

    place: int
    row: Concept
    gross: bool

    @property
    def way(self) -> tuple[int, bool]:
        """What moves, which it does by a cent at most."""
        return (self.place, self.gross)

    def slopes(self) -> _Sums:
        """How far each sum moves with the line."""
        if self.gross:
            return {_AMOUNT: _ONE, _DISCOUNT: _ONE}
        found, net = {_AMOUNT: _ONE}, _net(self.row)
        for tax in self.row.taxes:
            if tax.rate and tax.factor != FACTOR_FEE:
                found[_key(tax)] = found.get(_key(tax), _ZERO) + tax.rate * tax.base / net
        return found

    def moved(self, shift: Decimal) -> Concept | None:
        """The line after the movement, None when nothing would be left of it."""
        if not self.gross:
            return _moved(self.row, shift) if _net(self.row) + shift > 0 else None
        discount = self.row.discount + shift
        return _priced(self.row, shift, discount=discount) if discount > 0 else None


@dataclass(frozen=True)
class _Step:
    """A line after its movement, and the sums with it."""

    way: tuple[int, bool]
    row: Concept
    sums: _Sums


def _replaced(rows: tuple[Concept, ...], step: _Step) -> tuple[Concept, ...]:
    place, _gross = step.way
    return (*rows[:place], step.row, *rows[place + 1 :])


def _levers(rows: tuple[Concept, ...]) -> list[_Lever]:
    """The largest line of each kind of taxes: the smaller ones do the same with less room."""
    largest: dict[tuple, int] = {}
    for place, row in enumerate(rows):
        kind = tuple(tax.key for tax in row.taxes)
        if _net(row) > max(_ZERO, _net(rows[largest[kind]]) if kind in largest else _ZERO):
            largest[kind] = place
    found = [_Lever(place, rows[place], False) for place in largest.values()]
    off = max(range(len(rows)), key=lambda place: rows[place].discount, default=None)
    if off is not None and rows[off].discount:
        found.insert(0, _Lever(off, rows[off], True))
    return found


def _steps(levers: list[_Lever], sums: _Sums, digits: int) -> Iterator[_Step]:
    """What each lever can do within a cent, the smallest movements first."""
    wanted = [
        (abs(shift), not lever.gross, place, shift)
        for place, lever in enumerate(levers)
        for shift in _shifts(lever.slopes(), sums, digits)
    ]
    for _size, _order, place, shift in sorted(wanted):
        lever = levers[place]
        row = lever.moved(shift)
        if row is not None:
            yield _Step(lever.way, row, _moved_sums(sums, lever.row, row))


def _shifts(slopes: _Sums, sums: _Sums, digits: int) -> set[Decimal]:
    """Both sides of every shift at which a sum rounds in another way."""
    unit = quantum(digits)
    found = set()
    for key, slope in slopes.items():
        below = (sums[key] / unit - Decimal("0.5")).to_integral_value(ROUND_FLOOR)
        # The amount of a line is rounded itself, which may move the place by a little.
        margin = (2 * _GRID / slope).quantize(_GRID, ROUND_CEILING)
        for count in range(3):
            exact = ((below + count + Decimal("0.5")) * unit - sums[key]) / slope
            for rounding in (ROUND_FLOOR, ROUND_CEILING):
                near = exact.quantize(_GRID, rounding)
                found |= {near - margin, near, near + margin}
    return {shift for shift in found if shift and abs(shift) <= unit}


def _key(tax: Tax) -> tuple:
    """The sum a tax goes into: withheld ones add up by tax alone."""
    return (-1, tax.code) if tax.withheld else (1, tax.code, tax.factor, tax.rate)


def _sums(rows: Iterable[Concept]) -> _Sums:
    found = {_AMOUNT: _ZERO, _DISCOUNT: _ZERO}
    for row in rows:
        found[_AMOUNT] += row.amount
        found[_DISCOUNT] += row.discount
        for tax in row.taxes:
            found[_key(tax)] = found.get(_key(tax), _ZERO) + (tax.amount or _ZERO)
    return found


def _moved_sums(sums: _Sums, before: Concept, after: Concept) -> _Sums:
    old, new = _sums([before]), _sums([after])
    return sums | {key: sums[key] + new[key] - old[key] for key in new}


def _rounded(sums: _Sums, digits: int) -> tuple[Decimal, ...]:
    """Each sum as the document will say it, with its sign."""
    return tuple(key[0] * half_up(value, digits) for key, value in sums.items())


def _total(sums: _Sums, digits: int) -> Decimal:
    return sum(_rounded(sums, digits), _ZERO)


def _net(row: Concept) -> Decimal:
    return row.amount - row.discount


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
