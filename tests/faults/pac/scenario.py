"""What customers, clerks and PACs do in each round, drawn from the seed beforehand."""

from __future__ import annotations

from datetime import timedelta

from tests.faults.kit.clock import START
from tests.faults.kit.dice import Dice
from tests.faults.money.scenario import Day

from .names import PROVIDERS

#: minutes from one round to the next: waiting times, polls of SAT, and once in a while the limit
STEPS = (2, 7, 20, 70, 70, 400, 400, 1500, 4500)
FAULT, MODE = "/_control/fault", "/_control/mode"
TROUBLES = (
    *[(FAULT, {"kind": "drop", "path": "stamp"})] * 3,
    *[(FAULT, {"kind": "refuse", "path": "stamp"})] * 2,
    (FAULT, {"kind": "refuse", "path": "stamp", "times": 4}),
    (FAULT, {"kind": "error", "path": "stamp", "status": 503}),
    (FAULT, {"kind": "error_after", "path": "stamp", "status": 502}),
    (FAULT, {"kind": "slow_answer", "path": "stamp", "seconds": 0.6, "times": 3}),
    (FAULT, {"kind": "delay", "path": "stamp", "seconds": 0.6, "times": 3}),
    (FAULT, {"kind": "drop", "path": "cancel"}),
    (FAULT, {"kind": "refuse", "path": "cancel"}),
    (FAULT, {"kind": "slow_answer", "path": "cancel", "seconds": 0.6}),
    (FAULT, {"kind": "error", "path": "Consulta", "status": 500}),
    *[
        (MODE, {"mode": mode})
        for mode in (
            *("html", "empty", "twice", "uncontrolled", "before_html", "another", "changed"),
            *("307_empty", "cancel_code_205", "cancel_code_", "cancel_empty"),
            *("cancel_request_708", "success_without_document"),
        )
    ],
    ("/_control/account", {"credits": 0}),
)
MOTIVES = ("01", "01", "02", "03", "03")


def rounds(dice: Dice, count: int, services: int) -> list[Day]:
    """The rounds of the suite."""
    moment, found = START, []
    for number in range(count):
        chance = dice.stream("round", number)
        moment += timedelta(minutes=chance.choice(STEPS))
        steps = [
            _payment(chance, number, index, services)
            for index in range(chance.choice((1, 1, 1, 2)))
        ]
        if chance.random() < 0.4:
            motive = chance.choice(MOTIVES)
            steps.append({"do": "cancel", "pick": chance.random(), "motive": motive})
        if chance.random() < 0.2:
            steps.append({"do": "switch", "provider": chance.choice(PROVIDERS)})
        steps += [{"do": "repair"}] * (chance.random() < 0.1)
        steps += [{"do": "scheduler"}] * (chance.random() < 0.3)
        chance.shuffle(steps)
        if chance.random() < 0.7:
            orders = [chance.choice(TROUBLES) for _each in range(chance.choice((1, 1, 2)))]
            steps.insert(0, {"do": "trouble", "orders": orders})
        found.append(Day(number, moment, [*steps, {"do": "scheduler"}]))
    return found


def _payment(chance, number: int, index: int, services: int) -> dict:
    return {
        "do": "pay",
        "service": chance.randrange(services),
        "months": chance.choice((1, 1, 2)),
        "part": 1.0,
        "reference": f"PAY-{number}-{index}",
    }
