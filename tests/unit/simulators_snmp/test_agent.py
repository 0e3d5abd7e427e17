"""The agent over UDP and its control interface; net-snmp's own tools are a second opinion."""

import shutil
import subprocess
import time
import urllib.error

import pytest

from tests.simulators.common import SimulatorProcess

HC_OUT = "1.3.6.1.2.1.31.1.1.1.10"


@pytest.fixture(scope="module")
def simulator():
    with SimulatorProcess("snmp", "--lines", "10", "--seed", "3") as process:
        yield process


def line(simulator, user):
    return next(row for row in simulator.get("/_control/lines") if row["user"] == user)


def test_health(simulator):
    assert simulator.get("/_control/health") == {
        "ok": True,
        "name": "snmp",
        "devices": 2,
        "lines": 10,
    }


def test_fixed_rate_is_a_known_slope(simulator):
    simulator.post("/_control/rate", {"user": "linea001", "down_mbps": 8, "up_mbps": 0.8})
    before_first = time.monotonic()
    first, after_first = line(simulator, "linea001"), time.monotonic()
    time.sleep(1)
    before_second = time.monotonic()
    second, after_second = line(simulator, "linea001"), time.monotonic()
    octets = second["out_octets"] - first["out_octets"]
    assert before_second - after_first <= octets / 1_000_000 + 0.01
    assert octets / 1_000_000 - 0.01 <= after_second - before_first
    simulator.post("/_control/rate", {"user": "linea001"})
    assert line(simulator, "linea001")["rate"] is None
    assert line(simulator, "linea001")["out_octets"] >= second["out_octets"]


def test_reboot(simulator):
    before = line(simulator, "linea002")
    simulator.post("/_control/reboot", {"device": "torre-norte"})
    after = line(simulator, "linea002")
    assert after["out_octets"] < before["out_octets"]
    devices = {device["device"]: device for device in simulator.get("/_control/devices")}
    assert devices["torre-norte"]["uptime"] < 500


def test_reconnect_gives_another_index(simulator):
    before = line(simulator, "linea003")
    simulator.post("/_control/reconnect", {"user": "linea003"})
    after = line(simulator, "linea003")
    assert after["index"] != before["index"]
    assert after["out_octets"] < 1_000_000


def test_lines_can_be_replaced():
    rows = [{"device": "torre-x", "user": "ana", "down_mbps": 50, "up_mbps": 20}]
    with SimulatorProcess("snmp") as process:
        process.post("/_control/lines", {"lines": rows})
        assert [row["name"] for row in process.get("/_control/lines")] == ["<pppoe-ana>"]


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/_control/rate", {"user": "nobody"}, 404),
        ("/_control/kill", {"device": "nowhere"}, 404),
        ("/_control/device", {"device": "torre-norte", "fault": "explode"}, 400),
        ("/_control/lines", {"lines": [{"nonsense": 1}]}, 400),
    ],
)
def test_mistakes_are_told(simulator, path, data, status):
    with pytest.raises(urllib.error.HTTPError) as caught:
        simulator.post(path, data)
    assert caught.value.code == status


def test_state_survives_a_restart(tmp_path):
    state = str(tmp_path / "state.json")
    with SimulatorProcess("snmp", "--state", state) as process:
        process.post("/_control/rate", {"user": "linea001", "down_mbps": 5, "up_mbps": 1})
        process.post("/_control/shift", {"device": "torre-norte", "by": 7})
        before = line(process, "linea001")
    with SimulatorProcess("snmp", "--state", state) as process:
        after = line(process, "linea001")
    assert (after["rate"], after["index"]) == ([5, 1], before["index"])
    assert after["out_octets"] >= before["out_octets"]


@pytest.mark.skipif(not shutil.which("snmpbulkwalk"), reason="net-snmp tools are not installed")
def test_net_snmp_reads_it(simulator):
    address = f"127.0.0.1:{simulator.port}"
    for tool in ("snmpbulkwalk", "snmpwalk"):
        done = subprocess.run(
            [tool, "-v2c", "-c", "torre-sur", "-On", address, HC_OUT],
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [row for row in done.stdout.splitlines() if "Counter64" in row]
        assert len(rows) == 9
