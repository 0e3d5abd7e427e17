"""Run every test of everything; the last line is ``N passed, M failed``.

1. pure tests: ``tests/unit`` and ``tests/repo`` under pytest, no database;
2. each addon alone, by Odoo's own runner, on a fresh database copied from a template;
3. all addons together: ``tests/e2e`` in a real browser against the demo, made anew.

A failure is: a failed test, an addon with no test, a WARNING or ERROR line in a log that nobody
expects, or a skipped browser test.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import logcheck, postgres, setup
from .console import Problem, main, say, step
from .database import Databases
from .paths import CACHE, OUR_ADDONS, PYTHON, ROOT

HOME = CACHE / "test"
LOGS = HOME / "logs"
PARALLEL = 2
#: reasons for which a test may be skipped without being a failure
MAY_SKIP = ("shared/vectors", "vectors are not beside")


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
    """A loopback port with four free ones after it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port < 64000 and port % 10 < 5:
            return port


# === PYTEST === #


def run_pytest(name: str, folders: list[str], environment: Mapping[str, str], *options: str) -> Tally:
    """Run folders under pytest, without Odoo's plugin."""
    tally = Tally(name)
    folders = [folder for folder in folders if (ROOT / folder).exists()]
    if not folders:
        tally.fail("no test folder")
        return tally
    junit = LOGS / f"{name}.xml"
    junit.unlink(missing_ok=True)
    with (LOGS / f"{name}.log").open("w") as log:
        done = subprocess.run(
            [str(PYTHON), "-m", "pytest", "-p", "no:odoo", "-q", f"--junitxml={junit}", *options, *folders],
            cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdout=log, stderr=subprocess.STDOUT, check=False,
        )
    _read_junit(tally, junit, done.returncode)
    return tally


def _read_junit(tally: Tally, junit: Path, code: int) -> None:
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


def run_addon(databases: Databases, template: str, addon: str) -> Tally:
    """Install one addon alone on a fresh database and run its tests with Odoo's runner."""
    tally = Tally(addon)
    name = f"test_{addon}"
    log = LOGS / f"{addon}.log"
    databases.copy(template, name)
    command = databases.odoo(
        name, "-i", addon, f"--test-tags=/{addon}", "--stop-after-init", "--max-cron-threads=0",
        "--http-interface=127.0.0.1", f"--http-port={free_port()}",
    )
    with log.open("w") as out:
        done = subprocess.run(
            command, env=databases.odoo_environment(), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    report = logcheck.read(log)
    _judge(tally, report, done.returncode)
    if not tally.failed:
        databases.drop(name)
    return tally


def _judge(tally: Tally, report: logcheck.Report, code: int) -> None:
    bad = report.failures + report.errors
    tally.failed = bad
    tally.skipped = len(report.skips)
    tally.passed = max(report.tests - bad - tally.skipped, 0)
    if bad:
        tally.notes.append(f"{bad} tests failed")
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
    """The addons, two at a time."""
    databases = Databases(environment, HOME)
    template = databases.template()
    for addon in addons:
        if not (ROOT / "addons" / addon / "__manifest__.py").exists():
            raise Problem(f"there is no addon {addon}")
    tallies = []
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        jobs = [pool.submit(run_addon, databases, template, addon) for addon in addons]
        for job in concurrent.futures.as_completed(jobs):
            tallies.append(job.result())
            report(tallies[-1])
    return tallies


# === ALL TOGETHER === #


def run_together(environment: Mapping[str, str]) -> Tally:
    """Make the demo anew on free ports and drive it with a real browser."""
    home = CACHE / "e2e"
    demo = {
        **environment, "ISP_DEMO_HOME": str(home), "ISP_PG_CLUSTER": "test", "DEMO_PORT": str(free_port()),
    }

    def call(word: str) -> int:
        return subprocess.run([sys.executable, "-m", "scripts.demo", word], cwd=ROOT, check=False,
                              env={**os.environ, **demo}).returncode

    call("down")
    shutil.rmtree(home, ignore_errors=True)
    if call("up"):
        tally = Tally("e2e")
        tally.fail(f"the demo did not start: see {home / 'demo.log'}")
        return tally
    try:
        tally = run_pytest("e2e", ["tests/e2e"], demo)
    finally:
        call("down")
    for name in ("odoo", "collector", "install", "build"):
        log = home / "logs" / f"{name}.log"
        for line in logcheck.read(log).unexpected[:10] if log.exists() else []:
            tally.fail(f"unexpected in {name}.log: {line}")
    return tally


# === FAST LOOP === #


def run_fast(environment: Mapping[str, str], addon: str) -> int:
    """One addon on a kept database under pytest-odoo: for the daily loop, never the gate."""
    databases = Databases(environment, HOME)
    name = f"fast_{addon}"
    if not databases.exists(name):
        databases.copy(databases.template(), name)
        databases.install(name, (addon,), LOGS / f"{name}.log")
    else:
        databases.run_odoo(name, "-u", addon, "--stop-after-init", "--no-http", "--max-cron-threads=0",
                           log=LOGS / f"{name}.log")
    conf = HOME / "fast.conf"
    paths = ",".join(map(str, [*databases.source.addons_paths, ROOT / "addons"]))
    conf.write_text(f"[options]\naddons_path = {paths}\ndata_dir = {databases.data_dir}\nmax_cron_threads = 0\n")
    return subprocess.run(
        [str(PYTHON), "-m", "pytest", "-o", "addopts=", f"--odoo-config={conf}", f"--odoo-database={name}", "--odoo-http",
         f"addons/{addon}"], cwd=ROOT, env=databases.odoo_environment(), check=False,
    ).returncode


# === REPORT === #


def report(tally: Tally) -> None:
    """One line for a stage, and a line for each failure."""
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    say(f"{tally.name}: {tally.passed} passed, {tally.failed} failed{skipped}")
    for note in tally.notes[:40]:
        say(f"    {note}")


def run() -> int:
    """The whole of it."""
    parser = argparse.ArgumentParser(prog="make test")
    parser.add_argument("--addon", default="")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--stage", default="", choices=("", "unit", "addons", "e2e"))
    options = parser.parse_args()
    if options.fast and not options.addon:
        raise Problem("say which addon: make test-fast ADDON=isp_cfdi")
    setup.prepare("test")
    LOGS.mkdir(parents=True, exist_ok=True)
    if options.fast:
        with postgres.server("test", durable=False) as environment:
            return run_fast(environment, options.addon)
    return _gate(options)


def _gate(options: argparse.Namespace) -> int:
    addons = (options.addon,) if options.addon else OUR_ADDONS
    whole = not options.addon
    tallies: list[Tally] = []
    if options.stage in ("", "unit"):
        folders = ["tests/unit", "tests/repo"] if whole else [f"tests/unit/{options.addon}"]
        with step("pure tests"):
            tallies.append(run_pytest("unit", folders, {}))
        report(tallies[-1])
    if options.stage in ("", "addons", "e2e"):
        with postgres.server("test", durable=False) as environment:
            if options.stage != "e2e":
                with step("each addon alone"):
                    tallies += run_addons(environment, addons)
            if whole and options.stage != "addons":
                with step("all together"):
                    tallies.append(run_together(environment))
                report(tallies[-1])
    passed = sum(tally.passed for tally in tallies)
    failed = sum(tally.failed for tally in tallies)
    if failed:
        say(f"logs: {LOGS.relative_to(ROOT) if LOGS.is_relative_to(ROOT) else LOGS}")
        for tally in tallies:
            for note in tally.notes:
                say(f"  {tally.name}: {note}")
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    main(run)
