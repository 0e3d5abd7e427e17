"""The stages of the test run: pure tests, each addon alone, all together."""

from __future__ import annotations

import concurrent.futures
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
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


def run_shard(databases: Databases, template: str, shard: Shard) -> Tally:
    """Install one addon alone on a fresh database and run a part of its tests."""
    tally = Tally(shard.name)
    name = postgres.own(f"test_{shard.name}")
    log = LOGS / f"{shard.name}.log"
    databases.copy(template, name)
    command = databases.odoo(
        name,
        "-i",
        shard.addon,
        f"--test-tags={shard.tags}",
        "--stop-after-init",
        "--max-cron-threads=0",
        "--http-interface=127.0.0.1",
        f"--http-port={free_port()}",
    )
    code = run_watched(command, databases.odoo_environment(), log, lambda: databases.activity(name))
    report = logcheck.read(log)
    _judge(tally, report, code)
    if code is None:
        tally.fail(f"not at its end after {MOST_SECONDS} s: {log.name} says where it stood")
    if not tally.failed:
        databases.drop(name)
    return tally


def _judge(tally: Tally, report: logcheck.Report, code: int | None) -> None:
    bad = report.failures + report.errors
    tally.failed = bad
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


def run_addons(environment: Mapping[str, str], addons: tuple[str, ...]) -> list[Tally]:
    """The addons in parts, two at a time; the largest addon begins."""
    databases = Databases(environment, HOME)
    template = databases.template()
    shards: list[Shard] = []
    for addon in addons:
        folder = ROOT / "addons" / addon
        if not (folder / "__manifest__.py").exists():
            raise Problem(f"there is no addon {addon}")
        shards += shards_of(addon, classes_of(folder / "tests"))
    tallies = []
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        jobs = [pool.submit(run_shard, databases, template, shard) for shard in shards]
        for job in concurrent.futures.as_completed(jobs):
            tallies.append(job.result())
            report(tallies[-1])
    return tallies


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
        for line in logcheck.read(log).unexpected[:10] if log.exists() else []:
            tally.fail(f"unexpected in {name}.log: {line}")
    return tally


# === REPORT === #


def report(tally: Tally) -> None:
    """One line for a stage, and a line for each failure."""
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    say(f"{tally.name}: {tally.passed} passed, {tally.failed} failed{skipped}")
    for note in tally.notes[:40]:
        say(f"    {note}")
