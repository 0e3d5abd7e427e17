"""Whether a service may be cut for debt on a day: one rule for the run, the list and the recheck.

Calendar days of the company, amounts in its currency with tax. Whoever asks gathers the facts; the
order of the questions is that of `decide`, so the reason given is the one that counts.
"""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from .money import CENT, Amount, to_money

# Nothing to do, overdue but protected by the grace days, could be cut but must wait, cut.
NONE, GRACE, WAIT, CUT = "none", "grace", "wait", "cut"


class Facts(NamedTuple):
    """What is known about one service on one day."""

    state: str
    cutoff_date: date | None
    oldest_due: date | None = None  # due date of the oldest overdue debt
    overdue: Amount = 0  # open and due before the day
    late: Amount = 0  # the part of it whose grace days are over
    credit: Amount = 0  # money of the payer that no invoice received yet
    promise: str = ""  # kind of the promise in force
    pending: bool = False  # a payment is on its way
    notified: bool = True  # the customer was told that the cut comes


class Verdict(NamedTuple):
    verdict: str
    reason: str


def decide(facts: Facts, day: date, min_debt: Amount, closed: str = "") -> Verdict:
    """Return the verdict about a service on ``day`` and the code of its reason.

    :param min_debt: smallest debt that suspends
    :param closed: why nobody is cut on ``day`` ("weekday", "holiday", "eve"), "" if open
    """
    least = max(to_money(min_debt), CENT)  # who owes nothing is never cut, whatever the setting
    overdue, late = to_money(facts.overdue), to_money(facts.late)
    credit = max(to_money(facts.credit), Decimal(0))
    if facts.state not in ("active", "grace"):
        return Verdict(NONE, "state")
    if overdue < least:
        return Verdict(NONE, "min_debt" if overdue > 0 else "nothing")
    if facts.cutoff_date is None or facts.cutoff_date > day:
        return Verdict(NONE, "paid_ahead")
    if overdue - credit < least:
        return Verdict(NONE, "credit")
    if late - credit < least:
        return Verdict(GRACE, "grace_days")
    waits = (
        (facts.promise, facts.promise),
        (facts.pending, "pending"),
        (not facts.notified, "notice"),
        (closed, closed),
    )
    reason = next((code for holds, code in waits if holds), "")
    return Verdict(WAIT, reason) if reason else Verdict(CUT, "debt")


def first_cut_day(due: date, grace_days: int) -> date:
    """Return the first calendar day on which a debt due on ``due`` may be cut.

    More than ``grace_days`` days must have passed: due 2026-04-21, 5 days, first cut 2026-04-27.
    """
    return due + timedelta(days=grace_days + 1)


def capped_fee(fee: Amount, monthly_price: Amount, percent: Amount) -> Decimal:
    """Return the reconnection fee, at most ``percent`` of a month (never a cent more)."""
    most = Decimal(str(monthly_price)) * Decimal(str(percent)) / 100
    most = max(most, Decimal(0)).quantize(CENT, rounding=ROUND_DOWN)
    return min(max(to_money(fee), Decimal(0)), most)
