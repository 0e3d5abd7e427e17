"""The traps of the two libraries, by their numbers in the reference, and what keeps us out of each.

The table is checked: a test that is renamed or deleted is missed here.
"""

import asyncio
import importlib.metadata
import re
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from isp_traffic_services import snmp_pysnmp, snmp_pysnmp_wire
from isp_traffic_services.poller import DeviceJob, LineJob, poll_devices
from isp_traffic_services.snmp_api import SYS_UPTIME, SnmpBadReply, Target, Usm
from isp_traffic_services.sources import IF_NAME, SOURCES
from pysnmp.smi.rfc1902 import ObjectIdentity, ObjectType

from tests.bench.agent.process import pace
from tests.conftest import ROOT
from tests.faults.network.agent import FIRST, Network

from .agents import PATIENCE, fast_user

PYSNMP = {
    1: ("test_engines_of_v3_have_few_targets", "test_v1_and_v2c_need_no_engine"),
    2: ("test_full_parallelism_has_no_false_timeout", "test_never_more_in_flight_than_it_bears"),
    3: ("test_one_discovery_and_one_key_for_many_requests", "test_v1_and_v2c_need_no_engine"),
    4: ("test_silence_costs_timeout_times_tries",),
    5: ("test_walk_of_a_dead_device_ends", "test_versions_are_those_that_were_tried"),
    6: (
        "test_no_access_is_no_missing_value",
        "test_mutated_replies_never_escape_as_foreign_errors",
    ),
    7: ("test_no_mib_is_read", "test_errors_and_garbage_are_errors_of_ours"),
    8: ("test_answer_from_another_address",),
    9: ("test_either_library_may_be_absent",),
}
GUFO = {
    1: ("test_either_library_may_be_absent", "test_every_hash_and_cipher"),
    2: (
        "test_tries_are_counted",
        "test_lost_requests_are_repeated",
        "test_closed_port_is_silence",
        "test_late_reply_does_not_answer_the_next_request",
    ),
    3: (
        "test_values_of_one_request_are_of_one_moment",
        "test_wrong_index_is_proven_by_the_name",
        "test_tables_alone_and_joined_by_index",
    ),
    4: ("test_answers_larger_than_the_buffer",),
    5: (
        "test_device_that_takes_few_varbinds",
        "test_toobig_for_one_value_is_no_missing_value",
        "test_errors_and_garbage_are_errors_of_ours",
        "test_tables_whatever_the_size_of_a_request",
    ),
    6: (
        "test_what_is_missing_is_none_beside_what_is_not",
        "test_half_an_answer_is_asked_again",
        "test_value_nobody_asked_for_is_no_answer",
    ),
    7: ("test_length_beyond_the_end_is_a_bad_reply", "test_cancellation_passes"),
    8: ("test_endless_walks_end", "test_more_rows_than_allowed_are_refused"),
    9: ("test_answer_from_another_address",),
    10: ("test_probe_and_every_value", "test_width_of_a_counter_is_that_of_its_column"),
    11: (
        "test_one_discovery_and_one_key_for_many_requests",
        "test_session_is_kept_until_the_window_of_time_ends",
        "test_engine_whose_time_left_the_window",
        "test_engine_that_restarts",
    ),
    12: (
        "test_more_devices_than_files_may_be_open",
        "test_sockets_and_tasks_end_with_the_backend",
    ),
}


@pytest.mark.parametrize(("table", "count"), [(PYSNMP, 9), (GUFO, 12)], ids=["pysnmp", "gufo"])
def test_every_trap_has_a_test(table, count):
    assert list(table) == list(range(1, count + 1))
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", text, re.M))
    assert {name for names in table.values() for name in names} <= there


# --- pysnmp ---


@pytest.fixture
def engines(monkeypatch):
    """The engines that are made, counted."""
    made = []

    class Counted(snmp_pysnmp_wire.full.SnmpEngine):
        def __init__(self, *arguments, **values):
            made.append(self)
            super().__init__(*arguments, **values)

    monkeypatch.setattr(snmp_pysnmp_wire.full, "SnmpEngine", Counted)
    return made


def test_v1_and_v2c_need_no_engine(engines, farm, calls):
    for kind, way, count in (("fast", "2c", 0), ("own-router", "1", 0), ("fast", "sha-aes", 1)):
        calls(farm.agent(kind, way).target, ("probe",), ("get", [SYS_UPTIME]), ("probe",))
        assert len(engines) in (0, count)  # none at all with gufo


def test_engines_of_v3_have_few_targets():
    """Adding a target takes pysnmp time in proportion to those its engine has."""
    full = snmp_pysnmp_wire.Full()
    usm = Usm("u", "SHA", "password", "AES", "password")
    engines = [full._engine(Target(f"10.0.{n // 250}.{n % 250}", usm=usm)) for n in range(150)]
    assert [engines.count(engine) for engine in dict.fromkeys(engines)] == [100, 50]
    other = full._engine(Target("10.9.9.9", usm=Usm("u", "SHA", "passwords", "AES", "password")))
    assert other not in engines
    full.close()


def test_no_mib_is_read(monkeypatch, farm, calls):
    """Looking names up costs half of the CPU and more."""

    def refuse(*_arguments, **_values):
        raise AssertionError("a MIB was read")

    for part in (ObjectType, ObjectIdentity):
        monkeypatch.setattr(part, "resolve_with_mib", refuse)
    for way in ("2c", "sha-aes"):
        agent = farm.agent("fast", way)
        rows, found = calls(agent.target, ("walk", [IF_NAME], 100), ("get", list(agent.values)))
        assert rows == agent.rows(IF_NAME)
        assert found == agent.values


def test_never_more_in_flight_than_it_bears(monkeypatch, farm):
    """At 100 in parallel, live devices look dead to pysnmp: it gets 20, however many there are."""
    now, most, ask = [0], [0], snmp_pysnmp.PysnmpBackend._request

    async def counted(self, *arguments):
        now[0] += 1
        most[0] = max(most[0], now[0])
        try:
            return await ask(self, *arguments)
        finally:
            now[0] -= 1

    monkeypatch.setattr(snmp_pysnmp.PysnmpBackend, "_request", counted)
    jobs = crowd(farm, 60, "pysnmp")
    assert {result.state for result in asyncio.run(poll_devices(jobs, 30))} == {"up"}
    assert most[0] == snmp_pysnmp.PysnmpBackend.parallel == 20


def test_versions_are_those_that_were_tried():
    """pysnmp before 7.1.30 hangs on a dead host; of gufo-snmp one series was tried."""
    version = tuple(map(int, importlib.metadata.version("pysnmp").split(".")[:3]))
    assert version >= (7, 1, 30)
    wishes = (ROOT / "requirements.in").read_text()
    assert "pysnmp>=7.1.30" in wishes
    assert "gufo-snmp==0.13." in wishes


# --- both ---


def crowd(farm, count, backend, version="2c", **values):
    """Return jobs for devices of the fast agent, each of 2 lines, that answer after 20 ms."""
    network = farm.fast(220, 2, 20.0).network
    values = {"timeout": PATIENCE, "retries": 0, "backend": backend, **values}
    user = fast_user() if version == "3" else None
    lines = tuple(LineJob(n, "mt_ppp", f"line{n:05d}", str(n)) for n in (1, 2))
    return [
        DeviceJob(
            number,
            Target(network.address(number), network.port, version, "public", usm=user, **values),
            lines,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("version", ["2c", "3"])
def test_full_parallelism_has_no_false_timeout(backend_name, farm, version):
    """200 devices at once through gufo, 20 through pysnmp, one try each: every value is right."""
    count = {"gufo": 220, "pysnmp": 60 if version == "2c" else 25}[backend_name]
    results = asyncio.run(poll_devices(crowd(farm, count, backend_name, version), 60))
    assert {result.state for result in results} == {"up"}
    for result in results:
        for reading in result.readings:
            start = 2**40 + reading.uptime * pace(2 * reading.line_id)
            assert reading.octets_in == start
    assert sum(len(result.readings) for result in results) == 2 * count


def test_more_devices_than_files_may_be_open(farm):
    """gufo has a socket per session: a device that was polled gives its own back."""
    if not farm.fast(220, 2, 20.0):
        return
    network = farm.fast(220, 2, 20.0).network
    done = subprocess.run(
        [sys.executable, "-c", MANY, network.address(0), str(network.port), "220"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "['up']", done.stdout + done.stderr
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 100


MANY = """
import asyncio, ipaddress, resource, sys
import tests.conftest
from isp_traffic_services.poller import DeviceJob, poll_devices
from isp_traffic_services.snmp_api import Target
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
first, port, count = ipaddress.ip_address(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
jobs = [
    DeviceJob(n, Target(str(first + n), port, community="x", timeout=2.0, backend="gufo"))
    for n in range(count)
]
results = asyncio.run(poll_devices(jobs, 60, parallel=50))
print(sorted({result.state for result in results}))
"""


@pytest.mark.parametrize(("code", "bits"), [("if_hc", 64), ("if_32", 32), ("airmax", 32)])
def test_width_of_a_counter_is_that_of_its_column(calls, target, code, bits):
    """A value comes without its type: that it wraps at 2^32 is known from where it stands."""
    source = SOURCES[code]
    (rows,) = calls(target(), ("walk", [source.octets_in], 100))
    assert {type(value) for (value,) in rows.values()} == {int}
    assert source.bits == bits


def test_device_with_twenty_thousand_interfaces(backend_name, calls):
    """The names of all of them are read; more than allowed is a clear refusal, not half a table."""
    network = Network(1, 19_999)  # the end of the table tells gufo that it is one
    network.start()
    try:
        target = Target(f"{FIRST}1", network.port, community="x", timeout=5.0, retries=1)
        (cut,) = calls(target, ("walk", [IF_NAME], 1_000))
        assert isinstance(cut, SnmpBadReply)
        lines = tuple(LineJob(n, "mt_ppp", f"line{n}") for n in (1, 9_999, 19_998, 19_999))
        job = DeviceJob(
            1, replace(target, backend=backend_name), (*lines, LineJob(4, "mt_ppp", "nobody"))
        )
        (result,) = asyncio.run(poll_devices([job], 120))
        assert [reading.index for reading in result.readings] == [line.key[4:] for line in lines]
        assert result.statuses[4] == "not_found"
    finally:
        network.stop()
