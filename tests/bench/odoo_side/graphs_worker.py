"""What a page of traffic asks, timed inside Odoo: whole methods, and the live pages' share."""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import time
from datetime import timedelta
from pathlib import Path

from odoo.fields import Date

from odoo.addons.isp_traffic.services import live, storage

ROUNDS = 5
LIVE_STEPS = 5
# What the roll-ups save: the days of two weeks from the samples themselves.
RAW = """
SELECT (ts AT TIME ZONE 'America/Mexico_City')::date, sum(down_b), sum(up_b)
  FROM isp_traffic_sample WHERE line_id = %s AND ts > now() - interval '14 days' GROUP BY 1
"""


def _hot(calls) -> dict:
    """Time every call after it was made once; milliseconds."""
    found = []
    for call in calls:
        call()
        for _round in range(ROUNDS):
            began = time.perf_counter()
            call()
            found.append(1000 * (time.perf_counter() - began))
    return {"p50": statistics.median(found), "p95": statistics.quantiles(found, n=20)[-1]}


def graphs(env, lines: list[int], services: list[int]) -> dict:
    """Time the queries of dashboard and graphs."""
    cr, today = env.cr, Date.today()
    page = env["isp.portal.page"]
    records = env["isp.subscription"].browse(services)
    last = today - timedelta(days=1)

    def raw(line):
        cr.execute(RAW, (line,))
        return cr.fetchall()

    def year(line):
        return storage.day_totals(cr, [line], today - timedelta(days=395), today)

    month, week = today - timedelta(days=29), today - timedelta(days=6)
    return {
        "dashboard": _hot(
            [lambda record=record: page._get_traffic_values(record) for record in records]
        ),
        "thirteen_months": _hot([lambda line=line: year(line) for line in lines]),
        "month": _hot(
            [lambda line=line: storage.day_totals(cr, [line], month, today) for line in lines]
        ),
        "week_by_hour": _hot(
            [lambda r=record: r._isp_traffic_hours(week, today) for record in records]
        ),
        "percentile_95": _hot(
            [
                lambda r=record: r._isp_traffic_percentile(last - timedelta(days=12), last)
                for record in records
            ]
        ),
        "raw": _hot([lambda line=line: raw(line) for line in lines]),
    }


def viewers(env, line_ids: list[int], steps: int = LIVE_STEPS) -> dict:
    """Let every line be watched and run the live step of a collector."""
    cr, model, resolved = env.cr, env["isp.device"], {}
    live.beat(cr, "bench")
    live.watch(cr, line_ids)
    cr.commit()  # pylint: disable=invalid-commit
    model._run_live(resolved, "bench")  # looks the names up
    found, asked = [], []
    for _step in range(steps):
        live.beat(cr, "bench")
        live.watch(cr, line_ids)
        cr.commit()  # pylint: disable=invalid-commit
        used, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        points = model._run_live(resolved, "bench")
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        found.append({"wall": time.monotonic() - began, "cpu": cpu, "points": points})
        began = time.perf_counter()
        for line in line_ids[:100]:
            live.watch(cr, [line])
            live.points(cr, [line], time.time() - 180)
        asked.append(10 * (time.perf_counter() - began))
        cr.rollback()
    return {"steps": found, "page_ms": statistics.median(asked)}


def measure(env, given: str, answer: str) -> None:
    """Time the graphs."""
    filled = json.loads(Path(given).read_text(encoding="utf-8"))
    found = graphs(env, filled["lines"], filled["services"])
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


def watch(env, answer: str) -> None:
    """Time the viewers of every line there is: first a cycle finds their indexes."""
    asyncio.set_event_loop(None)
    env["isp.device"]._run_cycle(120, 300, "bench")
    lines = env["isp.interface"].search([("device_id.active", "=", True)]).ids
    Path(answer).write_text(json.dumps(viewers(env, lines)), encoding="utf-8")
