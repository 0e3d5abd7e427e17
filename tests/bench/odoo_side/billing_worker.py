"""One billing run in a fresh worker, as the scheduler runs it, and what it cost."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

from odoo import sql_db

CRONS = {
    "ours": "isp_subscription.ir_cron_billing_run",
    "peer": "contract.contract_cron_for_invoice",
}
TICK = os.sysconf("SC_CLK_TCK")
MANY = 500  # returns of a scheduler that gives a job ten seconds at a time


def own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def postgres_cpu(env) -> float | None:
    """CPU seconds of the server processes of this worker; unknown when they run elsewhere."""
    env.cr.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [f"odoo-{os.getpid()}"]
    )
    total = 0.0
    for (pid,) in env.cr.fetchall():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        name, _bracket, rest = stat.rpartition(")")
        if "postgres" not in name:
            return None
        user, system = rest.split()[11:13]
        total += (int(user) + int(system)) / TICK
    return total


def _peak(reset: bool = False) -> float:
    """Most memory (MiB) this process held since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _invoices(env) -> int:
    return env["account.move"].search_count(
        [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("amount_total", "=", 349)]
    )


def _run_to_end(env, cron) -> None:
    """Let the scheduler call the job until it is done for today."""
    for _turn in range(MANY):
        failure = cron.method_direct_trigger()
        env.cr.commit()
        if failure is not True:
            raise RuntimeError(failure["params"]["message"])
        env.cr.execute("SELECT 1 FROM ir_cron_trigger WHERE cron_id = %s", [cron.id])
        if not env.cr.fetchone():
            return
    raise RuntimeError("the run does not end")


def measure(env, side: str, answer: str) -> None:
    """Run the job of ``side`` and write its figures to the file ``answer``."""
    cron = env.ref(CRONS[side])
    env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
    env.cr.commit()
    before = _peak(reset=True)
    queries, cpu, database = sql_db.sql_counter, own_cpu(), postgres_cpu(env)
    _run_to_end(env, cron)
    cpu, queries = own_cpu() - cpu, sql_db.sql_counter - queries
    after = postgres_cpu(env)
    figures = {
        "cpu": cpu,
        "queries": queries,
        "postgres": None if database is None or after is None else after - database,
        "peak": _peak(),
        "before": before,
        "invoices": _invoices(env),
    }
    Path(answer).write_text(json.dumps(figures), encoding="utf-8")
