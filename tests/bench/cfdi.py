"""Fiscal documents: what one costs beside satcfdi, in the same process and run.

Ours is the whole way of a document before it is sent: built from values, checked by SAT's schema
and by our own rules, sealed, as bytes. The peer is satcfdi's build, sign and serialise, once as
it is and once with its validation (schema only).

- ``cfdi_invoice``: type I with two lines, a discount and IVA; ``cfdi_rep``: a payment of two
  invoices; ours validates, the peer does not;
- ``cfdi_invoice_validated``: the same with the peer's validation;
- ``cfdi_global``: a factura global of 2,000 receipts, per receipt;
- steps of ours without a peer are said, not reported.

CPU time of this process; both sides take turns and the cheapest of ``ISP_BENCH_ROUNDS`` (7)
rounds counts, which is the one least disturbed by other work. More parts of the subject are in
modules ``cfdi_<part>.py`` with ``results() -> list[Result]``; ``ISP_BENCH_PARTS=core,pdf`` runs
some of them.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import tests.conftest  # noqa: F401 - makes the addons' services importable without Odoo
from scripts.bench import Result
from scripts.console import Problem, say

TARGETS = {"milliseconds": 0.8, "ratio": 0.9}
CORE = "core"


def parts() -> list[str]:
    """Names of the parts there are, the core first."""
    found = sorted(
        path.stem.removeprefix("cfdi_") for path in Path(__file__).parent.glob("cfdi_*.py")
    )
    return sorted(found, key=lambda name: name != CORE)


def wanted() -> list[str]:
    """The parts to run."""
    text = os.environ.get("ISP_BENCH_PARTS") or ""
    names = [name for name in text.split(",") if name] or parts()
    unknown = set(names) - set(parts())
    if unknown:
        raise Problem(f"there is no part {', '.join(sorted(unknown))}: {', '.join(parts())}")
    return names


def verdicts(rows: list[Result]) -> list[str]:
    """The figures of the core that miss a target, in words."""
    missed = []
    for row in rows:
        if row.unit == "cpu_ms" and row.ours > TARGETS["milliseconds"]:
            missed.append(f"{row.name}: {row.ours:.2f} ms")
        if row.name == "cfdi_invoice" and row.ours > TARGETS["ratio"] * row.peer:
            missed.append(f"{row.name}: {row.ours / row.peer:.2f} of satcfdi without validation")
    return missed


def run() -> list[Result]:
    """Every part, one after another."""
    rows: list[Result] = []
    for name in wanted():
        found = importlib.import_module(f"tests.bench.cfdi_{name}").results()
        if name == CORE:
            for text in verdicts(found) or ["all targets of the core are met"]:
                say(text)
        rows += found
    return rows
