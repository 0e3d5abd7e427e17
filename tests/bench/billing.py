"""The billing run beside OCA's `contract` with `contract_invoice_auto_validate`.

Both sides bill one line of 349.00 with 16 % tax included per service: the same company, chart and
journals, each side in a database of its own on one embedded PostgreSQL with analysed tables. Every
figure comes from a fresh Odoo process, in which the side's own scheduled job is run by the
scheduler's code until it is done. The peer posts through its own setting "Auto validate contract
invoices"; ours commits chunks, the peer one transaction.

- CPU: user and system time of the Odoo process, of which PostgreSQL's own comes beside it;
- queries: statements that went through Odoo's cursors;
- memory: the most that the Odoo process held during the run;
- failing: the same with one customer in 200 whose receivable account is archived, so that Odoo
  refuses to post. What such a record adds is given in per cent of the CPU per posted invoice.

``ISP_BENCH_SIZES=1000`` measures fewer services than the default ``1000,10000``, which takes long
because of the peer. ``ISP_BENCH_ROUNDS`` (3) runs of ours are made per figure and the cheapest
counts: it is the one least disturbed by other work. The peer runs once at its largest size, else
as often.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from scripts import odoo_source, postgres, python_env
from scripts.bench import Result
from scripts.console import Problem, say, step
from scripts.database import Databases
from scripts.paths import CACHE

from .odoo_side.sizes import FAILING_EVERY

HOME = CACHE / "bench" / "billing"
LOCK = Path(__file__).with_name("requirements-peer.lock")
ADDONS = {
    "ours": ("isp_subscription",),
    "peer": ("contract", "contract_invoice_auto_validate"),
}
LARGE = 5000  # from here on the peer takes minutes and is measured once
SHELL = ("--no-http", "--log-level=critical", "--max-cron-threads=0")
#: what the issue asks for: ratio to the peer, growth with size and price of a failure
TARGETS = {"ratio": 0.5, "growth": 1.10, "failing": 5.0}


@dataclass(frozen=True)
class Figures:
    """What one run cost, per posted invoice where it makes sense."""

    cpu: float  # milliseconds of the Odoo process per invoice
    postgres: float | None  # milliseconds of PostgreSQL per invoice
    queries: float  # per invoice
    peak: float  # MiB
    before: float  # MiB when the run began

    @classmethod
    def read(cls, path: Path, expected: int) -> Figures:
        """The figures of a worker's answer.

        :param expected: how many invoices there must be.
        """
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["invoices"] != expected:
            raise Problem(f"{row['invoices']} invoices were posted instead of {expected}")
        database = row["postgres"]
        return cls(
            cpu=1000 * row["cpu"] / expected,
            postgres=None if database is None else 1000 * database / expected,
            queries=row["queries"] / expected,
            peak=row["peak"],
            before=row["before"],
        )

    def text(self) -> str:
        """One line for people."""
        beside = "unknown" if self.postgres is None else f"{self.postgres:.2f} ms"
        return (
            f"{self.cpu:.2f} ms CPU (PostgreSQL beside it: {beside}) and {self.queries:.1f} queries"
            f" per invoice, {self.peak:.0f} MiB at most ({self.before:.0f} before)"
        )


class Bench:
    """Databases and workers of one measurement."""

    def __init__(self, databases: Databases, peer: Path) -> None:
        self.databases = databases
        self.peer = peer / "odoo" / "addons"
        self.rounds = int(os.environ.get("ISP_BENCH_ROUNDS") or 3)

    def _shell(self, side: str, database: str, text: str, name: str) -> None:
        arguments = list(SHELL)
        if side == "peer":
            arguments.append(f"--addons-path={self._addons_path()}")
        self.databases.run_odoo(
            database, *arguments, command="shell", text=text, log=HOME / "logs" / f"{name}.log"
        )

    def _addons_path(self) -> str:
        return ",".join(map(str, [*self.databases.source.addons_paths, self.peer]))

    def base(self, side: str) -> str:
        """A database with the addons of ``side`` and nothing else."""
        name = postgres.own(f"bench_{side}")
        self.databases.copy(self.databases.template(), name)
        path = () if side == "ours" else (f"--addons-path={self._addons_path()}",)
        self.databases.run_odoo(
            name,
            *("-i", ",".join(ADDONS[side]), "--stop-after-init", "--no-http"),
            *("--max-cron-threads=0", *path),
            log=HOME / "logs" / f"{side}-install.log",
        )
        return name

    def _filled(self, side: str, base: str, size: int) -> str:
        name = f"{base}_{size}"
        self.databases.copy(base, name)
        text = (
            "from tests.bench.odoo_side import billing_fill\n"
            f"billing_fill.fill(env, {side!r}, {size})\n"
        )
        self._shell(side, name, text, f"{side}-{size}-fill")
        return name

    def _once(self, side: str, filled: str, size: int, failing: bool) -> Figures:
        name = f"{filled}_run"
        answer = HOME / f"{side}-{size}.json"
        answer.unlink(missing_ok=True)
        self.databases.copy(filled, name)
        log = f"{side}-{size}{'-failing' if failing else ''}"
        if failing:
            text = "from tests.bench.odoo_side import billing_fill\nbilling_fill.spoil(env)\n"
            self._shell(side, name, text, f"{log}-spoil")
        text = (
            "from tests.bench.odoo_side import billing_worker\n"
            f"billing_worker.measure(env, {side!r}, {str(answer)!r})\n"
        )
        self._shell(side, name, text, log)
        self.databases.drop(name)
        if not answer.exists():
            raise Problem(f"the run of {side} failed: see {HOME / 'logs' / log}.log")
        return Figures.read(answer, size - (size // FAILING_EVERY if failing else 0))

    def measure(self, side: str, base: str, size: int) -> tuple[Figures, Figures]:
        """The cheapest of some runs without and with failing records."""
        filled = self._filled(side, base, size)
        rounds = 1 if side == "peer" and size >= LARGE else self.rounds
        best = []
        for failing in (False, True):
            runs = [self._once(side, filled, size, failing) for _round in range(rounds)]
            best.append(min(runs, key=lambda figures: figures.cpu))
            what = f"{side}, {size} services{', one in 200 failing' if failing else ''}"
            say(f"{what}: {best[-1].text()}")
        self.databases.drop(filled)
        return best[0], best[1]


def _sizes() -> list[int]:
    text = os.environ.get("ISP_BENCH_SIZES") or "1000,10000"
    try:
        sizes = sorted({int(part) for part in text.split(",")})
    except ValueError as error:
        raise Problem("ISP_BENCH_SIZES must be numbers: ISP_BENCH_SIZES=1000,10000") from error
    if sizes[0] < FAILING_EVERY:
        raise Problem(f"measure at least {FAILING_EVERY} services")
    return sizes


def failing_cost(whole: Figures, failing: Figures) -> float:
    """Per cent that one failing record in 200 adds to the CPU per posted invoice."""
    return round(100 * (failing.cpu / whole.cpu - 1), 1)


Pair = tuple[Figures, Figures]


def results(found: dict[tuple[str, int], Pair], sizes: list[int]) -> list[Result]:
    """The figures of ours beside the peer's."""
    rows = []
    for size in sizes:
        (ours, ours_bad), (peer, peer_bad) = found["ours", size], found["peer", size]
        name = f"billing_{size}"
        rows.append(Result(name, round(ours.cpu, 2), round(peer.cpu, 2), "cpu_ms"))
        if ours.postgres is not None and peer.postgres is not None:
            both = round(ours.postgres, 2), round(peer.postgres, 2)
            rows.append(Result(name, *both, "postgres_cpu_ms"))
        rows.append(Result(name, round(ours.queries, 1), round(peer.queries, 1), "queries"))
        rows.append(Result(name, round(ours.peak), round(peer.peak), "peak_mib"))
        costs = failing_cost(ours, ours_bad), failing_cost(peer, peer_bad)
        rows.append(Result(f"{name}_failing", *costs, "percent_more_cpu"))
    if len(sizes) > 1:
        first, last = sizes[0], sizes[-1]
        grown = [
            round(found[side, last][0].cpu / found[side, first][0].cpu, 3)
            for side in ("ours", "peer")
        ]
        rows.append(Result("billing_growth", *grown, f"cpu_at_{last}_over_{first}"))
    return rows


def verdicts(rows: list[Result]) -> list[str]:
    """The figures that miss a target, in words."""
    missed = []
    for row in rows:
        if row.unit == "cpu_ms" and row.ours > TARGETS["ratio"] * row.peer:
            missed.append(f"{row.name}: {row.ours / row.peer:.2f} of the peer's CPU")
        if row.name == "billing_growth" and row.ours > TARGETS["growth"]:
            missed.append(f"cost grows by {100 * (row.ours - 1):.0f} % with the size")
        if row.unit == "percent_more_cpu" and row.ours > TARGETS["failing"]:
            missed.append(f"{row.name}: {row.ours:g} % more")
    return missed


def run() -> list[Result]:
    """Measure both sides at every size."""
    sizes = _sizes()
    odoo_source.ensure()
    peer = python_env.install_aside(LOCK, CACHE / "bench" / "peer")
    with postgres.server("test", durable=False) as environment:
        databases = Databases(environment, HOME)
        bench = Bench(databases, peer)
        with step("Odoo: installing both sides"):
            bases = {side: bench.base(side) for side in ADDONS}
        found = {
            (side, size): bench.measure(side, bases[side], size)
            for size in sizes
            for side in ADDONS
        }
        for base in bases.values():
            databases.drop(base)
    rows = results(found, sizes)
    for text in verdicts(rows) or ["all targets are met"]:
        say(text)
    return rows
