"""What happens on the days of a suite, drawn from the seed before anything is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.faults.kit.clock import START
from tests.faults.kit.dice import Dice

MONTHS = (0, 1, 1, 1, 1, 2, 3, 6)
PARTS = (1.0, 1.0, 1.0, 1.0, 0.5, 0.3, 1.4)
POLICIES = ("on_payment", "now_credit", "next_cutoff")
AMOUNTS = (100.0, 349.0, 449.0, 1000.0, 33.33)


@dataclass(frozen=True)
class Day:
    """One round: a moment and the steps of the callers in their order."""

    number: int
    moment: datetime
    steps: list[dict] = field(default_factory=list)


def days(dice: Dice, rounds: int, services: int) -> list[Day]:
    """The days of the suite; a day is one to six days after the one before."""
    moment, found = START, []
    for number in range(rounds):
        chance = dice.stream("day", number)
        moment += timedelta(chance.randint(1, 6))
        steps = [_money(chance, number, index, services) for index in range(chance.randint(2, 6))]
        steps += _others(chance, number, services)
        chance.shuffle(steps)
        # customers come before and after the nightly jobs
        steps.insert(chance.randint(0, len(steps)), {"do": "scheduler"})
        # jobs that were woken by what came after it run within seconds
        steps += [{"do": "scheduler"}, {"do": "paper"}]
        found.append(Day(number, moment, steps))
    return found


def _money(chance, number: int, index: int, services: int) -> dict:
    kind = chance.choices(("counter", "provider", "bank"), weights=(6, 2, 1))[0]
    return {
        "do": kind,
        "service": chance.randrange(services),
        "months": chance.choice(MONTHS),
        "part": chance.choice(PARTS),
        "amount": chance.choice(AMOUNTS),
        "reference": f"PAY-{number}-{index}",
    }


def _others(chance, number: int, services: int) -> list[dict]:
    steps = []
    for kind, odds in (
        ("suspend", 0.3),
        ("reactivate", 0.6),
        ("cancel_invoice", 0.5),
        ("credit_days", 0.4),
        ("pause", 0.5),
        ("extension", 0.4),
        ("change_plan", 0.8),
        ("cancel", 0.15),
    ):
        if chance.random() < odds:
            steps.append(
                {
                    "do": kind,
                    "service": chance.randrange(services),
                    "part": chance.choice((0.1, 0.5, 1.0)),
                    "days": chance.randint(0, 30),
                    "policy": chance.choice(POLICIES),
                    "reference": f"ASK-{number}-{kind}",
                }
            )
    return steps
