"""Negative lines of an invoice: SAT knows none, they become discounts of the other lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from .balance import scaled_tax
from .dto import Concept
from .errors import CfdiDataError
from .rounding import MAX_DECIMALS, half_up

_ZERO = Decimal(0)


def absorb_negative(concepts: Iterable[Concept], digits: int = MAX_DECIMALS) -> tuple[Concept, ...]:
    """Spread negative concepts as discounts over those with the same taxes, by their amounts.

    Shares are rounded to ``digits``, the largest line takes what is left over: no cent is
    lost.  Raises ``CfdiDataError`` with the description of a line that fits nowhere.
    """
    rows = tuple(concepts)
    kept = [row for row in rows if _net(row) >= 0]
    for row in rows:
        if _net(row) < 0:
            kept = _spread(row, kept, digits)
    return tuple(kept)


def _net(row: Concept) -> Decimal:
    return row.amount - row.discount


def _kinds(row: Concept) -> frozenset:
    return frozenset(tax.key for tax in row.taxes)


def _spread(negative: Concept, rows: list[Concept], digits: int) -> list[Concept]:
    wanted = -_net(negative)
    fitting = [row for row in rows if _kinds(row) == _kinds(negative)]
    room = sum((_net(row) for row in fitting), _ZERO)
    if wanted > room:
        raise CfdiDataError([f"NEGATIVE: {negative.description}"])
    largest = max(fitting, key=_net)
    shares = {
        id(row): half_up(wanted * _net(row) / room, digits) for row in fitting if row is not largest
    }
    shares[id(largest)] = wanted - sum(shares.values(), _ZERO)
    reduced = [_reduce(row, shares.get(id(row), _ZERO), digits) for row in rows]
    # A line that is wholly taken back carries no base, which SAT does not allow; one that was
    # given away before stands there for its fee per unit.
    return [row for row in reduced if _net(row) > 0 or row in rows]


def _reduce(row: Concept, share: Decimal, digits: int) -> Concept:
    if not share:
        return row
    net = _net(row)
    taxes = tuple(scaled_tax(tax, 1 - share / net, digits) for tax in row.taxes)
    return replace(row, discount=row.discount + share, taxes=taxes)
