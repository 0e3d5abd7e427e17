"""The long-running collector: polling cycles in one thread, devices that do not answer in another,
live traffic and heartbeat in a third.

Started by the command `isp_collector`; for large networks, short intervals, or a live graph that
does not cost web requests anything.
"""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .services import live
from .services.fleet_book import Fleet

_logger = logging.getLogger(__name__)

TICK = 10.0  # seconds between two looks for devices that are due
RETRY = 15.0  # seconds after a failure of the database


class Collector:
    """Polls its share of the devices of a database until it is stopped.

    Any number of collectors may run, on any host: leases in the database part the devices.

    :param interval: seconds between two readings of a device; None means the devices' own
    :param cycles: stop after so many cycles; 0 means never
    """

    def __init__(self, dbname, interval=None, cycles=0):
        self.dbname = dbname
        self.interval = interval
        # Another process with this number never is this collector, hence the random part.
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.cycles = cycles
        self.stopping = threading.Event()
        self._resolved_at = {}
        self._fleet = Fleet()

    def run(self):
        """Work until SIGTERM or SIGINT, then leave the heartbeat table clean."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: self.stopping.set())
        _logger.info("Collector %s on %s", self.holder, self.dbname)
        threads = [
            threading.Thread(target=loop, name=f"isp_collector.{name}", daemon=True)
            for name, loop in (("live", self._live_loop), ("silent", self._silent_loop))
        ]
        for thread in threads:
            thread.start()
        try:
            self._cycle_loop()
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(5)
            self._guarded(self._sign_off)
            self._fleet.close()
        _logger.info("Collector stopped")

    # === LOOPS === #

    @property
    def _tick(self):
        return min(TICK, (self.interval or TICK) / 2)

    def _cycle_loop(self):
        done = 0
        while not self.stopping.is_set():
            began = time.monotonic()
            pause = self._tick if self._guarded(self._cycle) else RETRY
            done += 1
            if self.cycles and done >= self.cycles:
                return
            self.stopping.wait(max(pause - (time.monotonic() - began), 0.1))

    def _silent_loop(self):
        """Look whether silent devices are back: their timeouts keep no other device waiting."""
        threading.current_thread().dbname = self.dbname
        while not self.stopping.is_set():
            began = time.monotonic()
            pause = self._tick if self._guarded(self._silent_cycle) else RETRY
            self.stopping.wait(max(pause - (time.monotonic() - began), 0.1))

    def _live_loop(self):
        threading.current_thread().dbname = self.dbname
        while not self.stopping.is_set():
            began = time.monotonic()
            pause = live.STEP_SECONDS if self._guarded(self._live) else RETRY
            self.stopping.wait(max(pause - (time.monotonic() - began), 0.1))

    def _guarded(self, step):
        """Run a step; whatever fails is logged and tried again, the collector goes on."""
        try:
            step()
        except psycopg2.Error as error:
            _logger.warning("Collector: the database failed, trying again: %s", error)
        except Exception:
            _logger.exception("Collector: a step failed, trying again")
        else:
            return True
        return False

    @property
    def _deadline(self):
        return (self.interval or 300) * 0.9

    def _cycle(self):
        with self._environment() as env:
            figures = env["isp.device"]._run_fast_cycle(
                self._fleet, self._deadline, self.interval, self.holder, silent=False
            )
        if figures and figures["readings"]:
            _logger.info(
                "Cycle: %(devices_up)s up, %(devices_down)s down, %(samples)s samples, "
                "%(seconds).2f s",
                figures,
            )

    def _silent_cycle(self):
        with self._environment() as env:
            env["isp.device"]._run_cycle(self._deadline, self.interval, self.holder, silent=True)

    def _live(self):
        with self._environment() as env:
            live.beat(env.cr, self.holder)
            env.cr.commit()  # pylint: disable=invalid-commit
            env["isp.device"]._run_live(self._resolved_at, self.holder)

    def _sign_off(self):
        with self._environment() as env:
            live.stop_beat(env.cr, self.holder)

    @contextmanager
    def _environment(self):
        """Give an environment of its own transaction, with the registry brought up to date."""
        registry = Registry(self.dbname).check_signaling()
        with registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})
