"""A real Odoo server under a steady stream of webhooks: when is each service active again?"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2

from scripts.console import Problem, say
from scripts.database import Databases
from scripts.stages import free_port

from .odoo_side.names import PASSWORD, USER

BOOT, PATIENCE = 120.0, 120.0
LOOK = 0.02  # seconds between two looks at the database
SENDERS = 16
JOBS = ("--no-http", "--max-cron-threads=1")
SECRET = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Live:
    """A server, its stream of messages, and a look at the database that sees each commit."""

    def __init__(self, databases: Databases, database: str, log: Path) -> None:
        self.databases, self.database, self.log = databases, database, log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def measure(self, bodies: list[str], warm_up: int, rate: float) -> list[float]:
        """Send the messages at ``rate`` per second; the seconds until each service is active.

        :param warm_up: how many are sent before, and not counted
        :return: sorted
        """
        processes = [self._start(*options) for options in (self._web(), JOBS)]
        try:
            self._await_server(processes[0])
            for body in bodies[:warm_up]:
                self._send(body)
            self._await_active(warm_up)
            return self._stream(bodies[warm_up:], rate)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(60)

    def _web(self) -> tuple[str, ...]:
        return ("--http-interface=127.0.0.1", f"--http-port={self.port}", "--max-cron-threads=0")

    def _start(self, *options: str) -> subprocess.Popen:
        """Start a process of Odoo, as in production: one answers, another one does the jobs."""
        common = ("--workers=0", "--log-level=warn", "--db_maxconn=24", "--limit-memory-soft=0")
        command = self.databases.odoo(self.database, *common, *options)
        with self.log.open("a") as out:
            return subprocess.Popen(
                command,
                env=self.databases.odoo_environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def _await_server(self, process: subprocess.Popen) -> None:
        until = time.monotonic() + BOOT
        while time.monotonic() < until:
            try:
                with _direct.open(f"{self.url}/web/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
            if process.poll() is not None:
                break
        raise Problem(f"the server does not answer: see {self.log}")

    def _send(self, body: str) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {SECRET}"}
        url = f"{self.url}/payment/openpay/webhook"
        request = urllib.request.Request(url, body.encode(), headers)
        with _direct.open(request, timeout=60) as answer:
            if answer.status != 200:
                raise Problem(f"the webhook answered {answer.status}")

    # === THE STREAM === #

    def _stream(self, bodies: list[str], rate: float) -> list[float]:
        """Send in step with the clock while a thread notes when each service is back."""
        sent: dict[str, float] = {}
        back: dict[str, float] = {}
        known = set(self._active())
        stop = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(known, back, stop))
        watcher.start()
        began = time.monotonic()

        def send(number: int) -> None:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            sent[json.loads(bodies[number])["transaction"]["id"]] = time.monotonic()
            self._send(bodies[number])

        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(send, range(len(bodies))))
        say(f"the last of {len(bodies)} messages was taken after {time.monotonic() - began:.1f} s")
        until = time.monotonic() + PATIENCE
        while len(back) < len(bodies) and time.monotonic() < until:
            time.sleep(LOOK)
        stop.set()
        watcher.join()
        if len(back) < len(bodies):
            raise Problem(f"{len(bodies) - len(back)} services are still cut: see {self.log}")
        return sorted(back[charge] - sent[charge] for charge in sent)

    def _watch(self, known: set[str], back: dict[str, float], stop: threading.Event) -> None:
        while not stop.is_set():
            now = time.monotonic()
            for charge in self._active():
                if charge not in known:
                    known.add(charge)
                    back[charge] = now
            time.sleep(LOOK)

    def _await_active(self, count: int) -> None:
        until = time.monotonic() + PATIENCE
        while len(self._active()) < count:
            if time.monotonic() > until:
                raise Problem(f"the first payments are not booked: see {self.log}")
            time.sleep(0.1)

    def _active(self) -> list[str]:
        """The charges whose service was cut once, is active and wanted on in the network now."""
        environment = self.databases.environment
        if not hasattr(self, "_connection"):
            self._connection = psycopg2.connect(
                dbname=self.database,
                host=environment["PGHOST"],
                port=environment.get("PGPORT"),
                user=environment["PGUSER"],
            )
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT voucher.charge_id FROM isp_payment_voucher voucher"
                "  JOIN isp_subscription service ON service.id = voucher.subscription_id"
                " WHERE service.state IN ('active', 'grace')"
                "   AND service.network_desired_state = 'on' AND EXISTS ("
                "       SELECT 1 FROM isp_suspension cut WHERE cut.subscription_id = service.id)"
            )
            return [charge for (charge,) in cursor.fetchall()]
