"""Who subscribes to what, when they pay, how they end: pure, seeded, relative to today."""

from __future__ import annotations

import datetime
import os
import random
from dataclasses import dataclass

from .people import Person, invent

SEED = 20261122
CUSTOMERS = 60
DAYS = int(os.environ.get("ISP_DEMO_DAYS") or 183)

PLANS = (
    # key, name, price with tax, down, up
    ("r20", "Residencial 20", 249.0, 20, 10),
    ("r50", "Residencial 50", 349.0, 50, 20),
    ("r100", "Residencial 100", 449.0, 100, 40),
    ("r200", "Residencial 200", 599.0, 200, 80),
    ("n300", "Negocio 300", 1290.0, 300, 150),
)
ZONES = ("Morelia Centro", "Morelia Oriente", "Pátzcuaro", "Uruapan", "Quiroga")
BRANCHES = (
    ("MOR", "Morelia", "Av. de los Tilos 118", "58000"),
    ("PAT", "Pátzcuaro", "Calle del Telar 9", "61600"),
    ("URU", "Uruapan", "Calle Colibrí 240", "60000"),
)
#: branch of each zone
ZONE_BRANCH = (0, 0, 1, 2, 1)

#: how many end in which situation; the rest is active and paid
ENDINGS = (
    ("star", 1),
    ("due", 6),
    ("grace", 4),
    ("suspended", 5),
    ("paused", 2),
    ("cancel_pending", 1),
    ("cancelled", 2),
    ("to_install", 1),
    ("draft", 1),
    ("ahead", 4),
    ("credit", 2),
    ("promised", 2),
    ("extended", 1),
    ("changed", 3),
    ("changing", 1),
    ("next_cut", 1),
    ("vacation", 1),
    ("no_mail", 1),
    ("store", 1),
    ("debit", 1),
)
#: services of one payer: index of the service -> index of the payer's first one
FAMILIES = {43: 42, 44: 42}
FORMS = (("spei", 46), ("cash_branch", 26), ("card", 14), ("transfer", 8), ("store", 6))


@dataclass(frozen=True)
class Customer:
    """One subscription of the scenario. ``offset``: usual payment day relative to the cut-off."""

    index: int
    person: Person
    plan: str
    zone: int
    anchor: int
    start: datetime.date
    ending: str
    offset: int
    form: str
    months: int
    fiscal: bool
    payer: int | None = None

    @property
    def user(self) -> str:
        """Name of the customer's interface on the access concentrator."""
        return f"cliente{self.index + 1:04d}"


def _endings(count: int) -> list[str]:
    endings = [name for name, number in ENDINGS for _ in range(number)]
    return endings + ["paid"] * (count - len(endings))


def _anchor(ending: str, today: datetime.date, rng: random.Random) -> int:
    """Cut-off day that puts the customer in the wanted situation today."""
    distance = {
        "star": 3,
        "due": rng.choice((1, 2, 4, 5, 6)),
        "grace": -rng.choice((1, 2, 3)),
        "suspended": -rng.choice((14, 15, 16, 17)),
        "promised": -7,
        "extended": -5,
        "no_mail": -4,
        "changing": 5,
        "store": 4,
        "debit": 12,
        "paused": rng.choice((12, 14)),
    }.get(ending)
    if distance is None:
        return rng.choice((1, 5, 10, 15, 21, 25, 28, 30, 31))
    return (today + datetime.timedelta(distance)).day


def customers(today: datetime.date, seed: int = SEED, count: int = CUSTOMERS) -> list[Customer]:
    """The customers of the demo as of ``today``."""
    rng = random.Random(seed)
    people = invent(count, rng)
    endings = _endings(count)
    result = []
    for index, (person, ending) in enumerate(zip(people, endings, strict=True)):
        youngest = min(30, DAYS - 11)  # a short history has short customers
        age = DAYS - rng.randrange(4) if index < 40 else rng.randrange(youngest, DAYS - 10)
        payer = FAMILIES.get(index)
        if payer is not None:  # nobody's second house is older than the first
            age = min(age, (today - result[payer].start).days)
        zone = rng.randrange(len(ZONES))
        plan = (
            "r50" if ending == "star" else rng.choices([p[0] for p in PLANS], (14, 24, 14, 6, 3))[0]
        )
        result.append(
            Customer(
                index,
                person,
                plan,
                0 if ending == "star" else zone,
                _anchor(ending, today, rng),
                today - datetime.timedelta(age),
                ending,
                rng.choice((-5, -4, -3, -2, -1, -1, 0, 0, 1, 2)),
                "spei"
                if ending == "star"
                else rng.choices([f[0] for f in FORMS], [f[1] for f in FORMS])[0],
                3 if ending == "ahead" else 1,
                ending in ("star", "suspended") or rng.random() < 0.45,
                payer,
            )
        )
    return result


def pays_on(
    customer: Customer, cutoff: datetime.date, today: datetime.date
) -> datetime.date | None:
    """The day on which the customer pays the period that starts at ``cutoff``; None: not (yet)."""
    age = (today - cutoff).days
    if customer.ending in ("star", "due", "changing", "store") and age < 1:
        return None
    if customer.ending in ("grace", "promised", "extended", "no_mail") and age < 8:
        return None
    if customer.ending == "suspended" and age < 22:
        return None
    if customer.ending == "paused" and cutoff > today - datetime.timedelta(9):
        return None
    wobble = random.Random(f"{customer.index}-{cutoff}").choice((-1, 0, 0, 0, 1))
    return cutoff + datetime.timedelta(min(customer.offset + wobble, 3))
