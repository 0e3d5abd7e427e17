"""The stages of the test run: pure tests, each addon alone, all together."""

from __future__ import annotations

import concurrent.futures
import functools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import logcheck, postgres
from .console import Problem, say
from .database import Databases
from .paths import CACHE, PYTHON, ROOT
from .shards import Shard, classes_of, shards_of
from .supervisor import port_is_free

HOME = CACHE / "test"
LOGS = HOME / "logs"
PARALLEL = 2
#: a part works for about five minutes; one that takes this long hangs
MOST_SECONDS = 900
LAST_WORDS_SECONDS = 5
#: reasons for which a test may be skipped without being a failure
MAY_SKIP = ("shared/vectors", "not beside this checkout", "restarts on the day")


@dataclass
class Tally:
    """Tests that passed and failed, with what to show for the failures."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)

    def fail(self, note: str) -> None:
        """One more failure, with its reason."""
        self.failed += 1
        self.notes.append(note)


def free_port() -> int:
    """A loopback port that is free with the six after it, TCP and UDP.

    It lies below the range from which the kernel takes ports for outgoing connections, so that
    none of the seven is taken between this look and the start of the program that gets them.
    """
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    while True:
        first = secrets.choice(range(12_000, 32_000, 10))
        if all(port_is_free(first + step, kind) for step in range(7) for kind in kinds):
            return first


def run_watched(
    command: list[str],
    environment: Mapping[str, str],
    log: Path,
    where: Callable[[], str] = lambda: "",
) -> int | None:
    """Run into a log; what does not end tells where it stands and is killed.

    :param where: what else to write into the log of one that hangs
    :return: its exit code, ``None`` when it had to be killed
    """
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            return process.wait(MOST_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)  # Odoo writes the stack of each thread to its log
            time.sleep(LAST_WORDS_SECONDS)
            out.write(where())
            out.flush()
            process.kill()
            process.wait()
            return None


# === PYTEST === #


def run_pytest(
    name: str, folders: list[str], environment: Mapping[str, str], *options: str
) -> Tally:
    """Run folders under pytest, without Odoo's plugin."""
    tally = Tally(name)
    folders = [folder for folder in folders if (ROOT / folder).exists()]
    if not folders:
        tally.fail("no test folder")
        return tally
    junit = LOGS / f"{name}.xml"
    junit.unlink(missing_ok=True)
    command = [str(PYTHON), "-m", "pytest", "-p", "no:odoo", "-q", f"--junitxml={junit}"]
    hang = ("-o", "faulthandler_timeout=300")  # writes into the log where a test stands
    code = run_watched(
        [*command, *hang, *options, *folders],
        {**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        LOGS / f"{name}.log",
    )
    _read_junit(tally, junit, code)
    return tally


def _read_junit(tally: Tally, junit: Path, code: int | None) -> None:
    if not junit.exists():
        tally.fail(f"pytest ended with {code} before it ran: see {tally.name}.log")
        return
    for case in ET.parse(junit).getroot().iter("testcase"):
        title = f"{case.get('classname')}::{case.get('name')}"
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        skip = case.find("skipped")
        if bad is not None:
            tally.fail(f"{title}: {(bad.get('message') or '').strip()[:300]}")
        elif skip is not None:
            tally.skipped += 1
            if not any(reason in (skip.get("message") or "") for reason in MAY_SKIP):
                tally.fail(f"{title}: skipped ({skip.get('message')})")
        else:
            tally.passed += 1
    if not tally.passed and not tally.failed:
        tally.fail("no test ran")


# === ODOO === #


#: makes what the first request of every test class would make, as Odoo does after an install
BUNDLES = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


class Grounds:
    """Databases with one addon installed, that the parts of its tests are copied from."""

    def __init__(self, databases: Databases, template: str, addons: Iterable[str]) -> None:
        self.databases = databases
        self.template = template
        self._locks = {addon: threading.Lock() for addon in addons}
        self._made: set[str] = set()

    def of(self, addon: str, tally: Tally) -> str:
        """The name of the database of ``addon``; its first caller makes it and hears the log."""
        name = postgres.own(f"ground_{addon}")
        with self._locks[addon]:
            if addon not in self._made:
                self._make(addon, name, tally)
                self._made.add(addon)
        return name

    def drop(self) -> None:
        """Nobody needs them any more."""
        for addon in self._made:
            self.databases.drop(postgres.own(f"ground_{addon}"))

    def _make(self, addon: str, name: str, tally: Tally) -> None:
        self.databases.copy(self.template, name)
        log = LOGS / f"{addon}_install.log"
        self.databases.install(name, (addon,), log)
        for line in logcheck.read(log).unexpected[:20]:
            tally.fail(f"unexpected in the log: {line}")
        log = LOGS / f"{addon}_bundles.log"
        self.databases.run_odoo(name, "--no-http", command="shell", text=BUNDLES, log=log)


def run_shard(databases: Databases, grounds: Grounds, shard: Shard) -> Tally:
    """Run a part of the tests of one addon, installed alone, on a fresh database."""
    tally = Tally(shard.name)
    name = postgres.own(f"test_{shard.name}")
    log = LOGS / f"{shard.name}.log"
    alone = shard.of == 1
    databases.copy(grounds.template if alone else grounds.of(shard.addon, tally), name)
    command = databases.odoo(
        name,
        *(("-i", shard.addon) if alone else ()),
        f"--test-tags={shard.tags}",
        "--stop-after-init",
        "--max-cron-threads=0",
        "--http-interface=127.0.0.1",
        f"--http-port={free_port()}",
    )
    code = run_watched(command, databases.odoo_environment(), log, lambda: databases.activity(name))
    _judge(tally, logcheck.read(log), code)
    if code is None:
        tally.fail(f"not at its end after {MOST_SECONDS} s: {log.name} says where it stood")
    if not tally.failed:
        databases.drop(name)
    return tally


def _judge(tally: Tally, report: logcheck.Report, code: int | None) -> None:
    bad = report.failures + report.errors
    tally.failed += bad
    tally.skipped = len(report.skips)
    tally.passed = max(report.tests - bad - tally.skipped, 0)
    if bad:
        tally.notes += report.broken or [f"{bad} tests failed"]
    if not report.tests:
        tally.fail("no test ran")
    elif code and not bad:
        tally.fail(f"Odoo ended with {code}")
    for line in report.unexpected[:20]:
        tally.fail(f"unexpected in the log: {line}")
    for reason in report.skips:
        if not any(allowed in reason for allowed in MAY_SKIP):
            tally.fail(reason[:300])


def run_odoo(
    environment: Mapping[str, str], addons: tuple[str, ...], together: bool
) -> Iterator[Tally]:
    """The addons in parts and, beside them, all together; two at a time, each as it ends."""
    databases = Databases(environment, HOME)
    template = databases.template()
    grounds = Grounds(databases, template, addons)
    jobs: list[Callable[[], Tally]] = []
    if together:  # it takes longest: it begins
        jobs.append(functools.partial(run_together, environment))
    for addon in addons:
        folder = ROOT / "addons" / addon
        if not (folder / "__manifest__.py").exists():
            raise Problem(f"there is no addon {addon}")
        for shard in shards_of(addon, classes_of(folder / "tests")):
            jobs.append(functools.partial(run_shard, databases, grounds, shard))
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for job in concurrent.futures.as_completed([pool.submit(job) for job in jobs]):
            yield job.result()
    grounds.drop()


# === ALL TOGETHER === #


def run_together(environment: Mapping[str, str]) -> Tally:
    """Make the demo anew on free ports and drive it with a real browser."""
    home = CACHE / "e2e"
    demo = {
        **environment,
        "ISP_DEMO_HOME": str(home),
        "ISP_PG_CLUSTER": "test",
        "DEMO_PORT": str(free_port()),
        "ISP_DEMO_DAYS": os.environ.get("ISP_DEMO_DAYS") or "50",  # two bills each are enough here
    }

    def call(word: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "scripts.demo", word],
            cwd=ROOT,
            check=False,
            env={**os.environ, **demo},
        ).returncode

    call("down")
    shutil.rmtree(home, ignore_errors=True)
    try:
        if call("up"):
            tally = Tally("e2e")
            tally.fail(f"the demo did not start: see {home / 'demo.log'}")
            return tally
        tally = run_pytest("e2e", ["tests/e2e"], demo)
    finally:
        call("down")
    for name in ("odoo", "collector", "install", "build"):
        log = home / "logs" / f"{name}.log"
        for line in logcheck.read(log, conflicts=True).unexpected[:10] if log.exists() else []:
            tally.fail(f"unexpected in {name}.log: {line}")
    return tally


# === REPORT === #


def report(tally: Tally) -> None:
    """One line for a stage, and a line for each failure."""
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    say(f"{tally.name}: {tally.passed} passed, {tally.failed} failed{skipped}")
    for note in tally.notes[:40]:
        say(f"    {note}")
