"""Kills of collector and PostgreSQL, devices that lie, noise: no crash, and no wrong sample.

Every counter of the devices follows their clock, so each stored state and sample proves itself, and
the samples of a line must add up to what passed between its first and its last reading, whatever
died in between. Each round some devices lie (`network/agent.py`), a collector is started, killed
with SIGKILL at a statement, a commit or a moment, or PostgreSQL is; then another one goes on. Every
tenth round two collectors work at once. At the end 10,000 spoiled replies are read one by one.
"""

from __future__ import annotations

import random
import secrets

from scripts.console import say, step
from scripts.faults import Options
from scripts.stages import Tally
from tests.faults.kit.checks import applicable, broken, known
from tests.faults.kit.dice import Effort
from tests.faults.kit.play import CONFLICTS, DYING, Figures
from tests.faults.kit.stage import Stage
from tests.faults.kit.suite import Suite
from tests.faults.kit.worker import Job, Odoo, Outcome
from tests.faults.network.agent import FIRST, LIES, Network
from tests.faults.network.fuzz import fuzz
from tests.faults.network.invariants import TRUTH

DEVICES, LINES, CYCLES = 8, 20, 3
FUZZED = 10_000
TRIES = 4
FIRST_READING = "CREATE TABLE faults_first AS SELECT line_id, uptime FROM isp_traffic_state"


class TrafficSuite(Suite):
    """One run of the suite."""

    def __init__(self, stage: Stage, options: Options, network: Network) -> None:
        super().__init__(stage, options)
        self.network, self.figures = network, Figures()
        self.database = ""
        self.effort = Effort(1, 1, 1.0)

    def job(self, *steps: dict) -> Job:
        """Work for a worker, by the clock of the machine."""
        return Job(self.database, list(steps), 0.0)

    def prepare(self) -> None:
        """Make the devices and read every line once."""
        self.database = self.stage.copy(self.stage.template(), "world")
        addresses = [f"{FIRST}{number + 1}" for number in range(DEVICES)]
        order = {"do": "world", "addresses": addresses, "port": self.network.port, "lines": LINES}
        with step("a network"), self.stage.odoo(self.database, warm=False) as odoo:
            outcomes = [odoo.run(self.job(order)), odoo.run(self.collector(1))]
            for outcome in outcomes:
                self._must(outcome, "world")
            with self.stage.connect(self.database) as connection, connection.cursor() as cursor:
                cursor.execute(FIRST_READING)
                cursor.execute("SELECT count(*) FROM faults_first")
                (count,) = cursor.fetchone()
                connection.commit()
            if count != DEVICES * LINES:
                raise SystemExit(f"only {count} lines were read")
            self.effort = odoo.run(self.collector(CYCLES)).effort

    def collector(self, count: int, holder: str = "one") -> Job:
        """The work of a collector that starts."""
        return self.job({"do": "cycles", "count": count, "holder": holder})

    def play(self, odoo: Odoo, number: int) -> list[str]:
        """One round; the violations."""
        chance = self.dice.stream("lies", number)
        self.network.dice = self.dice.stream("spoil", number)
        self.network.lies = {device: chance.choice(LIES) for device in range(DEVICES)}
        if number % 10 == 9:
            return self.together(odoo)
        notes, job = [], self.collector(CYCLES)
        kill = self.dice.kill(self.effort, number)
        outcome = odoo.run(job, kill)
        self.figures.count(kill, outcome)
        notes += [f"{text} [{kill}]" for text in judge(outcome)]
        if outcome.fired:
            self.stage.cluster.revive()
            notes += self.check()
        if chance.random() < 0.5:
            self.network.lies = {}
        for _attempt in range(TRIES):
            again = (
                self.collector(2)
                if chance.random() < 0.8
                else self.job({"do": "plain", "holder": "one"})
            )
            outcome = odoo.run(again)
            notes += judge(outcome)
            if not outcome.code:
                break
        return notes + self.check()

    def together(self, odoo: Odoo) -> list[str]:
        """Two collectors that know nothing of each other."""
        jobs = [self.collector(CYCLES, holder) for holder in ("one", "two")]
        notes = []
        for outcome in odoo.run_together(jobs):
            notes += judge(outcome, conflicts=True)
        return notes + self.check()

    def check(self) -> list[str]:
        """What of the truth does not hold."""
        with self.stage.connect(self.database) as connection, connection.cursor() as cursor:
            return broken(cursor, applicable(TRUTH, known(cursor)), {})

    def last(self, odoo: Odoo) -> list[str]:
        """Nobody lies any more: every line is measured again."""
        self.network.lies = {}
        notes = judge(odoo.run(self.collector(3)))
        with self.stage.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT status, count(*) FROM isp_interface GROUP BY 1")
            found = dict(cursor.fetchall())
            cursor.execute("SELECT count(*), max(flags) FROM isp_traffic_sample")
            say(f"lines {found}; samples and flags {cursor.fetchone()}")
        if found != {"ok": DEVICES * LINES}:
            notes.append(f"lines are not measured at the end: {found}")
        return notes + self.check()


def judge(outcome: Outcome, conflicts: bool = False) -> list[str]:
    """What a worker's end and its log say, less what its killing explains."""
    notes = []
    for event in outcome.events:
        text = event.get("failed") or f"{event.get('text', '')} {event.get('error', '')}"
        refused = conflicts and ("serialize" in text or event.get("pgcode") in CONFLICTS)
        explained = refused or (outcome.fired and DYING.search(text))
        if event.get("log") != "RETRY" and ("log" in event or "failed" in event) and not explained:
            notes.append(f"{event.get('log', 'failed')}: {text[:600]}")
    if outcome.code and not outcome.fired and not conflicts and not notes:
        notes.append(f"a worker ended with {outcome.code}")
    return notes


def rounds(suite: TrafficSuite) -> None:
    """Play every round, then the end."""
    with suite.stage.odoo(suite.database) as odoo, step("rounds"):
        for number in range(suite.options.rounds):
            notes = suite.play(odoo, number)
            suite.count(f"round {number + 1}", notes)
            if notes or number % 10 == 9:
                verdict = f"BROKEN: {notes[0][:300]}" if notes else "holds"
                say(f"round {number + 1} of {suite.options.rounds}: {verdict}")
        suite.count("the end", suite.last(odoo))


def run(options: Options) -> Tally:
    """Run the suite."""
    network = Network(DEVICES, LINES)
    network.start()
    try:
        with Stage("traffic", ("isp_traffic",), "tests.faults.network.steps").open() as stage:
            suite = TrafficSuite(stage, options, network)
            suite.prepare()
            rounds(suite)
            with stage.connect(suite.database) as connection:
                suite.prove(connection, TRUTH, {})
            say(str(suite.figures))
            say(f"requests by lie: {dict(network.told)}")
        with step(f"{FUZZED} spoiled replies"):
            dice = random.Random(options.seed or secrets.randbits(30))
            for title, notes in fuzz(network, dice, FUZZED).items():
                suite.count(title, notes)
        return suite.tally
    finally:
        network.stop()
