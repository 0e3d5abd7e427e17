"""The collector's own cycles in a fresh Odoo process.

Each cycle is `_run_fast_cycle`, as the service runs it: leases, signatures, requests, arithmetic,
samples and states by COPY, device status, commit. Odoo's own start is not measured.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from odoo.addons.isp_traffic.collector import Collector
from odoo.addons.isp_traffic.services.fleet_book import Fleet

HOLDER = "bench"
DUE = "UPDATE isp_device SET next_poll = NULL WHERE failures = 0"
#: the agent's counters follow its clock: what was stored must be what passed
CHECK = """
SELECT count(*), count(*) FILTER (WHERE down_b IS NULL), min(down_b), count(DISTINCT line_id)
  FROM isp_traffic_sample WHERE ts > to_timestamp(%s)
"""


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def silent_lane(env):
    """The service's own thread for devices that do not answer; its CPU counts with the cycles."""
    collector = Collector(env.cr.dbname, 300)
    collector.holder = HOLDER
    thread = Thread(target=collector._silent_loop)
    thread.start()
    try:
        yield
    finally:
        collector.stopping.set()
        thread.join()


def cycle(env, fleet: Fleet, deadline: float = 120.0) -> dict:
    """Run one cycle; what it took."""
    env.cr.execute(DUE)
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
    fleet.rolled = fleet.rolled or time.time()  # roll-ups are hourly work of their own
    began, used, moment = time.monotonic(), _cpu(), time.time()
    figures = env["isp.device"]._run_fast_cycle(fleet, deadline, 300, HOLDER, silent=False)
    took = {"wall": time.monotonic() - began, "cpu": _cpu() - used}
    env.cr.execute(CHECK, (moment,))
    rows, empty, least, lines = env.cr.fetchone()
    env.cr.rollback()
    return {
        **took,
        "figures": figures,
        "rows": rows,
        "empty": empty,
        "least": least,
        "lines": lines,
    }


def profile(env, fleet: Fleet, path: str) -> dict:
    """Run one cycle under the profiler and write where its time went."""
    import cProfile
    import pstats

    found = cProfile.Profile()
    row = found.runcall(cycle, env, fleet)
    with Path(path).open("w", encoding="utf-8") as stream:
        pstats.Stats(found, stream=stream).sort_stats("tottime").print_stats(45)
    return row


def roll(env, fleet: Fleet) -> dict:
    """Rebuild hours and days of all lines."""
    began, used = time.monotonic(), _cpu()
    fleet.rolled = 0.0  # as one that starts
    env["isp.device"]._roll_fleet(fleet)
    return {"wall": time.monotonic() - began, "cpu": _cpu() - used}


def measure(env, answers: str, agent: int, cycles: int, turned: bool) -> None:
    """Run cycles, then let devices fall silent and run more; write what each took."""
    fleet = Fleet()
    gc.collect()
    gc.freeze()
    found = {"first": cycle(env, fleet), "second": cycle(env, fleet)}
    found["cycles"] = [cycle(env, fleet) for _number in range(cycles)]
    found["roll"] = roll(env, fleet)
    if turned:
        os.kill(agent, signal.SIGUSR2)
        time.sleep(0.3)
        found["dead"] = cycle(env, fleet)
        with silent_lane(env):
            found["steady"] = [cycle(env, fleet) for _number in range(cycles)]
    if os.environ.get("ISP_BENCH_PROFILE"):
        profile(env, fleet, f"{answers}.profile")
    fleet.close()
    Path(answers).write_text(json.dumps(found, default=str), encoding="utf-8")
