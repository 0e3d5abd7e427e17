"""Where a suite plays: its cluster, a template with the addons installed, copies with a clock."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2

from scripts.console import step
from scripts.database import Databases
from scripts.paths import ADDONS, CACHE, digest, only_one

from . import clock
from .server import FaultCluster
from .worker import Odoo

#: what an installed database depends on; translations, pictures and tests change nothing
SOURCES = (".py", ".xml", ".csv")
#: of Odoo's own jobs only the mail queue belongs to the suites: a day is the same every time
QUIET = """
UPDATE ir_cron SET active = false WHERE id NOT IN (
    SELECT res_id FROM ir_model_data
     WHERE model = 'ir.cron'
       AND (module LIKE 'isp\\_%' OR name = 'ir_cron_mail_scheduler_action'));
UPDATE ir_cron SET active = true WHERE id IN (
    SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_mail_scheduler_action');
"""


def fingerprint(addons: tuple[str, ...]) -> str:
    """Short name of what the addons install."""
    paths = sorted(
        path
        for addon in addons
        for path in (ADDONS / addon).rglob("*")
        if path.suffix in SOURCES and "tests" not in path.parts
    )
    names = "\n".join(str(path.relative_to(ADDONS)) for path in paths)
    return digest(names, clock.INSTALL, QUIET, *paths)


class Stage:
    """The place of one suite. Its databases are named ``<suite>_<play>``."""

    def __init__(self, suite: str, addons: tuple[str, ...], steps: str) -> None:
        self.suite, self.addons, self.steps = suite, addons, steps
        self.folder = CACHE / "faults" / suite
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cluster = FaultCluster()
        self.databases: Databases | None = None

    @contextlib.contextmanager
    def open(self) -> Iterator[Stage]:
        """Have the cluster to oneself: whoever kills it must not meet others."""
        with only_one(CACHE / "faults" / "suite.lock"):
            self.cluster.home.mkdir(parents=True, exist_ok=True)
            self.cluster.revive()
            self.databases = Databases(self.cluster.environment(), self.folder)
            try:
                yield self
            finally:
                self.cluster.stop()

    def template(self) -> str:
        """A database with the addons installed, made once per state of their sources."""
        name = f"{self.suite}_template_{fingerprint(self.addons)}"
        if not self.databases.exists(name):
            part = f"{self.suite}_part"
            self._copy(self.databases.template(), part)
            with step(f"Odoo: installing {', '.join(self.addons)}"):
                self.databases.install(part, self.addons, self.folder / "install.log")
            with self.connect(part) as connection, connection.cursor() as cursor:
                cursor.execute(clock.INSTALL + QUIET)
                connection.commit()
            self._forget_templates()
            self.databases.rename(part, name)
        return name

    def _forget_templates(self) -> None:
        with self.connect("postgres") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            found = [name for (name,) in cursor.fetchall()]
        for name in found:
            if name.startswith(f"{self.suite}_template_"):
                self.databases.drop(name)

    def copy(self, source: str, play: str) -> str:
        """A fresh database for a play."""
        name = f"{self.suite}_{play}"
        self._copy(source, name)
        with self.connect("postgres") as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(clock.prefer(name))
        return name

    def _copy(self, source: str, name: str) -> None:
        """Copy a database so that a crash soon afterwards costs nothing.

        PostgreSQL writes 32 numbers of a sequence ahead to its log. A copied sequence believes
        that this is done, but the log has only the copy: a crash would bring numbers back that
        were given out. After a checkpoint the next number is written to the log again.
        """
        self.databases.copy(source, name)
        with self.connect("postgres") as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute("CHECKPOINT")

    @contextlib.contextmanager
    def connect(self, database: str) -> Iterator[psycopg2.extensions.connection]:
        """A connection for looking, and for planting what is rolled back."""
        environment = self.cluster.environment()
        connection = psycopg2.connect(
            dbname=database,
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
        )
        try:
            yield connection
        finally:
            connection.close()

    def move_clock(self, database: str, moment: datetime) -> float:
        """Set the day of a database (UTC); returns the seconds that Odoo's clock is moved by.

        A round that begins before the hour after the last one is over sets the clock back: the jobs
        of then would sleep until that hour comes again, so they are set back, too.
        """
        shift = moment.replace(tzinfo=UTC).timestamp() - time.time()
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(clock.SET_BACK, {"moment": moment})
            cursor.execute(clock.MOVE, (shift,))
            connection.commit()
        return shift

    def set_jobs(self, database: str, moment: datetime) -> None:
        """Make every job due at ``moment``: from today, the many turns until then take minutes."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE ir_cron SET nextcall = %s", (moment,))
            connection.commit()

    def odoo(self, database: str, warm: bool = True) -> Odoo:
        """An Odoo process on a database, to be entered.

        :param warm: whether the suite's ``warm`` can run: the database has its world.
        """
        return Odoo(self.databases, self.cluster, database, self.steps, self.folder, warm)
