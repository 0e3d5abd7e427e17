"""Whose money it is: candidates with what speaks for them in, one proposal out.

Pure, no database. Confidence is 0 to 100: 100 is a reference of ours with the amount asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

#: kind of evidence -> confidence (amount as expected, another amount)
CONFIDENCE = {
    "spei": (100, 92),  # our 20 digits
    "paynet": (100, 92),  # our 16 digits
    "contract": (97, 88),  # the contract number with its letters
    "reference": (95, 85),  # an invoice or a payment of ours
    "number": (85, 55),  # digits alone: they may mean something else
    "payer": (80, 0),  # the whole name and what he owes
    "part": (60, 0),  # part of the name and what he owes
}
WHOLE_NAME = 0.99
PART_OF_NAME = 0.6
#: Something speaks against it: somebody looks before it is booked.
DOUBTFUL = 50


class Candidate(NamedTuple):
    """A service that the money may be for, and why."""

    key: int
    kind: str
    amounts: Sequence[Decimal]  # what would be expected


class Proposal(NamedTuple):
    key: int
    kind: str
    confidence: int
    fits: bool  # the amount is one that was expected


def propose(amount: Decimal, candidates: Iterable[Candidate]) -> Proposal | None:
    """Return the best candidate, None when there is none or two are equally good."""
    best: dict[int, Proposal] = {}
    for candidate in candidates:
        fits = amount in candidate.amounts
        confidence = CONFIDENCE[candidate.kind][0 if fits else 1]
        held = best.get(candidate.key)
        if confidence and (held is None or confidence > held.confidence):
            best[candidate.key] = Proposal(candidate.key, candidate.kind, confidence, fits)
    ranked = sorted(best.values(), key=lambda proposal: -proposal.confidence)
    if not ranked or (len(ranked) > 1 and ranked[0].confidence == ranked[1].confidence):
        return None
    return ranked[0]


def name_kind(share: float) -> str | None:
    """Return the kind of evidence of a name of which ``share`` was found in the text."""
    if share >= WHOLE_NAME:
        return "payer"
    return "part" if share >= PART_OF_NAME else None


def months_for(amount: Decimal, totals: Sequence[Decimal]) -> int:
    """Return for how many months this is the exact price, 0 when it is for none.

    :param totals: what 0, 1, 2… months cost; 0 is only what is open
    """
    for months, total in enumerate(totals):
        if total == amount and total > 0:
            return months
    return 0
