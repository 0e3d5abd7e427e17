"""Seeded chance: the same seed kills at the same points and asks for the same operations."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass

VICTIMS = ("odoo", "postgres")
#: where a kill strikes: at the n-th statement, just before or after the n-th commit, after a time
POINTS = ("statement", "before_commit", "after_commit", "delay")


@dataclass(frozen=True)
class Effort:
    """What a job costs when nobody disturbs it: the range in which a kill is drawn."""

    statements: int
    commits: int
    seconds: float


@dataclass(frozen=True)
class Kill:
    """One kill: who, where, and whether the worker outlives the database and goes on."""

    victim: str
    point: str
    at: float
    survives: bool = False

    def as_job(self) -> dict:
        """For the worker's job file."""
        return asdict(self)

    def __str__(self) -> str:
        where = f"{self.at:.2f} s" if self.point == "delay" else f"{self.point} {self.at:g}"
        return f"{self.victim} at {where}{', worker goes on' if self.survives else ''}"


class Dice:
    """Independent streams of chance out of one seed, one for each name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, *name: object) -> random.Random:
        """The stream of that name, always from its start."""
        return random.Random(":".join(map(str, (self.seed, *name))))

    def kill(self, effort: Effort, *name: object) -> Kill:
        """Draw a kill that strikes within ``effort``."""
        chance = self.stream("kill", *name)
        victim = chance.choice(VICTIMS)
        # half of them at statements: most of the work lies between two commits
        point = chance.choices(POINTS, weights=(4, 1, 1, 2))[0]
        if point == "delay":
            at = round(chance.uniform(0.0, effort.seconds), 3)
        else:
            most = effort.statements if point == "statement" else effort.commits
            at = chance.randint(1, max(most, 1))
        survives = victim == "postgres" and chance.random() < 0.5
        return Kill(victim, point, at, survives)
