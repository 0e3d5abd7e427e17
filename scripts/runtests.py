"""Run every test of everything; the last line is ``N passed, M failed``.

1. pure tests: ``tests/unit`` and ``tests/repo`` under pytest, no database, beside 2;
2. each addon alone, by Odoo's own runner, on a fresh database copied from a template;
3. all addons together: ``tests/e2e`` in a real browser against the demo, made anew, beside 2.

A failure is: a failed test, an addon with no test, a WARNING or ERROR line in a log that nobody
expects, or a skipped browser test.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import subprocess
import sys
from collections.abc import Mapping

from . import postgres, setup
from .console import Problem, main, say, step
from .database import Databases
from .paths import OUR_ADDONS, PYTHON, ROOT
from .stages import HOME, LOGS, Tally, report, run_odoo, run_pytest

# === FAST LOOP === #


def run_fast(environment: Mapping[str, str], addon: str) -> int:
    """One addon on a kept database under pytest-odoo: for the daily loop, never the gate."""
    databases = Databases(environment, HOME)
    name = postgres.own(f"fast_{addon}")
    if not databases.exists(name):
        part = f"{name}_part"
        databases.copy(databases.template(), part)
        databases.install(part, (addon,), LOGS / f"{name}.log")
        databases.rename(part, name)
    else:
        databases.run_odoo(
            name,
            "-u",
            addon,
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads=0",
            log=LOGS / f"{name}.log",
        )
    conf = HOME / "fast.conf"
    paths = ",".join(map(str, [*databases.source.addons_paths, ROOT / "addons"]))
    conf.write_text(
        f"[options]\naddons_path = {paths}\ndata_dir = {databases.data_dir}\nmax_cron_threads = 0\n"
    )
    return subprocess.run(
        [
            str(PYTHON),
            "-m",
            "pytest",
            "-o",
            "addopts=",
            f"--odoo-config={conf}",
            f"--odoo-database={name}",
            "--odoo-http",
            f"addons/{addon}",
        ],
        cwd=ROOT,
        env=databases.odoo_environment(),
        check=False,
    ).returncode


def run() -> int:
    """The whole of it."""
    parser = argparse.ArgumentParser(prog="make test")
    parser.add_argument("--addon", default="")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--stage", default="", choices=("", "unit", "addons", "e2e"))
    options = parser.parse_args()
    if options.fast and not options.addon:
        raise Problem("say which addon: make test-fast ADDON=isp_cfdi")
    if options.addon and options.addon not in OUR_ADDONS:
        raise Problem(f"there is no addon {options.addon}: take one of {', '.join(OUR_ADDONS)}")
    setup.prepare("test")
    LOGS.mkdir(parents=True, exist_ok=True)
    if options.fast:
        with postgres.server("test", durable=False) as environment:
            return run_fast(environment, options.addon)
    return _gate(options)


def _run_pure(folders: list[str]) -> Tally:
    tally = run_pytest("unit", folders, {})
    report(tally)
    return tally


def _run_odoo(stage: str, addons: tuple[str, ...], whole: bool) -> list[Tally]:
    tallies: list[Tally] = []
    alone = () if stage == "e2e" else addons
    with (
        postgres.server("test", durable=False) as environment,
        step("each addon alone, and all together"),
    ):
        for tally in run_odoo(environment, alone, whole and stage != "addons"):
            report(tally)
            tallies.append(tally)
    return tallies


def _gate(options: argparse.Namespace) -> int:
    addons = (options.addon,) if options.addon else OUR_ADDONS
    whole = not options.addon
    tallies: list[Tally] = []
    # Pure tests need one core and no database: they run beside the addons.
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        pure = None
        if options.stage in ("", "unit"):
            folders = ["tests/unit", "tests/repo"] if whole else [f"tests/unit/{options.addon}"]
            pure = beside.submit(_run_pure, folders)
        if options.stage in ("", "addons", "e2e"):
            tallies += _run_odoo(options.stage, addons, whole)
        if pure:
            tallies.append(pure.result())
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
