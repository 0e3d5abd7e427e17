"""When SAT is asked about a cancelation, and what the law says about its dates."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from .const import RFC_FOREIGN, RFC_GENERIC, TYPE_CREDIT, TYPE_PAYMENT

DAY = datetime.timedelta(days=1)
#: Lengths of the RFC of a legal and of a natural person.
LEGAL_RFC = 12


@dataclass(frozen=True)
class PollPlan:
    """Minutes between two questions: the first one, during a day, until day five, afterwards."""

    first: int = 10
    day: int = 60
    week: int = 360
    late: int = 1440

    def wait(self, age: datetime.timedelta, asked: bool) -> datetime.timedelta:
        """How long to wait when a request is ``age`` old and SAT was ``asked`` before."""
        if not asked:
            minutes = self.first
        elif age < DAY:
            minutes = self.day
        else:
            minutes = self.week if age < 5 * DAY else self.late
        return datetime.timedelta(minutes=minutes)


def needs_acceptance(
    kind: str, total: Decimal, receiver: str, age: datetime.timedelta, limit: Decimal
) -> bool:
    """Whether the receiver is asked (RMF 2.7.1.34 and 2.7.1.35); SAT alone decides.

    Not for credit notes, generic receivers, totals up to ``limit`` (except payments), and up to
    a day after the stamp.
    """
    if kind == TYPE_CREDIT or receiver in (RFC_GENERIC, RFC_FOREIGN) or age < DAY:
        return False
    return kind == TYPE_PAYMENT or total > limit


def last_cancel_day(issued: datetime.date, issuer: str) -> datetime.date:
    """The month of the annual return of the year of issue (CFF 29-A).

    31 March for legal persons, 30 April for natural ones.
    """
    month, day = (3, 31) if len(issuer) == LEGAL_RFC else (4, 30)
    return datetime.date(issued.year + 1, month, day)
