"""Kills while fiscal documents are stamped and cancelled at two PACs.

Customers pay, clerks cancel with and without a substitute, the company changes its PAC, and the
PACs lose answers, answer late, with HTML or with another document. In every round a worker of Odoo
or PostgreSQL is killed. After each crash, and after each round when everything is at rest, the
stamps that both PACs hold are compared with the documents: one stamp per document, of the very
bytes that were stored, whatever happened.

Some rounds before are played by two workers at once, who stamp and cancel past the jobs' locks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing

from psycopg2.extensions import cursor as Cursor

from scripts.console import say, step
from scripts.faults import Options
from scripts.stages import Tally
from tests.faults.kit.checks import applicable, known, unproven
from tests.faults.kit.dice import Dice, Effort
from tests.faults.kit.play import LATER, Play, announce
from tests.faults.kit.stage import Stage
from tests.faults.kit.worker import Job, Odoo
from tests.faults.money.scenario import START, Day
from tests.faults.pac.invariants import INVARIANTS
from tests.faults.pac.outside import Outside
from tests.faults.pac.scenario import rounds

ADDONS = ("isp_cfdi",)
#: rounds that nobody disturbs, which tell the dice what the steps cost
CALM = 8
TOGETHER = ("stamp", "present", "look")


class CfdiPlay(Play):
    """Rounds on one database, with PACs of its own."""

    cold = 0.02

    def __init__(self, stage: Stage, odoo: Odoo, dice: Dice, outside: Outside) -> None:
        super().__init__(stage, odoo, INVARIANTS, dice, lambda _cursor: [])
        self.world = outside
        self.costs: dict[str, list[tuple[int, int, float]]] = defaultdict(list)

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

    # === THE THREE WAYS TO PLAY A ROUND === #

    def calm(self, day: Day) -> list[str]:
        """One worker plays it; what each kind of step costs is kept for the dice."""
        job = self.job(day)
        notes = self._judge(job, self.odoo.run(job))
        before = (0, 0, 0.0)
        for event in job.events:
            if event.get("done"):
                now = (event["statements"], event["commits"], before[2] + event["seconds"])
                cost = tuple(new - old for new, old in zip(now, before, strict=True))
                self.costs[job.steps[event["step"]]["do"]].append(cost)
                before = now
        return notes + self.at_rest(job, day)

    def both(self, day: Day) -> list[str]:
        """What the round orders is stamped and cancelled by two workers at the same moment."""
        first = [each for each in day.steps if each["do"] != "scheduler"]
        notes = self._alone(day, first)
        jobs = [self.job(day, [{"do": name} for name in TOGETHER]) for _worker in range(2)]
        for job, outcome in zip(jobs, self.odoo.run_together(jobs), strict=True):
            notes += self._judge(job, outcome, conflicts=True)
        return notes + self.at_rest(jobs[-1], day)

    def killed(self, day: Day) -> list[str]:
        """Workers play it one after the other: they, or PostgreSQL, are killed."""
        return self.disturbed(day, self._effort(day))

    def _effort(self, day: Day) -> Effort:
        """What the round costs when nobody disturbs it, by the averages of its steps."""
        total = [0.0, 0.0, 0.0]
        for each in day.steps:
            costs = self.costs.get(each["do"]) or [(0, 0, 0.0)]
            for place, values in enumerate(zip(*costs, strict=True)):
                total[place] += sum(values) / len(values)
        return Effort(round(total[0]), round(total[1]), total[2])


class Suite:
    """One run of the suite."""

    def __init__(self, stage: Stage, options: Options) -> None:
        self.stage, self.options = stage, options
        self.dice = Dice(options.seed)
        self.tally = Tally("cfdi")
        self.services = 0

    def world(self, template: str) -> str:
        """The database that all plays start from."""
        database = self.stage.copy(template, "world")
        order = {"do": "world", "seed": self.options.seed, "today": START.date().isoformat()}
        with step("inventing customers"), self.stage.odoo(database, warm=False) as odoo:
            job = Job(database, [order], self.stage.move_clock(database, START))
            self._must(odoo.run(job), "world")
        self.services = job.memory["0"]["services"]
        return database

    @staticmethod
    def _must(outcome, what: str) -> None:
        if outcome.code:
            raise SystemExit(f"the {what} could not be made: {outcome.events[-1:]}")

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
                    self.prove(play)
                self.tell(play, title)

    def count(self, title: str, notes: list[str]) -> None:
        """One test more."""
        if notes:
            self.tally.fail(f"{title}: {notes[0]}")
            self.tally.notes += [f"    {note}" for note in notes[1:6]]
        else:
            self.tally.passed += 1

    def prove(self, play: CfdiPlay) -> None:
        """Every invariant sees the violations that are planted for it."""
        with self.stage.connect(play.odoo.database) as connection:
            with connection.cursor() as cursor:
                wanted = applicable(INVARIANTS, known(cursor))
            connection.rollback()
            for each in wanted:
                notes = unproven(connection, [each], play.parameters(), play.prepare)
                self.count("an invariant that must see its violation", notes)
        say(f"{len(wanted)} of {len(INVARIANTS)} invariants apply and were broken on purpose")

    def tell(self, play: CfdiPlay, title: str) -> None:
        """What came of the rounds, for people."""
        stamps = Counter(f"{row[0]} {row[4]}" for row in play.world.stamps())
        costs = {
            kind: f"{sum(cost[2] for cost in found) / len(found):.2f} s"
            for kind, found in play.costs.items()
        }
        say(f"{title}: steps cost on average {costs}")
        say(f"{title}: stamps at the PACs: {dict(stamps)}; refused: {dict(play.refused)}")
        say(f"{title}: {play.figures}; conflicts: {dict(play.conflicts) or 'none'}")


def run(options: Options) -> Tally:
    """Run the suite."""
    with Stage("cfdi", ADDONS, "tests.faults.pac.steps").open() as stage:
        suite = Suite(stage, options)
        world = suite.world(stage.template())
        suite.play(world, "together", ["both"] * max(3, options.rounds // 10), prove=False)
        ways = ["calm"] * CALM + ["killed"] * options.rounds
        suite.play(world, "killed", ways, prove=True)
        return suite.tally
