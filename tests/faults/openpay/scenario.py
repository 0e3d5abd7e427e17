"""What customers, banks and the network do in each round, drawn from the seed beforehand."""

from __future__ import annotations

from datetime import timedelta

from tests.faults.kit.clock import START
from tests.faults.kit.dice import Dice
from tests.faults.money.scenario import Day

#: minutes from one round to the next: asking again, expiry of references, late payments, debits
STEPS = (3, 20, 130, 400, 1500, 2900)
MONTHS = (1, 1, 1, 2, 3)
PRESSES = (("spei", 5), ("store", 3), ("card", 3), ("stored", 3), ("secure", 1))
#: what a bank says about a stored card from now on: yes, no funds, ask the bank, stolen
MOODS = (0, 0, 0, 3003, 3010, 3009)
#: Odoo's own scheduler, or the same jobs without its locks: two processes meet in their middle
WORK = ("scheduler", "scheduler", "jobs_by_hand")
#: of what was asked for; nothing means exactly that
PARTS = (None, None, None, 0.5, 1.3)
#: one in so many rounds waits for an answer that comes after the caller gave up (10 s)
SLOW = 50
TROUBLES = (
    {"kind": "drop", "method": "POST", "path": "/charges$"},
    {"kind": "drop", "method": "POST", "path": "/charges$"},
    {"kind": "refuse", "method": "POST", "path": "/charges$"},
    {"kind": "error", "method": "POST", "path": "/charges$", "status": 503},
    {"kind": "error", "method": "POST", "path": "/charges$", "status": 429},
    {"kind": "error_after", "method": "POST", "path": "/charges$", "status": 502},
    {"kind": "slow_answer", "method": "POST", "path": "/charges$", "seconds": 0.4},
    {"kind": "error", "method": "GET", "path": "/charges", "status": 500},
    {"kind": "drop", "method": "GET", "path": "/charges"},
    {"kind": "error", "method": "", "path": "/charges", "status": 503, "times": 4},
)
LATE = (
    {"kind": "delay", "method": "POST", "path": "/charges$", "seconds": 11},
    {"kind": "slow_answer", "method": "POST", "path": "/charges$", "seconds": 11},
)


def rounds(dice: Dice, count: int, services: int) -> list[Day]:
    """The rounds of the suite."""
    moment, found = START, []
    for number in range(count):
        chance = dice.stream("round", number)
        moment += timedelta(minutes=chance.choice(STEPS))
        steps = [
            _press(chance, number, index, services) for index in range(chance.choice((1, 1, 2, 3)))
        ]
        steps += [_transfer(chance, number, index) for index in range(chance.choice((0, 1, 2)))]
        steps += [{"do": "secure_end", "pick": chance.random()}] * (chance.random() < 0.3)
        steps += _debits(chance, number)
        steps += [_messages(chance), {"do": chance.choice(WORK)}]
        chance.shuffle(steps)
        if number % SLOW == SLOW // 2:
            steps.insert(0, {"do": "trouble", "faults": [chance.choice(LATE)]})
        elif chance.random() < 0.6:
            steps.insert(0, {"do": "trouble", "faults": [chance.choice(TROUBLES)]})
        steps.append(_messages(chance))
        found.append(Day(number, moment, steps))
    return found


def _press(chance, number: int, index: int, services: int) -> dict:
    kinds, weights = zip(*PRESSES, strict=True)
    kind = chance.choices(kinds, weights)[0]
    return {
        "do": kind,
        "service": chance.randrange(services),
        "months": chance.choice(MONTHS),
        "key": f"PRESS-{number}-{index}",
        "card": chance.choice(("good", "good", "good", "declined", "poor")),
    }


def _debits(chance, number: int) -> list[dict]:
    """What customers, their banks and the mail do about direct debits."""
    steps = [{"do": "bill"}, {"do": "postman"}]
    if chance.random() < 0.25:
        steps.append(
            {
                "do": "agree",
                "service": chance.randrange(1000),
                "day": chance.choice((None, 1, 15, 31)),
                "key": f"CONSENT-{number}",
            }
        )
    if chance.random() < 0.06:
        steps.append({"do": "switch_off", "service": chance.randrange(1000)})
    if chance.random() < 0.25:
        steps.append({"do": "mood", "pick": chance.random(), "code": chance.choice(MOODS)})
    return steps


def _transfer(chance, number: int, index: int) -> dict:
    return {
        "do": "bank",
        "pick": chance.random(),
        "part": chance.choice(PARTS),
        "times": chance.choice((1, 1, 1, 2)),
        "key": f"TRANSFER-{number}-{index}",
    }


def _messages(chance) -> dict:
    return {
        "do": "messages",
        "seed": chance.randrange(1_000_000),
        "copies": chance.choice((1, 1, 2)),
        "lost": chance.choice((0.0, 0.0, 0.2)),
    }
