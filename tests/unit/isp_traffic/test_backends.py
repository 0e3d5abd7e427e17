"""The two SNMP libraries behind one interface, against a real agent over UDP."""

import asyncio
import time

import pytest
from isp_traffic_services import snmp_backends
from isp_traffic_services.snmp_api import (
    SnmpBadReply,
    SnmpError,
    SnmpTimeout,
    Target,
    format_oid,
    parse_oid,
)
from isp_traffic_services.snmp_backends import available, make_backend
from isp_traffic_services.sources import (
    IF_HC_IN,
    IF_HC_OUT,
    IF_NAME,
    SYS_NAME,
    SYS_OBJECT_ID,
    SYS_UPTIME,
)

IN_OCTETS = parse_oid("1.3.6.1.2.1.2.2.1.10")
MISSING = parse_oid("1.3.6.1.2.1.2.2.1.10.999999")
NO_OBJECT = parse_oid("1.3.6.1.4.1.99999.1.0")
LAST = parse_oid("1.3.6.1.2.1.31.1.1.1.18")


def test_get_answers_every_oid(call, target):
    answer = call("get", target(), [SYS_UPTIME, SYS_OBJECT_ID, SYS_NAME, MISSING, NO_OBJECT])
    assert isinstance(answer.pop(SYS_UPTIME), int)
    assert answer == {
        SYS_OBJECT_ID: "1.3.6.1.4.1.14988.1",
        SYS_NAME: b"torre-norte",
        MISSING: None,
        NO_OBJECT: None,
    }


def test_only_missing_instances(call, target):
    assert call("get", target(), [MISSING, NO_OBJECT]) == {MISSING: None, NO_OBJECT: None}
    assert call("get", target(), [MISSING]) == {MISSING: None}


def test_get_of_more_than_fits_one_request(call, target, simulator):
    lines = [row for row in simulator.get("/_control/lines") if row["device"] == "torre-norte"]
    oids = [(*column, row["index"]) for row in lines for column in (IF_NAME, IF_HC_IN, IF_HC_OUT)]
    answer = call("get", target(), oids)
    assert list(answer) == oids
    assert answer[(*IF_NAME, lines[0]["index"])] == lines[0]["name"].encode()


def test_walk_joins_columns_by_index(call, target, simulator):
    rows = call("walk", target(), [IF_NAME, IF_HC_IN, IF_HC_OUT], 1000)
    lines = {
        row["index"]: row["name"].encode()
        for row in simulator.get("/_control/lines")
        if row["device"] == "torre-norte"
    }
    assert {index: row[0] for (index,), row in rows.items() if index in lines} == lines
    assert len(rows) == len(lines) + 4
    assert all(isinstance(row[1], int) and row[1] >= 0 for row in rows.values())


def test_walk_of_an_empty_column(call, target):
    assert call("walk", target(), [parse_oid("1.3.6.1.2.1.31.1.1.1.19")], 100) == {}


def test_walk_of_the_last_column(call, target):
    assert len(call("walk", target(), [LAST], 100)) == 34


@pytest.mark.parametrize("size", [1, 2, 17, 34, 50])
def test_walk_is_complete_whatever_the_size(call, target, size):
    assert len(call("walk", target(max_size=size), [IF_NAME], 100)) == 34


def test_too_many_rows_are_a_bad_reply(call, target):
    with pytest.raises(SnmpBadReply):
        call("walk", target(), [IF_NAME], 10)


def test_64_bit_values_are_exact(call, target, simulator):
    row = next(r for r in simulator.get("/_control/lines") if r["user"] == "linea007")
    simulator.post("/_control/rate", {"user": "linea007", "down_mbps": 0, "up_mbps": 0})
    row = next(r for r in simulator.get("/_control/lines") if r["user"] == "linea007")
    index = row["index"]
    answer = call("get", target(), [(*IF_HC_IN, index), (*IF_HC_OUT, index), (*IN_OCTETS, index)])
    assert list(answer.values()) == [
        row["in_octets"],
        row["out_octets"],
        row["in_octets"] % 2**32,
    ]
    simulator.post("/_control/rate", {"user": "linea007"})


def test_wrong_community_is_silence(call, target):
    began = time.monotonic()
    with pytest.raises(SnmpTimeout):
        call("get", target("wrong", timeout=0.5, retries=1), [SYS_UPTIME])
    assert 0.9 <= time.monotonic() - began <= 2.2


def test_dead_device_costs_timeout_times_tries(call, target, simulator, device):
    simulator.post("/_control/kill", {"device": "torre-sur"})
    began = time.monotonic()
    with pytest.raises(SnmpTimeout):
        call("get", target("torre-sur", timeout=1, retries=1), [SYS_UPTIME])
    assert 1.5 <= time.monotonic() - began <= 3.2
    with pytest.raises(SnmpTimeout):
        call("walk", target("torre-sur", timeout=0.5), [IF_NAME], 100)


def test_closed_port(call, simulator):
    from tests.simulators.common import free_port

    with pytest.raises(SnmpTimeout):
        call("get", Target("127.0.0.1", free_port(), timeout=0.5, retries=0), [SYS_UPTIME])


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


def test_mutated_replies_never_escape_as_foreign_errors(backend_name, target, device):
    async def main():
        backend = make_backend(backend_name)
        spoiled = target("torre-sur", timeout=0.1, max_size=8)
        for number in range(30):
            try:
                await backend.get(spoiled, [SYS_UPTIME, (*IF_NAME, number % 4 + 1)])
            except SnmpError:
                pass
        await backend.aclose()

    device(fault="garbage")
    asyncio.run(main())


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


def test_full_parallelism_has_no_false_timeout(backend_name, simulator):
    async def main():
        backend = make_backend(backend_name)
        targets = [
            Target("127.0.0.1", simulator.port, community="torre-norte", timeout=2 + n / 1000)
            for n in range(backend.parallel)
        ]
        answers = await asyncio.gather(*(backend.get(t, [SYS_UPTIME]) for t in targets))
        await backend.aclose()
        return answers

    assert all(answer[SYS_UPTIME] for answer in asyncio.run(main()))


def test_unknown_version_is_refused_clearly(call, target):
    with pytest.raises(SnmpBadReply):
        call("get", target(version="4"), [SYS_UPTIME])


# --- without a backend ---


def test_credentials_stay_out_of_repr():
    assert "hush" not in repr(Target("10.0.0.1", community="hush"))


def test_unknown_library():
    with pytest.raises(SnmpError):
        make_backend("nope")


def test_fallback_when_the_fast_library_is_absent(monkeypatch):
    real = snmp_backends.find_spec
    monkeypatch.setattr(
        snmp_backends, "find_spec", lambda name: None if name.startswith("gufo") else real(name)
    )
    assert available() == ["pysnmp"]
    assert make_backend("auto").name == "pysnmp"


def test_oid_text():
    assert parse_oid(".1.3.6") == (1, 3, 6)
    assert format_oid((1, 3, 6)) == "1.3.6"
