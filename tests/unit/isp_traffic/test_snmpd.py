"""The same conformance on Debian's snmpd: an agent that is not ours, in v1, v2c and v3."""

import asyncio
import time

import pytest
from isp_traffic_services.snmp_api import (
    SYS_OBJECT_ID,
    SYS_UPTIME,
    SnmpAuthFailed,
    SnmpTimeout,
    Target,
    Usm,
    check_usm,
    parse_oid,
)
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.sources import IF_DESCR, IF_HC_IN, SYS_NAME

from tests.simulators.common import free_port
from tests.simulators.snmp.netsnmp import Snmpd, program

MISSING = (*IF_DESCR, 999_999)
NO_OBJECT = parse_oid("1.3.6.1.4.1.99999.1.0")
USERS = {
    "sha-aes": Usm("sha-aes", "SHA", "authpass1", "AES", "privpass1"),
    "sha256-aes": Usm("sha256-aes", "SHA256", "authpass1", "AES", "privpass1"),
    "md5-des": Usm("md5-des", "MD5", "authpass1", "DES", "privpass1"),
    "sha-only": Usm("sha-only", "SHA", "authpass1", "", ""),
}
WAYS = ("1", "2c", *USERS)


@pytest.fixture(scope="module")
def snmpd():
    """One agent for all tests."""
    if not program("snmpd"):
        pytest.skip("snmpd is not installed")
    with Snmpd(free_port()) as agent:
        yield agent


@pytest.fixture(params=WAYS)
def agent(request, snmpd):
    """Return the target of each version and level."""
    return way(snmpd, request.param)


def way(snmpd, name, **values):
    values = {"timeout": 1.0, "retries": 0, **values}
    if name in USERS:
        return Target("127.0.0.1", snmpd.port, "3", usm=USERS[name], **values)
    return Target("127.0.0.1", snmpd.port, name, "public", **values)


def test_probe(call, agent):
    probe = call("probe", agent)
    assert probe.uptime > 0
    assert probe.object_id.startswith("1.3.6.1.4.1.8072.3.2.")


def test_values_are_those_of_another_client(call, agent, snmpd):
    oracle = snmpd.walk("1.3.6.1.2.1.2.2.1.2")
    rows = call("walk", agent, [IF_DESCR], 100)
    assert {f"1.3.6.1.2.1.2.2.1.2.{i}": f'"{name.decode()}"' for (i,), (name,) in rows.items()} == (
        oracle
    )
    assert call("get", agent, [SYS_NAME]) == {SYS_NAME: b"conformance"}


def test_missing_values_beside_others(call, agent):
    """NoSuchInstance, noSuchObject, and in v1 noSuchName of a whole request."""
    answer = call("get", agent, [SYS_NAME, MISSING, NO_OBJECT, SYS_OBJECT_ID])
    assert (answer[SYS_NAME], answer[MISSING], answer[NO_OBJECT]) == (b"conformance", None, None)
    assert answer[SYS_OBJECT_ID]


def test_empty_column_and_the_end_of_the_mib(call, agent):
    assert call("walk", agent, [parse_oid("1.3.6.1.4.1.99999")], 100) == {}
    assert call("walk", agent, [parse_oid("2.999")], 100) == {}


def test_64_bits(call, snmpd, agent):
    """Counter64 does not exist in v1: such an agent leaves the column out."""
    before = snmpd.walk("1.3.6.1.2.1.31.1.1.1.6.1")
    rows = call("walk", agent, [IF_HC_IN], 100)
    after = snmpd.walk("1.3.6.1.2.1.31.1.1.1.6.1")
    if agent.version == "1":
        assert rows == {}
    else:
        assert int(*before.values()) <= rows[(1,)][0] <= int(*after.values())


@pytest.mark.parametrize(
    "usm",
    [
        Usm("nobody", "SHA", "authpass1", "AES", "privpass1"),
        Usm("sha-aes", "SHA", "wrongpass", "AES", "privpass1"),
        Usm("sha-aes", "MD5", "authpass1", "AES", "privpass1"),
        Usm("sha-aes", "SHA", "short", "AES", "privpass1"),
        Usm("sha-aes", "SHA", "authpass1", "ROT13", "privpass1"),
        Usm("sha-aes", "", "", "AES", "privpass1"),
        Usm("sha-aes", "", "", "", ""),
        Usm("", "SHA", "authpass1"),
        None,
    ],
    ids=["user", "password", "hash", "short", "cipher", "order", "level", "nameless", "none"],
)
def test_wrong_v3_credentials_are_told_apart_from_silence(call, snmpd, usm):
    began = time.monotonic()
    with pytest.raises(SnmpAuthFailed):
        call("probe", Target("127.0.0.1", snmpd.port, "3", usm=usm, timeout=3.0, retries=0))
    assert time.monotonic() - began < 2.9


def test_wrong_privacy_password_is_no_silence(call, snmpd):
    """The engine says who it is, and then nothing: both libraries drop what it answers."""
    usm = Usm("sha-aes", "SHA", "authpass1", "AES", "wrongpass")
    with pytest.raises(SnmpAuthFailed):
        call("probe", Target("127.0.0.1", snmpd.port, "3", usm=usm, timeout=0.5, retries=0))


@pytest.mark.parametrize("version", ["1", "2c"])
def test_wrong_community_is_silence(call, snmpd, version):
    with pytest.raises(SnmpTimeout):
        call("probe", Target("127.0.0.1", snmpd.port, version, "wrong", timeout=0.5, retries=0))


def test_view_that_hides_the_interfaces(call, snmpd):
    narrow = Target("127.0.0.1", snmpd.port, community="narrow", timeout=1.0, retries=0)
    assert call("walk", narrow, [IF_DESCR], 100) == {}
    assert call("get", narrow, [SYS_NAME, (*IF_DESCR, 1)])[(*IF_DESCR, 1)] is None


def test_silent_v3_device_costs_timeout_times_tries(call):
    began = time.monotonic()
    target = Target("127.0.0.1", free_port(), "3", usm=USERS["sha-aes"], timeout=0.5, retries=1)
    with pytest.raises(SnmpTimeout):
        call("probe", target)
    assert time.monotonic() - began < 2.5


def test_engine_that_restarts(backend_name, snmpd):
    """The boots of the engine grow and its time starts at zero: a kept session finds back."""

    async def main():
        backend = make_backend(backend_name)
        target = way(snmpd, "sha-aes", timeout=0.5, retries=1)
        await backend.probe(target)
        await asyncio.to_thread(snmpd.restart)
        for _attempt in range(2):
            try:
                probe = await backend.probe(target)
                break
            except SnmpTimeout:
                continue
        await backend.aclose()
        return probe

    assert asyncio.run(main()).uptime < 1000


def test_one_name_with_two_passwords(backend_name, snmpd):
    """Two devices may have a user of one name: a wrong password of one never reaches the other."""

    async def main():
        backend = make_backend(backend_name)
        wrong = Usm("sha-aes", "SHA", "authpass2", "AES", "privpass1")
        with pytest.raises(SnmpAuthFailed):
            await backend.probe(
                Target("127.0.0.1", snmpd.port, "3", usm=wrong, timeout=1.0, retries=0)
            )
        answer = await backend.get(way(snmpd, "sha-aes"), [SYS_UPTIME])
        await backend.aclose()
        return answer

    assert asyncio.run(main())[SYS_UPTIME] >= 0


def test_credentials_stay_out_of_repr():
    usm = Usm("ana", "SHA", "hush-one", "AES", "hush-two")
    assert check_usm(usm) is usm
    for text in (repr(usm), repr(Target("10.0.0.1", "3", usm=usm))):
        assert "hush" not in text
