"""What managers give back in each round, beside what the suite of payments plays."""

from __future__ import annotations

from tests.faults.kit.dice import Dice
from tests.faults.money.scenario import Day

from . import scenario

#: of what can be given back; nothing means all of it
PARTS = (None, 0.3, 0.3, 0.5)
KINDS = ("card", "card", "card", "payout")
TROUBLES = (
    {"kind": "drop", "method": "POST", "path": "/refund$"},
    {"kind": "drop", "method": "POST", "path": "/refund$"},
    {"kind": "error_after", "method": "POST", "path": "/refund$", "status": 502},
    {"kind": "error", "method": "POST", "path": "/refund$", "status": 503},
    {"kind": "error", "method": "POST", "path": "/refund$", "status": 429},
    {"kind": "refuse", "method": "POST", "path": "/refund$"},
    {"kind": "drop", "method": "GET", "path": "/charges/"},
)


def rounds(dice: Dice, count: int, services: int) -> list[Day]:
    """The rounds of the suite of payments, of the same dice, with refunds in most of them."""
    days = scenario.rounds(dice, count, services)
    for day in days:
        chance = dice.stream("refund", day.number)
        for index in range(chance.choice((0, 1, 1, 2))):
            order = {
                "do": "refund",
                "kind": chance.choice(KINDS),
                "pick": chance.random(),
                "part": chance.choice(PARTS),
                "key": f"REFUND-{day.number}-{index}",
            }
            place = chance.randrange(len(day.steps))
            day.steps.insert(place, order)
            if chance.random() < 0.6:
                trouble = {"do": "trouble", "faults": [chance.choice(TROUBLES)]}
                day.steps.insert(place, trouble)
    return days
