"""Memory of a month's ZIP and workbook: a small month beside one of 20,000 documents.

A database is filled with copies of one stamped document, each with rows and files of its own: XML,
printed form, and a cancellation receipt for every twentieth. Each figure is taken in a fresh Odoo
process. The peer is what wizards do: all documents at once into a ``zipfile`` in memory.
``ISP_BENCH_MONTH`` (20000) is the size of the large month.

- ``cfdi_zip_memory``: MiB that the process grew for a month of 1,000 documents, beside the peer,
  which needs more than a worker may have for the large month;
- ``cfdi_zip_memory_large``, ``cfdi_sheet_memory_large``: ours for the large month;
- ``cfdi_zip_cpu``: CPU seconds per 1,000 documents of the large month, of the peer's small one.
"""

from __future__ import annotations

import json
import os

from isp_cfdi_services.builder import build_comprobante

from scripts import odoo_source, postgres
from scripts.bench import Result
from scripts.console import Problem, say, step
from scripts.database import Databases
from scripts.paths import CACHE

from .cfdi_core import invoice, keys
from .cfdi_pdf import stamped

HOME = CACHE / "bench" / "cfdi_zip"
SHELL = ("--no-http", "--log-level=critical", "--max-cron-threads=0")
SMALL, LARGE = "2026-09", "2026-10"
FEW = 1000
#: MiB that 20 times as many documents may add
TARGET = 4


class Bench:
    """The database and its workers."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.name = postgres.own("bench_cfdi_zip")

    def shell(self, text: str, name: str) -> None:
        """Run a few lines in Odoo's shell."""
        log = HOME / "logs" / f"{name}.log"
        self.databases.run_odoo(self.name, *SHELL, command="shell", text=text, log=log)

    def fill(self, many: int) -> None:
        """Make the database."""
        self.databases.copy(self.databases.template(), self.name)
        self.databases.install(self.name, ("isp_cfdi",), HOME / "logs" / "install.log")
        xml = HOME / "document.xml"
        xml.write_bytes(stamped(build_comprobante(invoice(1)), keys(), 1))
        months = {SMALL: FEW, LARGE: many}
        self.shell(
            "from tests.bench.odoo_side import cfdi_zip_fill\n"
            f"cfdi_zip_fill.fill(env, {str(xml)!r}, {months!r})\n",
            "fill",
        )

    def measure(self, side: str, month: str) -> dict[str, float]:
        """One file in a fresh process."""
        name = f"{side}-{month}"
        answer = HOME / f"{name}.json"
        answer.unlink(missing_ok=True)
        call = f"measure(env, {side!r}, {month!r}, {str(answer)!r})"
        if side == "sheet":
            call = f"sheet(env, {month!r}, {str(HOME / 'month.xlsx')!r}, {str(answer)!r})"
        worker = "cfdi_zip_worker"
        self.shell(f"from tests.bench.odoo_side import {worker}\n{worker}.{call}\n", name)
        if not answer.exists():
            raise Problem(f"{name} failed: see {HOME / 'logs' / name}.log")
        row = json.loads(answer.read_text(encoding="utf-8"))
        say(
            f"{side} {month}: {row['size']:.1f} MiB in {row['seconds']:.1f} s,"
            f" {row['cpu']:.1f} s of CPU, {row['memory']:.1f} MiB of memory"
        )
        return row


def results() -> list[Result]:
    """Fill, then both months of both sides."""
    odoo_source.ensure()
    HOME.mkdir(parents=True, exist_ok=True)
    many = int(os.environ.get("ISP_BENCH_MONTH") or 20_000)
    with postgres.server("test", durable=False) as environment:
        bench = Bench(Databases(environment, HOME))
        with step(f"Odoo: a month of {FEW} and a month of {many} documents"):
            bench.fill(many)
        ours = [bench.measure("ours", month) for month in (SMALL, LARGE)]
        sheets = [bench.measure("sheet", month) for month in (SMALL, LARGE)]
        peer = bench.measure("peer", SMALL)
        bench.databases.drop(bench.name)
    grown = max(rows[1]["memory"] - rows[0]["memory"] for rows in (ours, sheets))
    say(f"{many} documents take {grown:.1f} MiB more than {FEW} (at most {TARGET} is constant)")
    large, sheet = ours[1], sheets[1]
    both = round(ours[0]["memory"], 1), round(peer["memory"], 1)
    cpu = round(large["cpu"] * FEW / many, 2), round(peer["cpu"], 2)
    return [
        Result("cfdi_zip_memory", *both, "MiB"),
        Result("cfdi_zip_memory_large", round(large["memory"], 1), 0, "MiB"),
        Result("cfdi_zip_cpu", *cpu, "seconds"),
        Result("cfdi_sheet_memory_large", round(sheet["memory"], 1), 0, "MiB"),
    ]
