"""Webhooks through the whole HTTP stack of one process, then the job that books, and the cost."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

from werkzeug.test import Client

from odoo import http, sql_db

from .billing_worker import own_cpu, postgres_cpu
from .names import PASSWORD, USER, XENDIT_TOKEN

SECRET = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
ROUTES = {"ours": "/payment/openpay/webhook", "peer": "/payment/xendit/webhook"}
HEADERS = {
    "ours": {"Authorization": f"Basic {SECRET}"},
    "peer": {"x-callback-token": XENDIT_TOKEN},
}
WARM_UP = 5


class Sender:
    """Posts messages as the provider's server does, without a socket."""

    def __init__(self, side: str) -> None:
        self.route = ROUTES[side]
        self.headers = {"Content-Type": "application/json", **HEADERS[side]}
        self.client = Client(http.root)

    def send(self, body: str) -> None:
        """Post one message, which must be taken."""
        environ = {"REMOTE_ADDR": "127.0.0.1"}
        answer = self.client.post(
            self.route, data=body.encode(), headers=self.headers, environ_base=environ
        )
        if answer.status_code != 200:
            raise RuntimeError(f"the webhook answered {answer.status_code}")


def _book(env, side: str) -> None:
    """Run the job that books what was announced."""
    env.cr.commit()  # a fresh look at the database
    if side == "ours":
        env["isp.payment.event"]._cron_process()
    else:
        env["payment.transaction"]._cron_post_process()
    env.cr.commit()


def _run(env, side: str, bodies: list[str]) -> dict:
    """Announce, book, and what it cost."""
    sender = Sender(side)
    queries, cpu, database = sql_db.sql_counter, own_cpu(), postgres_cpu(env)
    began = time.perf_counter()
    for body in bodies:
        sender.send(body)
    taken = time.perf_counter()
    _book(env, side)
    seconds = time.perf_counter() - began
    after = postgres_cpu(env)
    return {
        "count": len(bodies),
        "cpu": own_cpu() - cpu,
        "queries": sql_db.sql_counter - queries,
        "postgres": None if database is None or after is None else after - database,
        "seconds": seconds,
        "taking": taken - began,
    }


def _paid(env) -> int:
    """How many invoices are settled."""
    return env["account.move"].search_count(
        [
            ("move_type", "=", "out_invoice"),
            ("amount_total", "=", 349),
            ("amount_residual", "=", 0),
            ("state", "=", "posted"),
        ]
    )


def measure(env, side: str, bodies_file: str, answer: str) -> None:
    """Book the messages of a file, the first ones to warm up, and write the figures."""
    bodies = json.loads(Path(bodies_file).read_text(encoding="utf-8"))
    _run(env, side, bodies[:WARM_UP])
    before = _paid(env)
    figures = _run(env, side, bodies[WARM_UP:])
    figures["booked"] = _paid(env) - before
    Path(answer).write_text(json.dumps(figures), encoding="utf-8")
