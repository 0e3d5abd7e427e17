"""Kills while money comes in by Openpay: presses, messages, questions and booking.

Customers press buttons, banks and stores pay references, direct debits are announced and charged,
Openpay charges cards, loses answers, answers late and sends its messages twice, in any order or
never. In every round a worker of Odoo or PostgreSQL
is killed. After each crash, and after each round when everything is at rest, the charges that the
simulated Openpay has are compared with the attempts, the transactions and the books.

Some rounds before are played by two workers at once, who press the same buttons and deliver the
same messages.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

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
from tests.faults.money import bookkeeping
from tests.faults.money.scenario import Day
from tests.faults.openpay import debit_invariants, invariants, scenario
from tests.faults.openpay.outside import Outside

ADDONS = ("isp_payments_mx",)
#: of the books: posted with its entry, never more than its amount, what is open, numbers
INVARIANTS = (
    *invariants.INVARIANTS,
    *debit_invariants.INVARIANTS,
    *bookkeeping.PAYMENTS[2:],
    *bookkeeping.BOOKS[:2],
)
#: rounds that nobody disturbs, which tell the dice what the steps cost
CALM = 12


class PaymentPlay(RoundPlay):
    """Rounds on one database, with an Openpay of its own."""

    def __init__(
        self, stage: Stage, odoo: Odoo, dice: Dice, outside: Outside, invariants: tuple
    ) -> None:
        super().__init__(stage, odoo, invariants, dice)
        self.openpay = outside
        self.lost: dict[str, datetime] = {}

    def job(self, day: Day, steps: list[dict] | None = None, minutes: int = 0) -> Job:
        """The work of a round; Openpay's clock is moved too, and the steps know where it is."""
        job = super().job(day, steps, minutes)
        job.steps = [{**step, **self.openpay.addresses()} for step in job.steps]
        self.openpay.move_to(day.moment + timedelta(minutes=minutes), job.shift)
        return job

    def prepare(self, cursor: Cursor) -> None:
        """Let the invariants read what Openpay has."""
        self.openpay.show(cursor, self.lost)

    def _hear(self, job: Job) -> None:
        super()._hear(job)
        for event in job.events:
            if "lost" in event:
                self.lost[event["lost"]] = self.openpay.now

    def at_rest(self, job: Job, day: Day) -> list[str]:
        """The violations when everything that a round began has come to its end."""
        self._hear(job)
        return self.settle(day)

    def settle(self, day: Day) -> list[str]:
        """Nothing goes wrong any more, every message comes, and the jobs have their time."""
        self.openpay.calm()
        steps = [{"do": "messages", "seed": 0, "copies": 1, "lost": 0.0}, {"do": "scheduler"}]
        notes = self._alone(day, steps, minutes=LATER)
        return notes + self.check("rest")

    def debits(self) -> dict[str, int]:
        """How many direct debits ended how."""
        with self.stage.connect(self.odoo.database) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT state, count(*) FROM isp_card_debit GROUP BY state")
            return dict(cursor.fetchall())

    def both(self, day: Day) -> list[str]:
        """Two workers play it at the same moment: two tabs, each message twice at once."""
        jobs = [self.job(day) for _worker in range(2)]
        notes = []
        for job, outcome in zip(jobs, self.odoo.run_together(jobs), strict=True):
            notes += self._judge(job, outcome, conflicts=True)
            self._hear(job)
        return notes + self.settle(day)


class PaymentSuite(Suite):
    """One run of the suite.

    ``scenario`` draws the rounds, ``invariants`` judge them.
    """

    scenario = scenario
    invariants = INVARIANTS

    def world(self, template: str) -> str:
        """The database that all plays start from, its jobs due at once."""
        database = super().world(template)
        self.stage.set_jobs(database, START)
        return database

    def play(self, world: str, title: str, ways: list[str], prove: bool) -> None:
        """Play rounds on a copy of the world: each is a test.

        :param ways: how to play each of them: names of methods of the play
        """
        database = self.stage.copy(world, title)
        outside = Outside()
        with step(title), closing(outside):
            with self.stage.odoo(database, warm=False) as odoo:
                self.begin(self._on(odoo, outside))
            self.rounds(database, title, ways, outside, prove)

    def rounds(
        self, database: str, title: str, ways: list[str], outside: Outside, prove: bool
    ) -> None:
        """Play on a database that is connected."""
        days = self.scenario.rounds(self.dice, len(ways), self.services)
        with self.stage.odoo(database) as odoo:
            play = self._on(odoo, outside)
            for day, way in zip(days, ways, strict=True):
                notes = getattr(play, way)(day)
                announce(f"{title}, {way}", day.number, len(days), notes)
                self.count(f"{title}, round {day.number + 1} ({way})", notes)
            if prove:
                self.prove_play(play)
            self.tell(play, title)

    def _on(self, odoo: Odoo, outside: Outside) -> PaymentPlay:
        return PaymentPlay(self.stage, odoo, self.dice, outside, self.invariants)

    def begin(self, play: PaymentPlay) -> None:
        """Connect the database with its Openpay."""
        job = play.job(Day(-1, START, [{"do": "begin"}]))
        self._must(play.odoo.run(job), "account")

    def tell(self, play: PaymentPlay, title: str) -> None:
        """What came of the rounds, for people."""
        say(f"{title}: steps cost on average {play.averages()}")
        charges = Counter(f"{row['method']} {row['status']}" for row in play.openpay.charges())
        say(f"{title}: charges at Openpay: {dict(charges)}; messages lost: {len(play.lost)}")
        say(f"{title}: direct debits: {play.debits()}")
        say(f"{title}: told as paid at once: {len(play.answered)}; refused: {dict(play.refused)}")
        say(f"{title}: {play.figures}; conflicts: {dict(play.conflicts) or 'none'}")


def run(options: Options) -> Tally:
    """Run the suite."""
    with Stage("payments", ADDONS, "tests.faults.openpay.steps").open() as stage:
        return play_all(PaymentSuite(stage, options))


def play_all(suite: PaymentSuite) -> Tally:
    """Play rounds of two workers, then undisturbed ones and kills."""
    world = suite.world(suite.stage.template())
    many = max(3, suite.options.rounds // 10)
    suite.play(world, "together", ["both"] * many, prove=False)
    ways = ["calm"] * CALM + ["killed"] * suite.options.rounds
    suite.play(world, "killed", ways, prove=True)
    return suite.tally
