"""The traps of the two libraries, each with a test that fell into it once."""

import asyncio
import os
from pathlib import Path

from isp_traffic_services import snmp_pysnmp_wire
from isp_traffic_services.poller import DeviceJob, LineJob, poll_devices
from isp_traffic_services.snmp_api import (
    SYS_OBJECT_ID,
    SYS_UPTIME,
    SnmpBadReply,
    SnmpError,
    SnmpTimeout,
    Target,
    Usm,
)
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.sources import IF_HC_IN, IF_NAME

from tests.faults.network.agent import FIRST, Network
from tests.simulators.common import free_port

KIND = {SYS_OBJECT_ID: "1.3.6.1.4.1.14988.1"}


def ask(backend_name, target, *calls):
    """Run calls of one backend; an error of ours is returned in place of the answer."""

    async def main():
        backend, found = make_backend(backend_name), []
        for method, *arguments in calls:
            try:
                found.append(await getattr(backend, method)(target, *arguments))
            except SnmpError as error:
                found.append(type(error))
        await backend.aclose()
        return found

    return asyncio.run(main())


def test_answer_from_another_address(backend_name, target, device):
    """The one allowed difference: gufo never sees it, pysnmp takes it."""
    device(fault="elsewhere")
    (found,) = ask(backend_name, target("torre-sur", timeout=0.4), ("get", [SYS_OBJECT_ID]))
    assert found == (KIND if backend_name == "pysnmp" else SnmpTimeout)


def test_answer_to_another_request_is_silence(backend_name, target, device):
    device(fault="otherid")
    (found,) = ask(backend_name, target("torre-sur", timeout=0.4), ("get", [SYS_OBJECT_ID]))
    assert found is SnmpTimeout


def test_no_access_is_no_missing_value(backend_name, target, device):
    device(fault="noaccess")
    (found,) = ask(backend_name, target("torre-sur", timeout=0.4), ("get", [SYS_OBJECT_ID]))
    # pysnmp never returns from an error-index above the number of values: it gets its time only.
    assert found is (SnmpTimeout if backend_name == "pysnmp" else SnmpBadReply)


def test_half_an_answer_is_asked_again(backend_name, target, device):
    """What a device leaves out is not there only when it says so."""
    device(fault="half")
    oids = [SYS_OBJECT_ID, *((*IF_NAME, index) for index in range(1, 5))]
    (found,) = ask(backend_name, target("torre-sur", timeout=0.4), ("get", oids))
    if isinstance(found, dict):
        assert found[*IF_NAME, 4] == b"bridge1"
    else:
        assert found is SnmpBadReply


def test_answers_larger_than_the_buffer(backend_name, target, device):
    """gufo decodes up to 4 KiB: the size goes down by itself and stays down."""
    device(fault="huge")
    oids = [(*IF_NAME, index) for index in range(1, 5)] + [SYS_OBJECT_ID]
    walk, get = ask(backend_name, target("torre-sur"), ("walk", [IF_NAME], 100), ("get", oids))
    assert len(walk) == 34
    assert all(len(name) == 300 for (name,) in walk.values())
    assert get[*IF_NAME, 1].strip() == b"ether1"


def test_tries_are_counted(backend_name, target, simulator, device):
    """gufo never repeats a request: our adapter does, as often as the target says."""

    def requests():
        devices = simulator.get("/_control/devices")
        return next(d["requests"] for d in devices if d["device"] == "torre-sur")

    device(delay=3)
    before = requests()
    ask(backend_name, target("torre-sur", timeout=0.5, retries=2), ("get", [SYS_UPTIME]))
    assert requests() - before == 3


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


def test_engines_of_v3_have_few_targets():
    """Adding a target takes pysnmp time in proportion to those its engine has."""
    full = snmp_pysnmp_wire.Full()
    usm = Usm("u", "SHA", "password", "AES", "password")
    engines = [full._engine(Target(f"10.0.{n // 250}.{n % 250}", usm=usm)) for n in range(150)]
    assert [engines.count(engine) for engine in dict.fromkeys(engines)] == [100, 50]
    other = full._engine(Target("10.9.9.9", usm=Usm("u", "SHA", "passwords", "AES", "password")))
    assert other not in engines
    full.close()


def test_closed_port_is_silence(backend_name):
    (found,) = ask(
        backend_name,
        Target("127.0.0.1", free_port(), community="x", timeout=0.4, retries=0),
        ("get", [SYS_UPTIME]),
    )
    assert found is SnmpTimeout


def test_device_with_twenty_thousand_interfaces(backend_name):
    """All of them are read; one more than allowed is a clear refusal, not half a table."""
    network = Network(1, 20_000)
    network.start()
    try:
        target = Target(f"{FIRST}1", network.port, community="x", timeout=2.0, retries=1)
        whole, cut = ask(
            backend_name, target, ("walk", [IF_NAME], 20_000), ("walk", [IF_NAME], 19_999)
        )
        assert len(whole) == 20_000
        assert cut is SnmpBadReply
        lines = tuple(LineJob(n, "mt_ppp", f"line{n}") for n in (1, 19_999, 20_000))
        job = DeviceJob(1, target, (*lines, LineJob(4, "mt_ppp", "nobody")))
        (result,) = asyncio.run(poll_devices([job], 60))
        assert len(result.readings) == 3
        assert result.statuses[4] == "not_found"
    finally:
        network.stop()


def test_unknown_column_is_an_empty_table(backend_name, target):
    walk, get = ask(
        backend_name,
        target(),
        ("walk", [(1, 3, 6, 1, 4, 1, 99999)], 100),
        ("get", [(*IF_HC_IN, 999_999), (1, 3, 6, 1, 4, 1, 99999, 0)]),
    )
    assert walk == {}
    assert set(get.values()) == {None}
