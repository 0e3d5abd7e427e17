"""Kills while fiscal documents are stamped and cancelled at two PACs.

Customers pay, clerks cancel with and without a substitute, the company changes its PAC, and the
PACs lose answers, answer late, with HTML or with another document. In every round a worker of Odoo
or PostgreSQL is killed. After each crash, and after each round when everything is at rest, the
stamps that both PACs hold are compared with the documents: one stamp per document, of the very
bytes that were stored, whatever happened.

Some rounds before are played by two workers at once, who stamp and cancel past the jobs' locks.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing

from psycopg2.extensions import cursor as Cursor

from scripts.console import say, step
from scripts.faults import Options
from scripts.stages import Tally
from tests.faults.kit.clock import START
from tests.faults.kit.dice import Dice
from tests.faults.kit.play import LATER, announce
from tests.faults.kit.rounds import RoundPlay
from tests.faults.kit.stage import Stage
from tests.faults.kit.suite import Suite
from tests.faults.kit.worker import Job, Odoo
from tests.faults.money.scenario import Day
from tests.faults.pac.invariants import INVARIANTS
from tests.faults.pac.outside import Outside
from tests.faults.pac.scenario import rounds

ADDONS = ("isp_cfdi",)
#: rounds that nobody disturbs, which tell the dice what the steps cost
CALM = 8
TOGETHER = ("stamp", "present", "look")


class CfdiPlay(RoundPlay):
    """Rounds on one database, with PACs of its own."""

    def __init__(self, stage: Stage, odoo: Odoo, dice: Dice, outside: Outside) -> None:
        super().__init__(stage, odoo, INVARIANTS, dice)
        self.world = outside

    def job(self, day: Day, steps: list[dict] | None = None, minutes: int = 0) -> Job:
        """The work of a round; the clocks of the PACs are moved too."""
        job = super().job(day, steps, minutes)
        job.steps = [{**each, **self.world.addresses()} for each in job.steps]
        self.world.move_to(job.shift)
        return job

    def prepare(self, cursor: Cursor) -> None:
        """Let the invariants read what the PACs hold."""
        self.world.show(cursor)

    def at_rest(self, job: Job, day: Day) -> list[str]:
        """Nothing goes wrong any more, and the jobs have their time."""
        self._hear(job)
        self.world.calm()
        steps = [{"do": "repair"}, {"do": "scheduler"}]
        return self._alone(day, steps, minutes=LATER) + self.check("rest")

    def both(self, day: Day) -> list[str]:
        """What the round orders is stamped and cancelled by two workers at the same moment."""
        first = [each for each in day.steps if each["do"] != "scheduler"]
        notes = self._alone(day, first)
        jobs = [self.job(day, [{"do": name} for name in TOGETHER]) for _worker in range(2)]
        for job, outcome in zip(jobs, self.odoo.run_together(jobs), strict=True):
            notes += self._judge(job, outcome, conflicts=True)
        return notes + self.at_rest(jobs[-1], day)


class CfdiSuite(Suite):
    """One run of the suite."""

    def play(self, world: str, title: str, ways: list[str], prove: bool) -> None:
        """Play rounds on a copy of the world: each is a test.

        :param ways: how to play each of them: names of methods of the play
        """
        database = self.stage.copy(world, title)
        with step(title), closing(Outside()) as outside:
            with self.stage.odoo(database, warm=False) as odoo:
                play = CfdiPlay(self.stage, odoo, self.dice, outside)
                self._must(odoo.run(play.job(Day(-1, START, [{"do": "begin"}]))), "accounts")
            with self.stage.odoo(database) as odoo:
                play = CfdiPlay(self.stage, odoo, self.dice, outside)
                days = rounds(self.dice, len(ways), self.services)
                for day, way in zip(days, ways, strict=True):
                    notes = getattr(play, way)(day)
                    announce(f"{title}, {way}", day.number, len(days), notes)
                    self.count(f"{title}, round {day.number + 1} ({way})", notes)
                if prove:
                    self.prove_play(play)
                self.tell(play, title)

    def tell(self, play: CfdiPlay, title: str) -> None:
        """What came of the rounds, for people."""
        stamps = Counter(f"{row[0]} {row[4]}" for row in play.world.stamps())
        say(f"{title}: steps cost on average {play.averages()}")
        say(f"{title}: stamps at the PACs: {dict(stamps)}; refused: {dict(play.refused)}")
        say(f"{title}: {play.figures}; conflicts: {dict(play.conflicts) or 'none'}")


def run(options: Options) -> Tally:
    """Run the suite."""
    with Stage("cfdi", ADDONS, "tests.faults.pac.steps").open() as stage:
        suite = CfdiSuite(stage, options)
        world = suite.world(stage.template())
        suite.play(world, "together", ["both"] * max(3, options.rounds // 10), prove=False)
        ways = ["calm"] * CALM + ["killed"] * options.rounds
        suite.play(world, "killed", ways, prove=True)
        return suite.tally
