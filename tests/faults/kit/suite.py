"""A suite: its dice, the world that its plays start from, and what it counts as a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from scripts.console import say, step
from scripts.faults import Options
from scripts.stages import Tally

from .checks import Invariant, applicable, known, unproven
from .clock import START
from .dice import Dice
from .play import Play
from .stage import Stage
from .worker import Job, Outcome


class Suite:
    """One run of a suite."""

    def __init__(self, stage: Stage, options: Options) -> None:
        self.stage, self.options = stage, options
        self.dice = Dice(options.seed)
        self.tally = Tally(stage.suite)
        #: how many services the customers of the world have
        self.services = 0

    def world(self, template: str) -> str:
        """The database that all plays start from: its customers are invented at ``START``."""
        database = self.stage.copy(template, "world")
        order = {"do": "world", "seed": self.options.seed, "today": START.date().isoformat()}
        with step("inventing customers"), self.stage.odoo(database, warm=False) as odoo:
            job = Job(database, [order], self.stage.move_clock(database, START))
            self._must(odoo.run(job), "world")
        self.services = job.memory["0"]["services"]
        return database

    @staticmethod
    def _must(outcome: Outcome, what: str) -> None:
        """End the suite when a worker did not make what everything else needs."""
        if outcome.code:
            raise SystemExit(f"the {what} could not be made: {outcome.events[-1:]}")

    def count(self, title: str, notes: list[str]) -> None:
        """One test more."""
        if notes:
            self.tally.fail(f"{title}: {notes[0]}")
            self.tally.notes += [f"    {note}" for note in notes[1:6]]
        else:
            self.tally.passed += 1

    def prove(
        self,
        connection: Connection,
        invariants: Iterable[Invariant],
        parameters: Mapping,
        prepare: Callable[[Cursor], None] = lambda _cursor: None,
    ) -> None:
        """Every invariant sees the violations that are planted for it: each is a test.

        :param prepare: brings what the invariants read beside the database's own tables
        """
        for each in invariants:
            notes = unproven(connection, [each], parameters, prepare)
            self.count("an invariant that must see its violation", notes)

    def prove_play(self, play: Play) -> None:
        """The same for the invariants of a play that apply to its database."""
        with self.stage.connect(play.odoo.database) as connection:
            with connection.cursor() as cursor:
                wanted = applicable(play.invariants, known(cursor))
            connection.rollback()
            self.prove(connection, wanted, play.parameters(), play.prepare)
        say(f"{len(wanted)} of {len(play.invariants)} invariants apply and were broken on purpose")
