import os
import signal
import subprocess
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tools import config

from ..const import EARLY, LEASE_MARGIN
from .common import SIMULATOR, Simulator

DEVICES = 12
INTERVAL = 6  # seconds
DEADLINE = INTERVAL * 0.9  # as the collector sets it
#: Seconds after the death of a collector until nothing keeps its devices any more: its lease has
#: run out, and they are due for half an interval, which is told in whole seconds.
KEPT = max(DEADLINE + min(LEASE_MARGIN, DEADLINE / 2), INTERVAL * (1.5 + EARLY) + 1)
PATIENCE = 240  # seconds until what never comes is given up


@tagged("post_install", "-at_install")
class TestTwoCollectors(BaseCase):
    """Two collectors as processes of their own on rows that are really committed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not SIMULATOR.is_dir():
            cls.skipTest(cls, "the SNMP simulator is not beside this addon")
        cls.database = config["db_name"][0]
        cls.simulator = Simulator()
        cls.addClassCleanup(cls.simulator.stop)
        cls.addClassCleanup(cls._remove)
        with cls._environment() as env:
            devices = env["isp.device"].create([cls._device(n) for n in range(DEVICES)])
            lines = env["isp.interface"].create(
                [{"device_id": device.id, "key": "linea001"} for device in devices]
            )
            cls.device_ids, cls.line_ids = devices.ids, lines.ids
            # From here on every octet must be in one sample.
            env["isp.device"]._run_cycle(DEADLINE, INTERVAL, "before the collectors")
        cls.began = time.time()
        cls.base = cls._counted()

    @classmethod
    def _environment(cls):
        return _Committed(cls.database)

    @classmethod
    def _device(cls, number):
        return {
            "name": f"two collectors {number}",
            "host": "127.0.0.1",
            "port": cls.simulator.port,
            "community": "torre-norte",
            "timeout": 4.0,  # a device that is slow to answer on a busy machine is not silent
            "retries": 0,
            "company_id": 1,
        }

    @classmethod
    def _remove(cls):
        with cls._environment() as env:
            devices = env["isp.device"].search([("name", "like", "two collectors")])
            env["isp.interface"].search([("device_id", "in", devices.ids)]).unlink()
            devices.unlink()
            env["isp.traffic.cycle"].search([("holder", "!=", False)]).unlink()
            env.cr.execute("DELETE FROM isp_traffic_lease")
            env.cr.execute("DELETE FROM isp_traffic_holder")

    def _start(self):
        command = [sys.executable, "-m", "odoo", f"--addons-path={','.join(config['addons_path'])}"]
        command += ["isp_collector", "-d", self.database, "--interval", str(INTERVAL)]
        for name in ("db_host", "db_port", "db_user", "db_password"):
            if config[name]:
                command.append(f"--{name}={config[name]}")
        process = subprocess.Popen(
            [*command, f"--data-dir={config['data_dir']}", "--log-level=error"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        process.terminate()
        process.wait(20)

    @classmethod
    def _rows(cls, query, *parameters):
        with db_connect(cls.database).cursor() as cr:
            cr.execute(query, parameters)
            return cr.fetchall()

    @classmethod
    def _counted(cls):
        """Return (octets, uptime in seconds) of the last stored reading of each line."""
        rows = cls._rows(
            "SELECT line_id, octets_in + octets_out, uptime / 100.0 FROM isp_traffic_state"
            " WHERE line_id = ANY(%s)",
            cls.line_ids,
        )
        return {line_id: (int(octets), float(uptime)) for line_id, octets, uptime in rows}

    def _wait(self, reached, what):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if reached():
                return
            time.sleep(0.3)
        self.fail(f"waited {PATIENCE} s in vain: {what}")

    def _read_since(self, since, times):
        """Tell whether every line has so many samples after a moment, in seconds."""
        rows = self._rows(
            "SELECT line_id FROM isp_traffic_sample WHERE line_id = ANY(%s)"
            " AND ts > to_timestamp(%s) GROUP BY line_id HAVING count(*) >= %s",
            self.line_ids,
            since,
            times,
        )
        return len(rows) == DEVICES

    def _holders(self):
        rows = self._rows(
            "SELECT DISTINCT holder FROM isp_traffic_cycle"
            " WHERE create_date > to_timestamp(%s) AT TIME ZONE 'UTC'",
            self.began,
        )
        return {row[0] for row in rows}

    def _cycles_in_vain(self, free, since):
        """Return how many cycles began after a moment and ended before the last line was read.

        :param free: the moment from which every device may be taken
        :param since: the moment after which each line must be read again
        """
        rows = self._rows(
            "SELECT count(*) FROM isp_traffic_cycle WHERE holder IS NOT NULL"
            "   AND create_date - seconds * interval '1 second'"
            "       > to_timestamp(%s) AT TIME ZONE 'UTC'"
            "   AND create_date AT TIME ZONE 'UTC' < ("
            "       SELECT max(ts) FROM (SELECT min(ts) AS ts FROM isp_traffic_sample"
            "        WHERE line_id = ANY(%s) AND ts > to_timestamp(%s) GROUP BY line_id) AS first)",
            free,
            self.line_ids,
            since,
        )
        return rows[0][0]

    def test_one_killed_is_taken_over_and_nothing_counts_twice(self):
        first, second = self._start(), self._start()
        self._wait(lambda: len(self._holders()) == 2, "both work")
        both = time.time()
        self._wait(lambda: self._read_since(both, 2), "two samples of every line")
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        killed = time.time()
        self._wait(lambda: self._read_since(killed, 1), "the lines of the dead one")
        # Told in cycles of the living one, not in seconds, which a busy machine stretches.
        self.assertLessEqual(self._cycles_in_vain(killed + KEPT, killed), 1)
        self._end(second)
        self._check_samples()
        self._check_days()

    def _check_samples(self):
        """The samples add up to what the counters grew by: no second twice, none forgotten."""
        rows = self._rows(
            "SELECT line_id, sum(down_b + up_b)::bigint, sum(secs), count(*), bit_or(flags)"
            " FROM isp_traffic_sample WHERE line_id = ANY(%s) GROUP BY line_id",
            self.line_ids,
        )
        self.assertEqual(len(rows), DEVICES)
        last = self._counted()
        for line_id, octets, seconds, samples, flags in rows:
            self.assertEqual(octets, last[line_id][0] - self.base[line_id][0])
            # Each is rounded to whole seconds.
            grown = last[line_id][1] - self.base[line_id][1]
            self.assertAlmostEqual(seconds, grown, delta=samples / 2)
            self.assertEqual(flags, 0)

    def _check_days(self):
        """Whatever the two had rolled up when they ended, a roll-up brings the rest."""
        with self._environment() as env:
            env["isp.device"]._roll_all(0)
        rows = self._rows(
            "SELECT s.octets, (SELECT sum(down_b) FROM isp_traffic_day d"
            "                   WHERE d.line_id = s.line_id)::bigint"
            "  FROM (SELECT line_id, sum(down_b)::bigint AS octets FROM isp_traffic_sample"
            "         WHERE line_id = ANY(%s) GROUP BY line_id) AS s",
            self.line_ids,
        )
        self.assertEqual(len(rows), DEVICES)
        for sampled, rolled in rows:
            # A sample over midnight is shared by two days, in whole octets.
            self.assertAlmostEqual(sampled, rolled, delta=1)


class _Committed:
    """An environment of its own transaction, committed at its end, beside that of the tests."""

    def __init__(self, database):
        self.cr = db_connect(database).cursor()

    def __enter__(self):
        return api.Environment(self.cr, SUPERUSER_ID, {"tracking_disable": True})

    def __exit__(self, kind, *_rest):
        if kind is None:
            self.cr.commit()  # pylint: disable=invalid-commit
        self.cr.close()
