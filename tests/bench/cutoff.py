"""Collection at scale: 100,000 services judged for the cut-off and listed in the back office.

The services, their ledger, invoices and journal items are copies of a few real ones, in shares of a
provider with slow payers (`odoo_side/cutoff_fill.py`), in a database of their own. Everything is
measured in one fresh Odoo process with empty record caches, the best of five rounds:

- verdicts: who is cut, waits or is in grace today, for all; beside it the naive way, which asks
  service by service, measured on a sample of 300 and multiplied;
- dry run: the simulation of the cut-off with a line per service concerned;
- lists: the first page as the web client asks for it (80 rows of the visible columns and the count)
  with the filters "Overdue" and "To cut today"; the peer is Odoo's own list of customers with the
  filter on what they owe (`res.partner`, "Total receivable" above 0), which knows no due dates.

``ISP_BENCH_SERVICES`` (100000) makes fewer, ``ISP_BENCH_KEEP=1`` keeps the filled database.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from scripts import odoo_source, postgres
from scripts.bench import Result
from scripts.console import Problem, say, step
from scripts.database import Databases
from scripts.paths import CACHE

HOME = CACHE / "bench" / "cutoff"
ADDONS = ("isp_subscription",)
SHELL = ("--no-http", "--log-level=critical", "--max-cron-threads=0")
LEAST = 1000


def _count() -> int:
    text = os.environ.get("ISP_BENCH_SERVICES") or "100000"
    if not text.isdigit() or int(text) < LEAST:
        raise Problem(f"ISP_BENCH_SERVICES must be a number of {LEAST} or more")
    return int(text)


def _shell(databases: Databases, name: str, text: str, log: str) -> None:
    databases.run_odoo(name, *SHELL, command="shell", text=text, log=HOME / "logs" / f"{log}.log")


def _fill(databases: Databases, count: int) -> str:
    """The database of the benchmark."""
    name = postgres.own(f"bench_cutoff_{count}")
    with step("Odoo: installing"):
        databases.copy(databases.template(), name)
        databases.install(name, ADDONS, HOME / "logs" / "install.log")
    with step(f"{count} services"):
        text = f"from tests.bench.odoo_side import cutoff_fill\ncutoff_fill.fill(env, {count})\n"
        _shell(databases, name, text, "fill")
    return name


def _measure(databases: Databases, name: str) -> dict:
    answer = Path(HOME / "answer.json")
    answer.unlink(missing_ok=True)
    text = (
        "from tests.bench.odoo_side import cutoff_worker\n"
        f"cutoff_worker.measure(env, {str(answer)!r})\n"
    )
    with step("measuring"):
        _shell(databases, name, text, "measure")
    if not answer.exists():
        raise Problem(f"the measurement failed: see {HOME / 'logs' / 'measure.log'}")
    return json.loads(answer.read_text(encoding="utf-8"))


def _text(row: dict) -> str:
    found = row.get("found")
    what = f", found {found}" if found is not None else ""
    return f"{row['seconds']:.3f} s, {row['queries']:.0f} queries{what}"


def results(figures: dict) -> list[Result]:
    """The figures of ours beside the peer's."""
    rows = []
    for name, ours, peer in (
        ("cutoff_verdicts", "verdicts", "naive"),
        ("cutoff_dry_run", "dry_run", "naive"),
        ("cutoff_list_overdue", "list_overdue", "peer_list"),
        ("cutoff_list_to_cut", "list_to_cut", "peer_list"),
    ):
        for unit in ("seconds", "queries"):
            pair = round(figures[ours][unit], 3), round(figures[peer][unit], 3)
            rows.append(Result(name, *pair, unit))
    return rows


def run() -> list[Result]:
    """Fill, measure and forget."""
    count = _count()
    odoo_source.ensure()
    with postgres.server("test", durable=False) as environment:
        databases = Databases(environment, HOME)
        name = _fill(databases, count)
        figures = _measure(databases, name)
        if not os.environ.get("ISP_BENCH_KEEP"):
            databases.drop(name)
    say(f"{figures.pop('services')} services")
    for key, row in figures.items():
        say(f"{key}: {_text(row)}")
    return results(figures)
