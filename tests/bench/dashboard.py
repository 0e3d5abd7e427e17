"""The customer's dashboard beside Odoo's own portal home page.

Ours is ``/my/isp`` of the demo's star customer: service, balance, consumption and two graphs. The
peer is ``/my/home``. Customers with a service are redirected from it, so its visitor is a portal
user made for the measurement, with the same company and language, who owns nothing: the page is
as cheap as it can be, and the comparison leans to Odoo's side. A browser then asks
``/my/counters`` for the numbers on that page; a line says what this second request adds.

Both are asked in turn, in one process and one minute. Milliseconds (SQL and Python) and queries
are the server's own, from the line that Odoo logs for each request; each request carries a mark of
its own, so that other visitors of the demo are not counted. Nothing is asserted.
"""

from __future__ import annotations

import re
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench import Result
from scripts.console import Problem, say
from scripts.running import Running, running
from tests.visitor import Visitor

WARM_UP = 5
ROUNDS = 40
PATIENCE = 10.0  # seconds until the log must have the last line
#: numbers that Odoo's home page asks for when `account` is installed
COUNTERS = ["invoice_count", "bill_count", "overdue_invoice_count"]


@contextmanager
def plain_user(demo: Running) -> Iterator[Visitor]:
    """A portal user without any service, for the time of the measurement."""
    row = demo.login("admin")
    admin = Visitor(demo.url, row["login"], row["password"])
    domain = [("module", "=", "base"), ("name", "=", "group_portal")]
    group = admin.call("ir.model.data", "search_read", domain, fields=["res_id"])[0]["res_id"]
    login, password = f"bench.{secrets.token_hex(4)}@example.com", secrets.token_urlsafe(16)
    values = {"name": "Bench", "login": login, "password": password, "lang": "es_MX"}
    values["group_ids"] = [(6, 0, [group])]
    context = {"no_reset_password": True}
    user = admin.call("res.users", "create", [values], context=context)[0]
    partner = admin.call("res.users", "read", [user], fields=["partner_id"])[0]["partner_id"][0]
    try:
        yield Visitor(demo.url, login, password)
    finally:
        admin.call("res.users", "unlink", [user])
        admin.call("res.partner", "unlink", [partner])


def measured(log: Path, start: int, mark: str, count: int) -> tuple[float, float]:
    """Median milliseconds and queries of the marked requests in Odoo's log.

    :param start: size of the log before the first of them.
    :param count: how many there must be.
    """
    line = re.compile(
        rf'"\w+ \S*[?&]bench={mark}-\d+ HTTP/[\d.]+" 200 - (\d+) ([\d.]+) ([\d.]+)'.encode()
    )
    until = time.monotonic() + PATIENCE
    while True:
        with log.open("rb") as file:
            file.seek(start)
            rows = line.findall(file.read())
        if len(rows) >= count:
            break
        if time.monotonic() > until:
            raise Problem(f"{log.name} has {len(rows)} of {count} requests: is log_level info?")
        time.sleep(0.1)
    milliseconds = [1000 * (float(sql) + float(python)) for _queries, sql, python in rows]
    queries = [int(count) for count, _sql, _python in rows]
    return round(statistics.median(milliseconds), 1), statistics.median(queries)


def run() -> list[Result]:
    """Measure both pages."""
    demo = running()
    row = demo.login("star")
    marks = {name: f"{name}{secrets.token_hex(4)}" for name in ("ours", "peer", "counters")}
    with plain_user(demo) as peer:
        ours = Visitor(demo.url, row["login"], row["password"])
        for number in range(WARM_UP):
            page = ours.get(f"/my/isp?bench=warm-{number}")
            peer.get(f"/my/home?bench=warm-{number}")
        if row["contract"] not in page:
            raise Problem("the dashboard does not show the star customer's service")
        start = demo.log.stat().st_size
        for number in range(ROUNDS):
            ours.get(f"/my/isp?bench={marks['ours']}-{number}")
            peer.get(f"/my/home?bench={marks['peer']}-{number}")
            address = f"/my/counters?bench={marks['counters']}-{number}"
            peer.rpc(address, {"counters": COUNTERS})
    found = {name: measured(demo.log, start, mark, ROUNDS) for name, mark in marks.items()}
    for name, what in (
        ("ours", "/my/isp"),
        ("peer", "/my/home"),
        ("counters", "/my/counters, asked after /my/home"),
    ):
        milliseconds, queries = found[name]
        say(f"{what}: {milliseconds:g} ms, {queries:g} queries (median of {ROUNDS})")
    return [
        Result("dashboard", found["ours"][0], found["peer"][0], "ms"),
        Result("dashboard", found["ours"][1], found["peer"][1], "queries"),
    ]
