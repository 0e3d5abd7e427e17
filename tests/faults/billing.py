"""Kills during billing runs, payments and cuts; and two processes that do everything at once.

The same days are played three times on copies of one invented world: undisturbed (the reference),
with kills, and with two processes that run every job at once. After every crash and every round
the invariants must hold; at the end ledger, services, suspensions, invoices, payments and balances
must be those of the reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from scripts.console import say, step
from scripts.faults import Options
from scripts.stages import Tally
from tests.faults.kit.clock import START
from tests.faults.kit.play import Play, announce
from tests.faults.kit.stage import Stage
from tests.faults.kit.suite import Suite
from tests.faults.money import bookkeeping, invariants, likeness, service
from tests.faults.money.mailbox import Mailbox
from tests.faults.money.scenario import Day, days

ADDONS = ("isp_subscription",)
INVARIANTS = (
    *invariants.LEDGER,
    *bookkeeping.PAYMENTS,
    *bookkeeping.BOOKS,
    *service.SERVICES,
)
#: how two processes meet: as the scheduler lets them, and without its locks
MEETINGS = ("jobs_by_hand", "scheduler", "jobs_by_hand")
REFERENCE = "reference"
Act = Callable[[Play, Day], list[str]]


class BillingSuite(Suite):
    """One run of the suite."""

    def __init__(self, stage: Stage, options: Options) -> None:
        super().__init__(stage, options)
        self.days: list[Day] = []
        #: the state of the reference after so many days
        self.reference: dict[int, dict[str, Counter]] = {}

    def world(self, template: str) -> str:
        """The database that all plays start from, and the days that they play."""
        database = super().world(template)
        self.stage.set_jobs(database, START)
        self.days = days(self.dice, self.options.rounds, self.services)
        first = self.days[0].moment
        say(f"{self.services} services, {len(self.days)} days from {first:%Y-%m-%d}")
        return database

    @property
    def half(self) -> int:
        """How many days two processes play together: the half of them."""
        return max(1, len(self.days) // 2)

    def play(self, database: str, title: str, many: int, act: Act) -> Play:
        """Play the first days on a copy of the world: each is a test."""
        mailbox = Mailbox()
        with self.stage.connect(database) as connection, connection.cursor() as cursor:
            mailbox.connect(cursor)
            connection.commit()
        with step(title), closing(mailbox), self.stage.odoo(database) as odoo:
            play = Play(self.stage, odoo, INVARIANTS, self.dice, mailbox.violations)
            for day in self.days[:many]:
                notes = act(play, day)
                if day.number + 1 in (self.half, len(self.days)):
                    notes += play.settle(day)
                    if title == REFERENCE:
                        self.reference[day.number + 1] = self.read(play)
                announce(title, day.number, many, notes)
                self.count(f"{title}, round {day.number + 1}", notes)
            say(f"{title}: {len(mailbox.office.messages)} mails arrived")
        return play

    def read(self, play: Play) -> dict[str, Counter]:
        """What a play has come to."""
        with self.stage.connect(play.odoo.database) as connection, connection.cursor() as cursor:
            return likeness.read(cursor)

    def compare(self, play: Play, title: str, many: int) -> None:
        """What a play came to beside the reference: a test per table."""
        for name, rows in self.read(play).items():
            notes = likeness.differences(rows, self.reference[many][name])
            self.count(f"{title}: {name} as in the reference", notes)


def undisturbed(play: Play, day: Day) -> list[str]:
    """A day of the reference."""
    return play.undisturbed(day)


def together(play: Play, day: Day) -> list[str]:
    """A day of two processes."""
    return play.together(day, MEETINGS[day.number % len(MEETINGS)])


def run(options: Options) -> Tally:
    """Run the suite: what kills nobody is played side by side."""
    with Stage("billing", ADDONS, "tests.faults.money.steps").open() as stage:
        suite = BillingSuite(stage, options)
        world = suite.world(stage.template())
        whole, half = len(suite.days), suite.half
        names = (REFERENCE, "together", "killed")
        first, second, third = (stage.copy(world, name) for name in names)
        with ThreadPoolExecutor(1) as pool:
            meeting = pool.submit(suite.play, second, "together", half, together)
            reference = suite.play(first, REFERENCE, whole, undisturbed)
            meet = meeting.result()
        kept = suite.reference[whole].items()
        say("reference: " + ", ".join(f"{rows.total()} {name}" for name, rows in kept))
        say(f"wishes that were refused: {dict(reference.refused) or 'none'}")
        suite.prove_play(reference)
        say(f"two processes: {dict(meet.conflicts) or 'no conflict'}")
        suite.compare(meet, "together", half)

        def disturbed(play: Play, day: Day) -> list[str]:
            return play.disturbed(day, reference.efforts[day.number])

        killed = suite.play(third, "killed", whole, disturbed)
        say(str(killed.figures))
        suite.compare(killed, "killed", whole)
        return suite.tally
