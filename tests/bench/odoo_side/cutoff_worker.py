"""Verdicts, simulation and lists over all the services, and what each cost."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from odoo import sql_db
from odoo.fields import Date

ROUNDS = 5
SAMPLE = 300  # services that the naive way looks at
PAGE = 80
MOST = 10001  # the web client counts no further


def _timed(env, work: Callable, rounds: int = ROUNDS) -> dict:
    """The best of some rounds of ``work``, each with empty caches of records."""
    best = None
    for _round in range(rounds + 1):  # the first one only warms up
        env.flush_all()
        env.invalidate_all()
        queries, start = sql_db.sql_counter, time.perf_counter()
        found = work()
        seconds = time.perf_counter() - start
        row = {"seconds": seconds, "queries": sql_db.sql_counter - queries, "found": found}
        if _round and (best is None or seconds < best["seconds"]):
            best = row
    return best


def _specification(env, model: str) -> dict:
    """What the web client asks for: the columns that the list of the model shows at first."""
    view = env[model].get_views([(False, "list")])["views"]["list"]["arch"]
    from lxml import etree  # only here: the shell need not know it

    shown = {}
    for node in etree.fromstring(view).xpath("//field[not(ancestor::field)]"):
        if node.get("optional") == "hide":
            continue
        field = env[model]._fields[node.get("name")]
        shown[field.name] = {"fields": {"display_name": {}}} if field.type == "many2one" else {}
    return shown


def _page(env, model: str, domain: list, specification: dict) -> int:
    """Open the first page of a list as the web client does; returns how many there are."""
    page = env[model].web_search_read(domain, specification, offset=0, limit=PAGE, count_limit=MOST)
    return page["length"]


def _simulate(env, company, today) -> dict:
    """One dry run of the cut-off, taken back afterwards."""
    queries, start = sql_db.sql_counter, time.perf_counter()
    run = env["isp.run"]._isp_simulate(company, today, "cutoff")
    env.flush_all()
    row = {
        "seconds": time.perf_counter() - start,
        "queries": sql_db.sql_counter - queries,
        "found": {"cut": run.cut, "grace": run.grace, "waiting": run.waiting},
    }
    env.cr.rollback()
    return row


def _naive(env, today) -> dict:
    """One service after the other, on a sample; the caller multiplies."""
    services = env["isp.subscription"]
    live = services.search([("state", "in", ("active", "grace"))]).ids
    ids = random.Random(1).sample(live, min(SAMPLE, len(live)))
    expected = {key for key, row in services._isp_cut_verdicts(today, env.company).items()}
    env.invalidate_all()
    queries, start = sql_db.sql_counter, time.perf_counter()
    verdicts = {sub_id: services.browse(sub_id)._isp_cut_verdict(today) for sub_id in ids}
    row = {
        "seconds": (time.perf_counter() - start) * len(live) / len(ids),
        "queries": (sql_db.sql_counter - queries) * len(live) / len(ids),
    }
    known = services._isp_cut_verdicts(today, env.company)
    different = [
        sub_id
        for sub_id, verdict in verdicts.items()
        if known.get(sub_id, ("none", ""))[0] != verdict.verdict
    ]
    if different or not expected:
        raise RuntimeError(f"the ways disagree about {len(different)} services")
    return row


def measure(env, answer: str) -> None:
    """Measure everything and write the figures to the file ``answer``."""
    company, today = env.company, Date.context_today(env.user)
    services = env["isp.subscription"]
    admin = env(user=env.ref("base.user_admin"), context={"lang": "en_US", "tz": "UTC"})
    ours = _specification(admin, "isp.subscription")
    peer = {name: {} for name in ("display_name", "email", "phone", "credit")}
    figures = {
        "services": services.search_count([]),
        "verdicts": _timed(
            env,
            lambda: Counter(
                row.verdict for row in services._isp_cut_verdicts(today, company).values()
            ),
        ),
        "dry_run": _simulate(env, company, today),
        "naive": _naive(env, today),
        "list_overdue": _timed(
            admin,
            lambda: _page(admin, "isp.subscription", [("overdue_amount", ">", 0)], ours),
        ),
        "list_to_cut": _timed(
            admin,
            lambda: _page(admin, "isp.subscription", [("cut_verdict", "=", "cut")], ours),
        ),
        "list_all": _timed(admin, lambda: _page(admin, "isp.subscription", [], ours)),
        "peer_list": _timed(admin, lambda: _page(admin, "res.partner", [("credit", ">", 0)], peer)),
    }
    Path(answer).write_text(json.dumps(figures), encoding="utf-8")
