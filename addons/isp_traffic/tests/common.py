import importlib.util
import json
import socket
import subprocess
import sys
import time
import unittest
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from odoo.addons.isp_subscription.tests.common import IspCommon
from odoo.addons.isp_traffic.services import storage

ROOT = Path(__file__).resolve().parents[3]
SIMULATOR = ROOT / "tests" / "simulators" / "snmp"


def load_model():
    """Return the simulator's traffic model: what a router would have counted at any time."""
    spec = importlib.util.spec_from_file_location("isp_snmp_model", SIMULATOR / "model.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Simulator:
    """The SNMP simulator as a process of its own on the loopback interface."""

    def __init__(self, lines=20):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "tests.simulators.snmp", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--lines", str(lines)], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        self._wait()

    def _wait(self):
        for _attempt in range(200):
            try:
                self.call("health")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the SNMP simulator does not answer")

    def call(self, path, **data):
        """Call the control interface: GET without data, else POST."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_control/{path}",
            json.dumps(data).encode() if data else None,
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.loads(answer.read())

    def line(self, user):
        """Return one line as the control interface describes it."""
        return next(row for row in self.call("lines") if row["user"] == user)

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


class TrafficMixin:
    """A network of two towers in the simulator, with one line for each of two customers."""

    @classmethod
    def _set_up_network(cls):
        if not SIMULATOR.is_dir():
            raise unittest.SkipTest("the SNMP simulator is not beside this addon")
        cls.simulator = Simulator()
        cls.addClassCleanup(cls.simulator.stop)
        cls.model = load_model()
        cls.company.isp_traffic_interval = 300
        cls.north = cls._create_device("torre-norte")
        cls.south = cls._create_device("torre-sur")
        cls.subscription = cls._create_subscription()
        cls.other_subscription = cls._create_subscription(
            partner_id=cls.other_customer.id, plan_id=cls.plan_100.id
        )
        cls.line = cls._create_line(cls.north, "linea001", cls.subscription)
        cls.other_line = cls._create_line(cls.north, "linea002", cls.other_subscription)
        cls.south_line = cls._create_line(cls.south, "linea011")

    @classmethod
    def _create_device(cls, name, **values):
        return cls.env["isp.device"].create(
            {
                "name": name,
                "host": "127.0.0.1",
                "port": cls.simulator.port,
                "community": name,
                "timeout": 2.0,
                "retries": 0,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _create_line(cls, device, key, subscription=None, **values):
        return cls.env["isp.interface"].create(
            {
                "device_id": device.id,
                "key": key,
                "subscription_id": subscription and subscription.id,
                **values,
            }
        )

    # === ACTIONS === #

    def _cycle(self, devices=None, **kwargs):
        """Poll now, whatever the devices' slots are; return the figures of the cycle."""
        (devices or self.north | self.south).next_poll = False
        self.env.flush_all()
        return self.env["isp.device"]._run_cycle(10, **kwargs)

    def _samples(self, line, columns="down_b, up_b, secs, flags"):
        self.env.cr.execute(
            f"SELECT {columns} FROM isp_traffic_sample WHERE line_id = %s ORDER BY ts", (line.id,)
        )
        return self.env.cr.fetchall()

    def _state(self, line):
        return storage.load_states(self.env.cr, line.ids).get(line.id)

    @staticmethod
    def _moment(*args):
        return datetime(*args, tzinfo=UTC)

    def _ingest(self, line, *points, index="7"):
        """Ingest (moment, octets down, octets up) for one line; uptime follows the moment."""
        polls = [
            (moment, round(moment.timestamp() * 100) % 2**31, {line.key: (index, up, down)})
            for moment, down, up in points
        ]
        return line.device_id._ingest_polls(polls)

    def _days(self, line):
        """Return {day: (down, up, late down, seconds, samples)} of the roll-up."""
        self.env.cr.execute(
            "SELECT day, down_b, up_b, late_down_b, secs, n FROM isp_traffic_day"
            " WHERE line_id = %s ORDER BY day",
            (line.id,),
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}


class TrafficCommon(TrafficMixin, IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_network()
