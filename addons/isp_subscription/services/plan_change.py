"""Arithmetic of a plan change: days, factors and amounts that a customer can check by hand.

The denominator is the number of days of the anchored month, days are half-open (the day of the
change is the first one of the new plan), every line is rounded once to cents, half up, and the
total is the sum of the lines shown. Amounts are in the company's currency, with tax; dates are
calendar dates of the company.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .money import Amount, to_money
from .periods import Period, next_cut, prorate, reference_period

UNUSED_DAYS = ("customer", "prorate", "none")


class Line(NamedTuple):
    """One line of the arithmetic: what it is for, its factors and its signed amount."""

    kind: str
    concept: str
    factors: str
    amount: Decimal


def factors(price: Amount, days: int, reference_days: int) -> str:
    """Return "349.00 × 20/31"; a whole month needs no factors."""
    if days == reference_days:
        return ""
    return f"{to_money(price):,.2f} × {days}/{reference_days}"


def period_factors(price: Amount, period: Period, anchor: int) -> str:
    """Return the factors of ``period`` at a monthly ``price``."""
    reference = reference_period(period.start, anchor)
    return factors(price, period.days, reference.days)


def difference(
    old_price: Amount, new_price: Amount, days: int, reference_days: int
) -> tuple[Decimal, Decimal, Decimal]:
    """Return ``(credit, charge, net)`` of ``days`` days of a month that change their price.

    :raise ValueError: when the days do not fit in the reference period
    """
    credit = prorate(old_price, days, reference_days)
    charge = prorate(new_price, days, reference_days)
    return credit, charge, charge - credit


def total(lines: Iterable[Line]) -> Decimal:
    """Return the sum of the lines as they are shown."""
    return sum((line.amount for line in lines), Decimal("0.00"))


def to_arrive(lines: Iterable[Line]) -> Decimal:
    """Return the money that must arrive: the total, never less than nothing."""
    return max(total(lines), Decimal("0.00"))


def is_adjusted(mode: str, old_price: Amount, new_price: Amount, is_ahead: bool) -> bool:
    """Return whether days paid at the old price are credited and charged at the new one.

    :param mode: ``prorate`` always, ``none`` never; ``customer``: only days that become cheaper,
        and months paid ahead of the present one, which no company gives away at a higher speed
    :param is_ahead: the days belong to a month after the present one
    :raise ValueError: for another mode
    """
    if mode not in UNUSED_DAYS:
        raise ValueError(f"unknown rule for unused days: {mode}")
    if mode == "customer":
        return is_ahead or to_money(new_price) < to_money(old_price)
    return mode == "prorate"


class Terms(NamedTuple):
    """What a change comes to when its new price counts from ``day`` on."""

    policy: str
    day: date
    lines: tuple[Line, ...]
    credits: tuple[Period, ...] = ()  # days given back
    charges: tuple[Period, ...] = ()  # days billed by the invoice of the change
    covered_until: date | None = None

    @property
    def amount_total(self) -> Decimal:
        """What the change costs, before the customer's credit."""
        return total(line for line in self.lines if line.kind != "credit")

    @property
    def amount_due(self) -> Decimal:
        """What must still arrive."""
        return to_arrive(self.lines)

    def with_credit(self, concept: str, credit: Amount) -> "Terms":
        """Return the same terms with the customer's ``credit`` taken off, as far as it is used."""
        used = min(to_money(credit), self.amount_total)
        if used <= 0:
            return self
        line = Line("credit", concept, "", -used)
        return self._replace(lines=(*self.lines, line))


def cheapest(terms: Sequence[Terms]) -> Terms:
    """Return the terms that cost least, the first of equal ones.

    The customer pays the amount he was shown although the money comes some days later: the days
    count from his request or from his payment, whatever costs him less. So what is due can only
    become less while he waits.
    """
    return min(terms, key=lambda item: item.amount_total)


def cut_for_change(covered: date, today: date, anchor: int) -> date:
    """Return the cut at which a change takes effect: the first day not covered, not in the past.

    A month that has begun without being paid keeps its plan; the next one changes.
    """
    return covered if covered >= today else next_cut(today, anchor)


def rest(amount: Amount, parts: Sequence[Amount]) -> Decimal:
    """Return what is left of ``amount`` after ``parts``, never less than nothing."""
    left = to_money(amount) - sum((to_money(part) for part in parts), Decimal(0))
    return max(left, Decimal("0.00"))
