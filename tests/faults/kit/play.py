"""A play: the days of a scenario on one database, undisturbed, with kills, or by two processes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from psycopg2.extensions import cursor as Cursor

from scripts.console import say
from scripts.logcheck import CONFLICT

from .checks import Invariant, applicable, broken, known
from .dice import Dice, Effort, Kill
from .stage import Stage
from .worker import Job, Odoo, Outcome

#: after so many workers a round is given up
WORKERS = 8
#: minutes until a run that left something to the other process has been woken again
SOON = 5
#: minutes until every hourly job is due again
LATER = 70
#: what Odoo's log may say while its database dies
DYING = re.compile(
    r"OperationalError|InterfaceError|connection|bad query|server action|Exception in cron", re.I
)
#: conflicts that PostgreSQL resolves by refusing one of two: 40001, 40P01, 55P03
CONFLICTS = ("40001", "40P01", "55P03")
#: the same in the text of a refused statement, which Odoo logs without its code; and the key that
#: makes two presses of one button one
REFUSED = re.compile(rf"{CONFLICT.pattern}|_start_token_uniq", CONFLICT.flags)


@dataclass
class Figures:
    """What the kills hit."""

    kills: Counter = field(default_factory=Counter)
    torn: int = 0
    missed: int = 0
    restarts: int = 0
    steps: Counter = field(default_factory=Counter)

    def count(self, kill: Kill, outcome: Outcome) -> None:
        """One more kill that was ordered."""
        if not outcome.fired:
            self.missed += 1
            return
        self.kills[kill.victim] += 1
        self.torn += bool(outcome.torn)
        self.steps[outcome.doing] += 1

    def __str__(self) -> str:
        hit = self.kills.total()
        where = ", ".join(f"{name} {count}" for name, count in self.steps.most_common())
        return (
            f"{hit} kills before the end of the work (Odoo {self.kills['odoo']}, PostgreSQL"
            f" {self.kills['postgres']}), {self.torn} of them inside a transaction that had"
            f" written; {self.missed} came after the end; {self.restarts} cold starts of Odoo."
            f" While doing: {where}"
        )


class Play:
    """The days of a scenario on one database."""

    #: how often Odoo itself, not only its worker, is started anew after a crash
    cold = 0.1

    def __init__(
        self,
        stage: Stage,
        odoo: Odoo,
        invariants: tuple[Invariant, ...],
        dice: Dice,
        outside: Callable[[Cursor], list[str]],
    ) -> None:
        """Prepare.

        :param outside: compares the database with what reached the outside world
        """
        self.stage, self.odoo, self.dice = stage, odoo, dice
        self.invariants, self.outside = invariants, outside
        self.figures = Figures()
        self._applicable: list[Invariant] = []
        self.efforts: list[Effort] = []
        self.answered: list[str] = []
        self.conflicts: Counter = Counter()
        self.refused: Counter = Counter()

    def job(self, day, steps: list[dict] | None = None, minutes: int = 0) -> Job:
        """The work of a day, with both clocks moved to it."""
        moment = day.moment + timedelta(minutes=minutes)
        shift = self.stage.move_clock(self.odoo.database, moment)
        return Job(self.odoo.database, day.steps if steps is None else steps, shift)

    def undisturbed(self, day) -> list[str]:
        """One worker does the day; what it took is kept for the dice."""
        job = self.job(day)
        outcome = self.odoo.run(job)
        self.efforts.append(outcome.effort)
        return [*self._judge(job, outcome), *self.at_rest(job, day)]

    def disturbed(self, day, effort: Effort) -> list[str]:
        """Workers do the day one after the other: they, or PostgreSQL, are killed."""
        job, notes = self.job(day), []
        for attempt in range(WORKERS):
            kill = self._draw(effort, day.number, attempt)
            outcome = self.odoo.run(job, kill)
            if kill:
                self.figures.count(kill, outcome)
            notes += [f"{text} [{kill}]" for text in self._judge(job, outcome)]
            if outcome.fired:
                notes += [f"after {kill}: {text}" for text in self._after_crash(job, attempt, day)]
            if job.finished or not outcome.fired:
                break
        if not job.finished:
            notes.append("the work did not come to its end")
        return [*notes, *self.at_rest(job, day)]

    def together(self, day, what: str) -> list[str]:
        """Two workers run every job of the day at once; the rest of the day is done by one."""
        place = day.steps.index({"do": "scheduler"})
        notes = self._alone(day, day.steps[:place])
        jobs = [self.job(day, [{"do": what}]) for _ in range(2)]
        for job, outcome in zip(jobs, self.odoo.run_together(jobs), strict=True):
            notes += self._judge(job, outcome, conflicts=True)
        # a run that found services locked by the other one is woken again two minutes later
        notes += self._alone(day, [{"do": "scheduler"}, *day.steps[place + 1 :]], minutes=SOON)
        return notes + self._an_hour_later(day)

    def _an_hour_later(self, day) -> list[str]:
        """Every day ends with a turn of the hourly jobs: they take up what was left or killed."""
        notes = self._alone(day, [{"do": "scheduler"}, *day.steps[-1:]], minutes=LATER)
        return notes + self.check("rest")

    def settle(self, day) -> list[str]:
        """Some more turns of the hourly jobs, after which no play lags behind another."""
        notes = []
        for turn in range(2, 4):
            steps = [{"do": "scheduler"}, *day.steps[-1:]]
            notes += self._alone(day, steps, minutes=turn * LATER)
        return notes + self.check("rest")

    def _alone(self, day, steps: list[dict], minutes: int = 0) -> list[str]:
        if not steps:
            return []
        job = self.job(day, steps, minutes)
        notes = self._judge(job, self.odoo.run(job))
        self._hear(job)
        return notes

    def _draw(self, effort: Effort, number: int, attempt: int) -> Kill | None:
        """Every round has a kill, every third one another during the recovery."""
        if attempt == 0 or (attempt == 1 and self.dice.stream("again", number).random() < 1 / 3):
            return self.dice.kill(effort, number, attempt)
        return None

    def _after_crash(self, job: Job, attempt: int, day) -> list[str]:
        """Start what is dead again; what must always hold must hold now."""
        self.stage.cluster.revive()
        if self.dice.stream("cold", day.number, attempt).random() < self.cold:
            self.odoo.restart()
            self.figures.restarts += 1
        self._hear(job)
        return self.check("always")

    # === JUDGEMENT === #

    def _hear(self, job: Job) -> None:
        """Keep what the callers were told."""
        booked = [memory["booked"] for memory in job.memory.values() if "booked" in memory]
        self.answered = sorted({*self.answered, *booked})

    def at_rest(self, job: Job, day) -> list[str]:
        """The violations when the work of the day is done."""
        self._hear(job)
        return self._an_hour_later(day)

    def check(self, moment: str) -> list[str]:
        """The violations of the invariants that must hold now."""
        with self.stage.connect(self.odoo.database) as connection, connection.cursor() as cursor:
            if not self._applicable:
                self._applicable = applicable(self.invariants, known(cursor))
            wanted = [
                each for each in self._applicable if moment == "rest" or each.moment == "always"
            ]
            self.prepare(cursor)
            notes = broken(cursor, wanted, self.parameters())
            return notes + self.outside(cursor)

    def parameters(self) -> dict:
        """What the invariants are told."""
        return {"answered": self.answered}

    def prepare(self, cursor: Cursor) -> None:
        """Bring what the invariants read beside the database's own tables."""

    def _judge(self, job: Job, outcome: Outcome, conflicts: bool = False) -> list[str]:
        """What a worker's end and its log say, less what its killing explains."""
        notes = []
        self.refused.update(event["refused"] for event in outcome.events if "refused" in event)
        for event in outcome.events:
            text = event.get("failed") or f"{event.get('text', '')} {event.get('error', '')}"
            if "log" in event and event["log"] == "RETRY":
                self.conflicts["retried"] += 1
            elif "log" in event and conflicts and (why := refusal(event, text)):
                self.conflicts[f"refused {why}"] += 1
            elif ("log" in event or "failed" in event) and not (
                outcome.fired and DYING.search(text)
            ):
                notes.append(f"{event.get('log', 'failed')} in {outcome.doing}: {text[:600]}")
        if outcome.code and not outcome.fired and not notes:
            notes.append(f"a worker ended with {outcome.code} in {outcome.doing}")
        return notes


def refusal(event: dict, text: str) -> str:
    """Why PostgreSQL refused one of two that did the same, empty for everything else.

    What became of it is judged by the invariants, and by the worker's own end.
    """
    if event["pgcode"] in CONFLICTS:
        return event["pgcode"]
    found = REFUSED.search(text) if "bad query" in text else None
    return found.group() if found else ""


def announce(title: str, number: int, rounds: int, notes: list[str]) -> None:
    """A line for every tenth round, and for every bad one."""
    if notes or number % 10 == 9 or number + 1 == rounds:
        verdict = f"BROKEN: {notes[0][:300]}" if notes else "holds"
        say(f"{title}: round {number + 1} of {rounds}: {verdict}")
