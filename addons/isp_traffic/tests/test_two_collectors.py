import os
import signal
import subprocess
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tools import config

from .common import SIMULATOR, Simulator

DEVICES = 12
INTERVAL = 6  # seconds
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
            "timeout": 1.0,
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

    def _rows(self, query, *parameters):
        with db_connect(self.database).cursor() as cr:
            cr.execute(query, parameters)
            return cr.fetchall()

    def _wait(self, reached, what):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if reached():
                return
            time.sleep(0.3)
        self.fail(f"waited {PATIENCE} s in vain: {what}")

    def _measured(self, since, times):
        """Tell whether every line has so many samples after a moment of the database."""
        rows = self._rows(
            "SELECT line_id FROM isp_traffic_sample WHERE line_id = ANY(%s)"
            " AND ts > to_timestamp(%s) GROUP BY line_id HAVING count(*) >= %s",
            self.line_ids,
            since,
            times,
        )
        return len(rows) == DEVICES

    def _readings_until_all(self, since):
        """Return how often a line was read after a moment until each had been read once."""
        rows = self._rows(
            "WITH late AS (SELECT line_id, ts FROM isp_traffic_sample"
            "               WHERE line_id = ANY(%s) AND ts > to_timestamp(%s)),"
            " every AS (SELECT max(first) AS ts FROM ("
            "   SELECT min(ts) AS first FROM late GROUP BY line_id) AS firsts)"
            " SELECT count(*) FROM late, every WHERE late.ts <= every.ts"
            " GROUP BY line_id ORDER BY 1 DESC LIMIT 1",
            self.line_ids,
            since,
        )
        return rows[0][0]

    def _holders(self, since):
        rows = self._rows(
            "SELECT DISTINCT holder FROM isp_traffic_cycle"
            " WHERE create_date > to_timestamp(%s) AT TIME ZONE 'UTC'",
            since,
        )
        return {row[0] for row in rows}

    def test_one_killed_is_taken_over_and_nothing_counts_twice(self):
        first, second = self._start(), self._start()
        self._wait(lambda: self._measured(0, 2), "two samples of every line")
        self.assertEqual(len(self._holders(0)), 2, "both work")
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        killed = time.time()
        self._wait(lambda: self._measured(killed, 1), "the lines of the dead one")
        # Told in readings of the living, not in seconds, which a busy machine stretches.
        self.assertLessEqual(self._readings_until_all(killed), 1 + 2, "two cycles")
        self._end(second)
        self._check_samples()

    def _check_samples(self):
        """No second is counted by two samples, and the octets add up to the counters' growth."""
        rows = self._rows(
            "SELECT line_id, extract(epoch FROM ts)::float8, secs, down_b, flags"
            " FROM isp_traffic_sample WHERE line_id = ANY(%s) ORDER BY line_id, ts",
            self.line_ids,
        )
        for line_id in self.line_ids:
            samples = [row[1:] for row in rows if row[0] == line_id]
            for (before, *_rest), (ts, secs, _down, flags) in zip(
                samples, samples[1:], strict=False
            ):
                self.assertAlmostEqual(ts - before, secs, delta=1)
                self.assertEqual(flags, 0)
        self.assertFalse(
            self._rows(
                "SELECT line_id FROM isp_traffic_day d WHERE line_id = ANY(%s) AND down_b <> ("
                " SELECT sum(down_b) FROM isp_traffic_sample s WHERE s.line_id = d.line_id)"
                " AND (SELECT count(*) FROM isp_traffic_day e WHERE e.line_id = d.line_id) = 1",
                self.line_ids,
            )
        )


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
