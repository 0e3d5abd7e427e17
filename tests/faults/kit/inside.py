"""An Odoo process that loads once and forks a worker per job, as Odoo's prefork server does.

Started as ``python -m tests.faults.kit.inside <suite module> <Odoo options>``. It reads one job
file per line from its standard input and answers ``forked <pid>``, later ``ended <pid> <code>``.
A worker opens its own connections; SIGKILL takes everything it had. Odoo's clock is moved to the
day of the job, PostgreSQL's by `tests.faults.kit.clock`, so that both agree.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import select
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg2
from freezegun import freeze_time

import odoo
from odoo import api, sql_db
from odoo.modules.registry import Registry
from odoo.service import model as rpc
from odoo.service import server
from odoo.tools import config
from odoo.tools.translate import code_translations

from .board import Board, Journal
from .trap import Trap

PATIENCE = 40.0
FORGIVEN = 3  # errors after the loss of the database that a caller answers by asking again
RETRIES = logging.getLogger("odoo.service.model")


def _seconds() -> float:
    """Seconds of the machine: the functions of `time` tell the moved clock here."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def _moved(shift: float) -> datetime:
    """The moment of the moved clock, as PostgreSQL has it (UTC)."""
    seconds = time.clock_gettime(time.CLOCK_REALTIME) + shift
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


class Caller:
    """Who asks for the steps: a clerk's browser or the scheduler, with the memory of its answers.

    ``memory`` is what earlier workers noted for this step before they died.
    """

    def __init__(self, database: str, journal: Journal, index: int, memory: dict) -> None:
        self.database = database
        self.index = index
        self.memory = memory
        self._journal = journal

    def remember(self, **facts) -> None:
        """Keep an answer of the server for the time after a crash."""
        self.memory.update(facts)
        self._journal.note(step=self.index, memory=facts)

    def note(self, **event) -> None:
        """Report something to the suite."""
        self._journal.note(step=self.index, **event)

    def registry(self) -> Registry:
        """The registry, with what other processes changed."""
        return Registry(self.database).check_signaling()

    def environment(self, cr, **context) -> api.Environment:
        """The superuser's environment."""
        return api.Environment(cr, api.SUPERUSER_ID, context)

    def call(self, function, login: str = "", **context):
        """Call ``function(env)`` as a request does: own transaction, repeated on conflicts.

        :param login: who asks; the superuser when empty.
        """
        with self.registry().cursor() as cr:
            env = self.environment(cr, **context)
            if login:
                env = env(user=env["res.users"].search([("login", "=", login)]))
            return rpc.retrying(partial(function, env), env)


def _ends(text: str) -> str:
    """A text with its middle left out: a refused statement is long, the reason stands behind it."""
    return text if len(text) < 500 else f"{text[:150]} … {text[-300:]}"


class _Witness(logging.Handler):
    """Sends warnings, errors and retries of Odoo's log to the journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.INFO)
        self.journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        retry = record.name == RETRIES.name and "try again" in str(record.msg)
        if record.levelno < logging.WARNING and not retry:
            return
        error = record.exc_info[1] if record.exc_info else None
        self.journal.note(
            log="RETRY" if retry else record.levelname,
            logger=record.name,
            text=_ends(record.getMessage()),
            error=_ends(f"{type(error).__name__}: {error}") if error else "",
            pgcode=getattr(error, "pgcode", None) or "",
        )


def _wait_for_database(database: str) -> None:
    until = _seconds() + PATIENCE
    while True:
        try:
            with sql_db.db_connect(database).cursor() as cr:
                cr.execute("SELECT 1")
            return
        except psycopg2.Error:
            if _seconds() > until:
                raise
            time.sleep(0.1)


def _do(suite, job: dict, board: Board, journal: Journal) -> None:
    """Do the steps of the job; after a loss of the database go on, if the job says so."""
    for index, step in enumerate(job["steps"]):
        if index in job["done"]:
            continue
        board["step"] = index
        memory = dict(job["memory"].get(str(index), {}))
        began = _seconds()
        for attempt in range(FORGIVEN + 1):
            try:
                suite.STEPS[step["do"]](Caller(job["database"], journal, index, memory), step)
                break
            except Exception:
                lost = board["fired"] and job["kill"].get("survives")
                if not lost or attempt == FORGIVEN:
                    raise
                _wait_for_database(job["database"])
        journal.note(
            step=index,
            done=True,
            seconds=round(_seconds() - began, 3),
            statements=board["statements"],
            commits=board["commits"],
        )


def _work(suite, job: dict, clock) -> int:
    """The life of a worker."""
    board, journal = Board(Path(job["board"])), Journal(Path(job["journal"]))
    logging.getLogger().addHandler(_Witness(journal))
    RETRIES.setLevel(logging.INFO)
    clock.move_to(_moved(job["shift"]))
    Trap(board, job["kill"], job["postmaster"]).install(sql_db.Cursor)
    while _seconds() < job["gate"]:
        time.sleep(0.001)
    try:
        _do(suite, job, board, journal)
    except BaseException as error:
        journal.note(failed=f"{type(error).__name__}: {error}"[:1000])
        logging.getLogger(__name__).info("Job failed", exc_info=True)
        return 3
    board["finished"] = 1
    return 0


def _fork(suite, path: str, clock) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.dup2(2, 1)  # the pipe belongs to the parent
    code = 4
    try:
        code = _work(suite, json.loads(Path(path).read_text(encoding="utf-8")), clock)
    finally:
        os._exit(code)


def _serve(suite, clock) -> None:
    children: set[int] = set()
    waiting = b""
    while True:
        if select.select([0], [], [], 0.01)[0]:
            received = os.read(0, 65536)
            if not received:
                return
            *lines, waiting = (waiting + received).split(b"\n")
            for line in lines:
                children.add(pid := _fork(suite, line.decode(), clock))
                os.write(1, f"forked {pid}\n".encode())
        for pid in tuple(children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                children.discard(pid)
                code = os.waitstatus_to_exitcode(status)
                os.write(1, f"ended {pid} {code}\n".encode())


def _read_translations(env: api.Environment) -> None:
    """Read the texts of the code in every language: a file takes a worker a tenth of a second."""
    languages = [code for code, _name in env["res.lang"].get_installed()]
    for module in env["ir.module.module"].search([("state", "=", "installed")]).mapped("name"):
        for language in languages:
            code_translations.get_python_translations(module, language)


def _warm(suite, registry: Registry, clock) -> None:
    """Let the suite use everything once, in vain, so that each worker starts with full caches."""
    commit = sql_db.Cursor.commit
    sql_db.Cursor.commit = sql_db.Cursor.flush
    with registry.cursor() as cr:
        try:
            clock.move_to(cr.now())
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            _read_translations(env)
            suite.warm(env)
        finally:
            cr.rollback()
            registry.reset_changes()
    sql_db.Cursor.commit = commit


def main() -> None:
    """Load Odoo, then serve until the input ends."""
    suite = importlib.import_module(sys.argv[1])
    options = [word for word in sys.argv[2:] if word != "--warm"]
    config.parse_config(options, setup_logging=True)
    server.load_server_wide_modules()
    database = config["db_name"][0]
    registry = Registry(database)
    # ticking: only the day is moved, time goes on
    clock = freeze_time(datetime.now(), tick=True).start()
    if "--warm" in sys.argv[2:]:
        _warm(suite, registry, clock)
    sql_db.close_all()
    gc.collect()
    gc.freeze()
    os.write(1, f"ready {os.getpid()} {odoo.release.version}\n".encode())
    _serve(suite, clock)


if __name__ == "__main__":
    main()
