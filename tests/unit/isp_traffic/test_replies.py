"""Devices that answer wrongly, late, too much or not at all, against both libraries."""

import asyncio
import socket
import threading
import time

import pytest
from isp_traffic_services.snmp_api import (
    SYS_OBJECT_ID,
    SYS_UPTIME,
    SnmpBadReply,
    SnmpError,
    SnmpTimeout,
    Target,
)
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.sources import IF_NAME, SYS_NAME

from tests.simulators.common import free_port

from .agents import USERS

# --- nothing comes ---


class Hole(threading.Thread):
    """A port that swallows what comes, and notes when."""

    def __init__(self):
        super().__init__(daemon=True)
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.bind(("127.0.0.1", 0))
        self.port = self.link.getsockname()[1]
        self.came = []

    def run(self):
        while self.link.recv(65535) != b"end":
            self.came.append(time.monotonic())
        self.link.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exc):
        self.link.sendto(b"end", ("127.0.0.1", self.port))
        self.join(5)


@pytest.mark.parametrize("way", ["1", "2c", "3"])
@pytest.mark.parametrize(("timeout", "retries"), [(0.3, 0), (0.4, 1)])
def test_silence_costs_timeout_times_tries(calls, way, timeout, retries):
    """±0.5 s, also where pysnmp counts time in ticks of half a second.

    From the first packet on: to make an engine is dear. A busy machine gets three chances.
    """
    wanted, spent = timeout * (retries + 1), []
    for _chance in range(3):
        with Hole() as hole:
            asked = Target("127.0.0.1", hole.port, way, "x", timeout, retries, usm=USERS["sha-aes"])
            (found,) = calls(asked, ("probe",))
            spent.append(time.monotonic() - hole.came[0])
        assert isinstance(found, SnmpTimeout)
        assert spent[-1] >= wanted - 0.1
        if spent[-1] <= wanted + 0.6:
            return
    pytest.fail(f"{wanted} s became {spent}")


def test_walk_of_a_dead_device_ends(calls, target, simulator, device):
    """pysnmp before 7.1.30 never came back from a GETNEXT or GETBULK to a dead host."""
    simulator.post("/_control/kill", {"device": "torre-sur"})
    for version in ("1", "2c"):
        (found,) = calls(target("torre-sur", 0.5, version=version), ("walk", [IF_NAME], 100))
        assert isinstance(found, SnmpTimeout)


def test_closed_port_is_silence(calls):
    (found,) = calls(Target("127.0.0.1", free_port(), timeout=0.4, retries=0), ("probe",))
    assert isinstance(found, SnmpTimeout)


# --- errors, garbage, half of what was asked ---


def test_device_that_takes_few_varbinds(call, target, device):
    device(max_varbinds=10)
    oids = [(*IF_NAME, index) for index in range(1, 5)] * 6
    answer = call("get", target("torre-sur"), list(dict.fromkeys(oids)) + [SYS_UPTIME])
    assert answer[(*IF_NAME, 1)] == b"ether1"
    assert len(call("walk", target("torre-sur"), [IF_NAME], 1000)) == 34


@pytest.mark.parametrize("fault", ["generr", "garbage", "empty"])
def test_errors_and_garbage_are_errors_of_ours(call, target, device, fault):
    device(fault=fault)
    with pytest.raises(SnmpError):
        call("get", target("torre-sur", timeout=0.5), [SYS_UPTIME])


@pytest.mark.parametrize("fault", ["garbage", "mutate"])
def test_mutated_replies_never_escape_as_foreign_errors(calls, target, device, fault):
    """No foreign exception, no hang: some replies make pysnmp wait for ever, or gufo panic."""
    device(fault=fault)
    wanted = [("get", [SYS_UPTIME, (*IF_NAME, number % 4 + 1)]) for number in range(15)]
    for found in calls(target("torre-sur", timeout=0.1, max_size=8), *wanted):
        assert isinstance(found, (dict, SnmpError))


def test_length_beyond_the_end_is_a_bad_reply(calls, target, device):
    """gufo panics here, with an exception that is no Exception."""
    device(fault="length")
    (found,) = calls(target("torre-sur", timeout=0.4), ("get", [SYS_UPTIME, SYS_OBJECT_ID]))
    assert isinstance(found, SnmpError)


def test_value_nobody_asked_for_is_no_answer(calls, target, device):
    device(fault="extra")
    (found,) = calls(target("torre-sur", timeout=0.4), ("get", [SYS_UPTIME, SYS_OBJECT_ID]))
    assert isinstance(found, SnmpBadReply)


def test_toobig_for_one_value_is_no_missing_value(call, target, device):
    device(fault="toobig")
    with pytest.raises(SnmpError):
        call("get", target("torre-sur", timeout=0.5), [SYS_UPTIME, SYS_NAME])


@pytest.mark.parametrize("fault", ["repeat", "backwards"])
def test_endless_walks_end(call, target, device, fault):
    device(fault=fault)
    with pytest.raises(SnmpBadReply):
        call("walk", target("torre-sur"), [IF_NAME], 1000)


def test_truncated_replies(call, target, device):
    device(fault="truncate")
    with pytest.raises(SnmpError):
        call("get", target("torre-sur", timeout=0.5), [SYS_UPTIME, SYS_NAME])


def test_late_reply_does_not_answer_the_next_request(backend_name, target, device):
    async def main():
        backend = make_backend(backend_name)
        slow = target("torre-sur", timeout=0.5)
        device(delay=1.2)
        with pytest.raises(SnmpTimeout):
            await backend.get(slow, [SYS_NAME])
        device(delay=0)
        answer = await backend.get(slow, [SYS_OBJECT_ID])
        await asyncio.sleep(1)
        again = await backend.get(slow, [SYS_OBJECT_ID])
        await backend.aclose()
        return answer, again

    answer, again = asyncio.run(main())
    assert answer == again == {SYS_OBJECT_ID: "1.3.6.1.4.1.14988.1"}


def test_cancellation_passes(backend_name, target, device):
    async def main():
        backend = make_backend(backend_name)
        device(delay=3)
        task = asyncio.ensure_future(backend.get(target("torre-sur", timeout=5), [SYS_UPTIME]))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await backend.aclose()

    asyncio.run(main())


def test_unknown_version_is_refused_clearly(call, target):
    with pytest.raises(SnmpBadReply):
        call("get", target(version="4"), [SYS_UPTIME])


def test_answer_to_another_request_is_silence(backend_name, calls, target, device):
    device(fault="otherid")
    (found,) = calls(target("torre-sur", timeout=0.4), ("get", [SYS_OBJECT_ID]))
    assert isinstance(found, SnmpTimeout)


def test_no_access_is_no_missing_value(backend_name, calls, target, device):
    device(fault="noaccess")
    (found,) = calls(target("torre-sur", timeout=0.4), ("get", [SYS_OBJECT_ID]))
    # pysnmp never returns from an error-index above the number of values: it gets its time only.
    assert isinstance(found, SnmpTimeout if backend_name == "pysnmp" else SnmpBadReply)


def test_half_an_answer_is_asked_again(backend_name, calls, target, device):
    """What a device leaves out is not there only when it says so."""
    device(fault="half")
    oids = [SYS_OBJECT_ID, *((*IF_NAME, index) for index in range(1, 5))]
    (found,) = calls(target("torre-sur", timeout=0.4), ("get", oids))
    if isinstance(found, dict):
        assert found[*IF_NAME, 4] == b"bridge1"
    else:
        assert isinstance(found, SnmpBadReply)


def test_answers_larger_than_the_buffer(backend_name, calls, target, device):
    """gufo decodes up to 4 KiB: the size goes down by itself and stays down."""
    device(fault="huge")
    oids = [(*IF_NAME, index) for index in range(1, 5)] + [SYS_OBJECT_ID]
    walk, get = calls(target("torre-sur"), ("walk", [IF_NAME], 100), ("get", oids))
    assert len(walk) == 34
    assert all(len(name) == 300 for (name,) in walk.values())
    assert get[*IF_NAME, 1].strip() == b"ether1"


def test_tries_are_counted(calls, target, simulator, device):
    """gufo never repeats a request: our adapter does, as often as the target says."""

    def requests():
        devices = simulator.get("/_control/devices")
        return next(d["requests"] for d in devices if d["device"] == "torre-sur")

    device(delay=3)
    before = requests()
    calls(target("torre-sur", timeout=0.5, retries=2), ("get", [SYS_UPTIME]))
    assert requests() - before == 3
