"""What happens on the wire: answers from another address, lost packets, sockets left behind."""

import asyncio
import os
import socket
import threading

import pytest
from isp_traffic_services.poller import DeviceJob, poll_devices
from isp_traffic_services.snmp_api import SnmpTimeout, Target
from isp_traffic_services.sources import SYS_NAME


class Relay:
    """Passes requests on to the simulator; answers come from another port when asked to."""

    def __init__(self, port, other_port=False, lose=0):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect(("127.0.0.1", port))
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if other_port else self.front
        self.lose = lose
        self.seen = 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while True:
            try:
                data, peer = self.front.recvfrom(4096)
                self.seen += 1
                if self.seen > self.lose:
                    self.back.send(data)
                    self.other.sendto(self.back.recv(4096), peer)
            except OSError:
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exc):
        for link in (self.front, self.back, self.other):
            link.close()


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
