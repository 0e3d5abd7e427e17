"""What happens on the wire: answers from another address, lost packets, sockets left behind."""

import asyncio
import os
from pathlib import Path

import pytest
from isp_traffic_services.poller import DeviceJob, poll_devices
from isp_traffic_services.snmp_api import SnmpTimeout, Target
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.sources import SYS_NAME, SYS_UPTIME

from .relay import Relay


@pytest.fixture
def through(simulator):
    """Target behind a relay."""

    def make(relay, **values):
        values = {"timeout": 0.5, "retries": 0, **values}
        return Target("127.0.0.1", relay.port, community="torre-norte", **values)

    return make


def test_answer_from_another_address(call, backend_name, simulator, through):
    """The one difference between the libraries: a connected socket never sees such an answer."""
    with Relay(simulator.port, other_port=True) as relay:
        if backend_name == "gufo":
            with pytest.raises(SnmpTimeout):
                call("get", through(relay), [SYS_NAME])
        else:
            assert call("get", through(relay), [SYS_NAME]) == {SYS_NAME: b"torre-norte"}


@pytest.mark.parametrize(
    ("lost", "retries", "answered"), [(1, 1, True), (1, 0, False), (2, 2, True)]
)
def test_lost_requests_are_repeated(call, simulator, through, lost, retries, answered):
    with Relay(simulator.port, lose=lost) as relay:
        target = through(relay, retries=retries)
        if answered:
            assert call("get", target, [SYS_NAME]) == {SYS_NAME: b"torre-norte"}
        else:
            with pytest.raises(SnmpTimeout):
                call("get", target, [SYS_NAME])
        assert relay.seen == retries + 1


def test_no_socket_is_left_behind(backend_name, simulator):
    def poll():
        jobs = [
            DeviceJob(n, Target("127.0.0.1", simulator.port, community="torre-norte",
                                timeout=1 + n / 100, backend=backend_name))
            for n in range(20)
        ]  # fmt: skip
        return asyncio.run(poll_devices(jobs, 10))

    assert {result.state for result in poll()} == {"up"}
    before = len(os.listdir("/proc/self/fd"))
    for _n in range(3):
        poll()
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_sockets_and_tasks_end_with_the_backend(backend_name, target, simulator):
    folder = Path("/proc/self/fd")

    async def main():
        backend = make_backend(backend_name)
        for number in range(20):
            await backend.get(target(timeout=1 + number / 100), [SYS_UPTIME])
        await backend.aclose()
        del backend
        await asyncio.sleep(0.05)
        return len(asyncio.all_tasks())

    before = len(os.listdir(folder))
    assert asyncio.run(main()) == 1
    assert len(os.listdir(folder)) <= before
