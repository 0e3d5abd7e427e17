"""Which due a part of the money went to: parts settle the dues one after the other."""

from collections.abc import Sequence
from decimal import Decimal

from .money import Amount, to_money


def share_parts(dues: Sequence[Amount], parts: Sequence[Amount]) -> list[list[Decimal]]:
    """Return, for each of ``parts`` in order of arrival, how much of it went to each due.

    The oldest (first) due is settled first. Money beyond the sum of all dues goes nowhere.
    """
    left = [max(to_money(due), Decimal(0)) for due in dues]
    shares = []
    for part in parts:
        rest = max(to_money(part), Decimal(0))
        row = []
        for index, due in enumerate(left):
            share = min(rest, due)
            left[index] -= share
            rest -= share
            row.append(share)
        shares.append(row)
    return shares


def split_by_weight(amount: Amount, weights: Sequence[Amount]) -> list[Decimal]:
    """Split ``amount`` in proportion to ``weights``; the parts add up to it to the cent.

    Without any weight the first part gets everything.
    """
    total = sum((Decimal(str(weight)) for weight in weights), Decimal(0))
    whole = to_money(amount)
    if not total:
        return [whole, *(Decimal(0) for _weight in weights[1:])]
    parts, given, seen = [], Decimal(0), Decimal(0)
    for weight in weights:
        seen += Decimal(str(weight))
        upto = to_money(whole * seen / total)
        parts.append(upto - given)
        given = upto
    return parts
