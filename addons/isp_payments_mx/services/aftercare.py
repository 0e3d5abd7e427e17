"""When a paid card charge is read again, to find what no message told."""

from __future__ import annotations

from datetime import datetime, timedelta

# Days after the charge: most refunds come within days, disputes within weeks. Then monthly.
LOOKS = (1, 2, 4, 7, 10, 15, 20, 30, 45, 60, 75, 90, 105, 120)
LATER = 30


def next_look(created: datetime, now: datetime, days: int) -> datetime | None:
    """Return the next moment to read a charge again, None when its time is over.

    :param created: when the charge was made, naive UTC
    :param now: naive UTC
    :param days: how many days a charge is watched; 0 for not at all
    """
    ages = [*LOOKS, *range(LOOKS[-1] + LATER, max(days, LOOKS[-1]) + LATER, LATER)]
    for age in ages:
        if age > days:
            break
        moment = created + timedelta(days=age)
        if moment > now:
            return moment
    return None
