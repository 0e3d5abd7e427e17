"""SNMPv3 over time: engines that restart, clocks that move, users that share a name, kept keys."""

import asyncio

import pytest
from isp_traffic_services import snmp_gufo_session, snmp_pysnmp_wire
from isp_traffic_services.snmp_api import (
    SYS_UPTIME,
    SnmpAuthFailed,
    SnmpTimeout,
    Target,
    Usm,
)
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.sources import IF_DESCR, IF_NAME, SYS_NAME

from tests.simulators.common import free_port

from .agents import NOWHERE, PATIENCE, USERS, Farm
from .relay import Relay


@pytest.fixture
def secure(farm: Farm):
    """Return a target of snmpd: secure("sha-aes", timeout=0.5)."""

    def make(name="sha-aes", usm=None, **values):
        port = values.pop("port", None) or farm.snmpd().port
        values = {"timeout": PATIENCE, "retries": 0, **values}
        return Target("127.0.0.1", port, "3", usm=usm or USERS[name], **values)

    return make


def test_engine_that_restarts(backend_name, farm, secure):
    """The boots of the engine grow and its time starts at zero: a kept session finds back."""

    async def main():
        backend = make_backend(backend_name)
        target = secure(timeout=1.0, retries=1)
        await backend.probe(target)
        await asyncio.to_thread(farm.snmpd().restart)
        for _attempt in range(2):
            try:
                probe = await backend.probe(target)
                break
            except SnmpTimeout:
                continue
        await backend.aclose()
        return probe

    assert asyncio.run(main()).uptime < 1000


def test_engine_whose_time_left_the_window(backend_name, farm):
    """An engine refuses what is 150 s from its time: the next try asks for the time anew."""
    server, target = farm.fast(), farm.agent("fast", "sha-aes").target

    async def main():
        backend = make_backend(backend_name)
        patient = Target(target.host, target.port, "3", usm=target.usm, timeout=2.0, retries=1)
        before = await backend.probe(patient)
        await asyncio.to_thread(server.hurry)
        after = await backend.probe(patient)
        await asyncio.to_thread(server.hurry)
        rows = await backend.walk(patient, [IF_NAME], 100)
        await backend.aclose()
        return before.uptime, after.uptime, rows

    before, after, rows = asyncio.run(main())
    assert before + 3600 * 100 <= after < before + 3700 * 100
    assert len(rows) == server.network.lines


def test_session_is_kept_until_the_window_of_time_ends(monkeypatch, farm):
    """gufo keeps the time of its discovery: a session is made anew long before 150 s are over."""
    if not farm.fast():
        return
    assert snmp_gufo_session.V3_SECONDS <= 120
    target = farm.agent("fast", "sha-aes").target

    async def main():
        backend = make_backend("gufo")
        sessions = backend._sessions
        first = await sessions.open(target)
        kept = await sessions.open(target)
        monkeypatch.setattr(snmp_gufo_session, "V3_SECONDS", -1.0)
        sessions.stale(target)
        old = await sessions.open(target)
        new = await sessions.open(target)
        await backend.aclose()
        return first is kept, old is new

    assert asyncio.run(main()) == (True, False)


def test_one_discovery_and_one_key_for_many_requests(backend_name, farm):
    """Keys are a megabyte of hashing and an engine 120 ms: both are made once and kept."""
    agent = farm.agent("fast", "sha-aes").target
    engines = []

    async def main(port):
        backend = make_backend(backend_name)
        target = Target("127.0.0.1", port, "3", usm=agent.usm, timeout=PATIENCE, retries=0)
        await backend.get(target, [SYS_UPTIME])
        keys, first = snmp_gufo_session.master_key.cache_info().misses, relay.seen
        for _number in range(5):
            await backend.get(target, [SYS_UPTIME])
        if backend_name == "pysnmp":
            engines.extend(backend._wire._parts[snmp_pysnmp_wire.Full]._engines)
        assert snmp_gufo_session.master_key.cache_info().misses == keys
        await backend.aclose()
        return first, relay.seen - first

    with Relay(agent.port, host=agent.host) as relay:
        first, rest = asyncio.run(main(relay.port))
    assert first > 1  # the engine had to be met
    assert rest == 5
    assert len(engines) == (backend_name == "pysnmp")


def test_one_name_with_two_passwords(backend_name, secure):
    """Two devices may have a user of one name: a wrong password of one never reaches the other."""

    async def main():
        backend = make_backend(backend_name)
        with pytest.raises(SnmpAuthFailed):
            await backend.probe(secure(usm=Usm("sha-aes", "SHA", "authpass2", "AES", "privpass1")))
        answer = await backend.get(secure(), [SYS_UPTIME])
        await backend.aclose()
        return answer

    assert asyncio.run(main())[SYS_UPTIME] >= 0


def test_silent_v3_device_is_no_wrong_password(calls, secure):
    (found,) = calls(secure(port=free_port(), timeout=0.4, retries=1), ("probe",))
    assert isinstance(found, SnmpTimeout)


def test_view_that_hides_the_interfaces(calls, farm):
    narrow = Target("127.0.0.1", farm.snmpd().port, community="narrow", timeout=PATIENCE)
    rows, found, nothing = calls(
        narrow,
        ("walk", [IF_DESCR], 100),
        ("get", [SYS_NAME, (*IF_DESCR, 1)]),
        ("walk", [NOWHERE], 100),
    )
    assert rows == nothing == {}
    assert found == {SYS_NAME: b"conformance", (*IF_DESCR, 1): None}
