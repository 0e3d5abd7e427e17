"""Stamps per second of one worker process, with a PAC that takes 300 ms for an answer.

A database gets posted invoices whose sealed documents wait; then one Odoo process stamps them as
its job does: each document is locked and committed before it is sent, sent over a real socket by
one of a few threads, checked, and committed again with its files. Both PACs, one after the other.
``ISP_BENCH_STAMPS`` (200) is the number of documents of each.

- ``cfdi_stamping_<pac>``: documents per second; the peer is what one call after another would
  reach with such a PAC, without any work of its own.
"""

from __future__ import annotations

import json
import os

from scripts import odoo_source, postgres
from scripts.bench import Result
from scripts.console import Problem, say, step
from scripts.database import Databases
from scripts.paths import CACHE
from tests.simulators.common.process import SimulatorProcess

HOME = CACHE / "bench" / "cfdi_stamping"
SHELL = ("--no-http", "--log-level=critical", "--max-cron-threads=0")
PROVIDERS = ("finkok", "sw")
#: seconds of the PAC, and documents per second that one process must reach
LATENCY, TARGET = 0.3, 20
SLOW = {"kind": "slow_answer", "path": "stamp", "seconds": LATENCY, "times": 1_000_000}


class Bench:
    """The database and its worker."""

    def __init__(self, databases: Databases, simulator: SimulatorProcess) -> None:
        self.databases, self.simulator = databases, simulator
        self.name = postgres.own("bench_cfdi_stamping")
        self.size = int(os.environ.get("ISP_BENCH_STAMPS") or 200)

    def shell(self, call: str, name: str) -> None:
        """Run a call of the inside in Odoo's shell."""
        text = f"from tests.bench.odoo_side import cfdi_stamping\ncfdi_stamping.{call}\n"
        log = HOME / "logs" / f"{name}.log"
        self.databases.run_odoo(self.name, *SHELL, command="shell", text=text, log=log)

    def fill(self) -> None:
        """Make the database; from now on the PAC is slow."""
        self.databases.copy(self.databases.template(), self.name)
        self.databases.install(self.name, ("isp_cfdi",), HOME / "logs" / "install.log")
        urls = dict.fromkeys(PROVIDERS, self.simulator.url)
        self.shell(f"fill(env, {urls!r}, {self.size})", "fill")
        self.simulator.post("/_control/fault", SLOW)

    def measure(self, provider: str) -> Result:
        """Stamp everything that waits for one PAC."""
        answer = HOME / f"{provider}.json"
        answer.unlink(missing_ok=True)
        self.shell(f"measure(env, {provider!r}, {str(answer)!r})", provider)
        if not answer.exists():
            raise Problem(f"{provider} failed: see {HOME / 'logs' / provider}.log")
        row = json.loads(answer.read_text(encoding="utf-8"))
        if row["stamped"] != self.size:
            raise Problem(f"{row['stamped']} of {self.size} documents were stamped")
        rate = row["count"] / row["seconds"]
        beside = (
            "unknown" if row["postgres"] is None else f"{1000 * row['postgres'] / self.size:.1f}"
        )
        say(
            f"{provider}: {row['count']} documents in {row['seconds']:.1f} s,"
            f" {1000 * row['cpu'] / self.size:.1f} ms of CPU each (PostgreSQL: {beside} ms)"
        )
        if rate < TARGET:
            say(f"{provider}: {rate:.1f} documents per second, the target is {TARGET}")
        return Result(
            f"cfdi_stamping_{provider}", round(rate, 1), round(1 / LATENCY, 1), "per_second"
        )


def results() -> list[Result]:
    """Fill, then both PACs."""
    odoo_source.ensure()
    HOME.mkdir(parents=True, exist_ok=True)
    with (
        postgres.server("test", durable=False) as environment,
        SimulatorProcess("pac") as simulator,
    ):
        bench = Bench(Databases(environment, HOME), simulator)
        with step("Odoo: documents that wait for their stamp"):
            bench.fill()
        rows = [bench.measure(provider) for provider in PROVIDERS]
        bench.databases.drop(bench.name)
    return rows


def run() -> list[Result]:
    """The part by itself: ``make bench NAME=cfdi_stamping``."""
    return results()
