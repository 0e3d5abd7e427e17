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

from collections import Counter, defaultdict
from contextlib import closing
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from scripts.console import say, step
from scripts.faults import Options
from scripts.stages import Tally
from tests.faults.kit.checks import applicable, known, unproven
from tests.faults.kit.dice import Dice, Effort
from tests.faults.kit.play import LATER, Play, announce
from tests.faults.kit.stage import Stage
from tests.faults.kit.worker import Job, Odoo
from tests.faults.money import bookkeeping
from tests.faults.money.scenario import START, Day
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


class PaymentPlay(Play):
    """Rounds on one database, with an Openpay of its own."""

    cold = 0.02

    def __init__(self, stage: Stage, odoo: Odoo, dice: Dice, outside: Outside) -> None:
        super().__init__(stage, odoo, INVARIANTS, dice, lambda _cursor: [])
        self.openpay = outside
        self.lost: dict[str, datetime] = {}
        self._costs: dict[str, list[tuple[int, int, float]]] = defaultdict(list)

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
        """Nothing yet: a round is at rest after `settle`."""
        self._hear(job)
        return []

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

    # === THE THREE WAYS TO PLAY A ROUND === #

    def calm(self, day: Day) -> list[str]:
        """One worker plays it; what each kind of step costs is kept for the dice."""
        job = self.job(day)
        notes = self._judge(job, self.odoo.run(job)) + self.at_rest(job, day)
        before = (0, 0, 0.0)
        for event in job.events:
            if event.get("done"):
                now = (event["statements"], event["commits"], before[2] + event["seconds"])
                kind = job.steps[event["step"]]["do"]
                cost = tuple(new - old for new, old in zip(now, before, strict=True))
                self._costs[kind].append(cost)
                before = now
        return notes + self.settle(day)

    def both(self, day: Day) -> list[str]:
        """Two workers play it at the same moment: two tabs, each message twice at once."""
        jobs = [self.job(day) for _worker in range(2)]
        notes = []
        for job, outcome in zip(jobs, self.odoo.run_together(jobs), strict=True):
            notes += self._judge(job, outcome, conflicts=True)
            notes += self.at_rest(job, day)
        return notes + self.settle(day)

    def killed(self, day: Day) -> list[str]:
        """Workers play it one after the other: they, or PostgreSQL, are killed."""
        return self.disturbed(day, self._effort(day)) + self.settle(day)

    def _effort(self, day: Day) -> Effort:
        """What the round costs when nobody disturbs it, by the averages of its steps."""
        total = [0.0, 0.0, 0.0]
        for each in day.steps:
            costs = self._costs.get(each["do"]) or [(0, 0, 0.0)]
            for place, values in enumerate(zip(*costs, strict=True)):
                total[place] += sum(values) / len(values)
        return Effort(round(total[0]), round(total[1]), total[2])


class Suite:
    """One run of the suite."""

    def __init__(self, stage: Stage, options: Options) -> None:
        self.stage, self.options = stage, options
        self.dice = Dice(options.seed)
        self.tally = Tally("payments")
        self.services = 0

    def world(self, template: str) -> str:
        """The database that all plays start from."""
        database = self.stage.copy(template, "world")
        order = {"do": "world", "seed": self.options.seed, "today": START.date().isoformat()}
        with step("inventing customers"), self.stage.odoo(database, warm=False) as odoo:
            job = Job(database, [order], self.stage.move_clock(database, START))
            outcome = odoo.run(job)
        if outcome.code:
            raise SystemExit(f"the world could not be made: {outcome.events[-1:]}")
        self.stage.set_jobs(database, START)
        self.services = job.memory["0"]["services"]
        return database

    def play(self, world: str, title: str, ways: list[str], prove: bool) -> None:
        """Play rounds on a copy of the world: each is a test.

        :param ways: how to play each of them: names of methods of the play
        """
        database = self.stage.copy(world, title)
        outside = Outside()
        with step(title), closing(outside):
            with self.stage.odoo(database, warm=False) as odoo:
                self.begin(PaymentPlay(self.stage, odoo, self.dice, outside))
            self.rounds(database, title, ways, outside, prove)

    def rounds(
        self, database: str, title: str, ways: list[str], outside: Outside, prove: bool
    ) -> None:
        """Play on a database that is connected."""
        days = scenario.rounds(self.dice, len(ways), self.services)
        with self.stage.odoo(database) as odoo:
            play = PaymentPlay(self.stage, odoo, self.dice, outside)
            for day, way in zip(days, ways, strict=True):
                notes = getattr(play, way)(day)
                announce(f"{title}, {way}", day.number, len(days), notes)
                self.count(f"{title}, round {day.number + 1} ({way})", notes)
            if prove:
                self.prove(play)
            self.tell(play, title)

    def begin(self, play: PaymentPlay) -> None:
        """Connect the database with its Openpay."""
        job = play.job(Day(-1, START, [{"do": "begin"}]))
        outcome = play.odoo.run(job)
        if outcome.code:
            raise SystemExit(f"the account could not be made: {outcome.events[-1:]}")

    def count(self, title: str, notes: list[str]) -> None:
        """One test more."""
        if notes:
            self.tally.fail(f"{title}: {notes[0]}")
            self.tally.notes += [f"    {note}" for note in notes[1:6]]
        else:
            self.tally.passed += 1

    def prove(self, play: PaymentPlay) -> None:
        """Every invariant sees the violations that are planted for it."""
        with self.stage.connect(play.odoo.database) as connection:
            with connection.cursor() as cursor:
                wanted = applicable(INVARIANTS, known(cursor))
            connection.rollback()
            for each in wanted:
                notes = unproven(connection, [each], play.parameters(), play.prepare)
                self.count("an invariant that must see its violation", notes)
        say(f"{len(wanted)} of {len(INVARIANTS)} invariants apply and were broken on purpose")

    def tell(self, play: PaymentPlay, title: str) -> None:
        """What came of the rounds, for people."""
        costs = {
            kind: f"{sum(cost[2] for cost in found) / len(found):.2f} s"
            for kind, found in play._costs.items()
        }
        say(f"{title}: steps cost on average {costs}")
        charges = Counter(f"{row['method']} {row['status']}" for row in play.openpay.charges())
        say(f"{title}: charges at Openpay: {dict(charges)}; messages lost: {len(play.lost)}")
        say(f"{title}: direct debits: {play.debits()}")
        say(f"{title}: told as paid at once: {len(play.answered)}; refused: {dict(play.refused)}")
        say(f"{title}: {play.figures}; conflicts: {dict(play.conflicts) or 'none'}")


def run(options: Options) -> Tally:
    """Run the suite."""
    with Stage("payments", ADDONS, "tests.faults.openpay.steps").open() as stage:
        suite = Suite(stage, options)
        world = suite.world(stage.template())
        many = max(3, options.rounds // 10)
        suite.play(world, "together", ["both"] * many, prove=False)
        ways = ["calm"] * CALM + ["killed"] * options.rounds
        suite.play(world, "killed", ways, prove=True)
        return suite.tally
