"""Every kind of equipment over the wire: rows written after the vendors' MIBs, not recorded."""

import asyncio

import pytest
from isp_traffic_services.poller import DeviceJob, LineJob, poll_devices
from isp_traffic_services.scan import scan
from isp_traffic_services.snmp_api import SnmpBadReply, Target, format_oid
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.sources import SOURCES, custom_spec

from tests.simulators.common import SimulatorProcess

C64, C32, GAUGE, TEXT, HEX, NULL = "70", "65", "66", "4", "4x", "5"
SYSTEM = [
    ("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.2011.2.80"),
    ("1.3.6.1.2.1.1.3.0", "67", "123456"),
]
# source, key, index, tag and text of the name (None: by index), tag of the counters
ROWS = [
    ("if_hc", "ether5", "5", TEXT, "ether5", C64),
    ("if_alias", "cli 0042", "6", TEXT, "cli 0042", C64),
    ("if_descr", "GigabitEthernet 0/7", "7", TEXT, "GigabitEthernet 0/7", C64),
    ("if_index", "8", "8", None, None, C64),
    ("mt_ppp_stats", "ana", "15728641", TEXT, "<pppoe-ana>", C64),
    ("mt_ifstats", "vlan20", "15728642", TEXT, "vlan20", C64),
    ("mt_queue", "Cola Ana", "3", TEXT, "Cola Ana", C64),
    ("onu_huawei", "HWTC1A2B3C4D", "4194304000.5", HEX, "485754431a2b3c4d", C64),
    ("onu_huawei_descr", "cli 7", "4194304000.6", TEXT, "cli 7", C64),
    ("onu_zte", "gpon-onu_1/3/1:5", "285278977.5", None, None, GAUGE),
    ("pon_vsol", "4", "4", None, None, C64),
]
HC_IN = format_oid(SOURCES["if_hc"].octets_in)
RADIO = [("eth0", "1"), ("ath0", "2"), ("br0", "3")]


def _write(path, rows):
    rows = sorted(rows, key=lambda row: [int(arc) for arc in row[0].split(".")])
    path.write_text("".join(f"{oid}|{tag}|{value}\n" for oid, tag, value in rows))
    return str(path)


def _cells(code, index, tag, name, counter):
    source = SOURCES[code]
    if source.name is not None:
        yield f"{format_oid(source.name)}.{index}", tag, name
    yield f"{format_oid(source.octets_in)}.{index}", counter, "1000"
    yield f"{format_oid(source.octets_out)}.{index}", counter, "2000"


@pytest.fixture(scope="module")
def agents(tmp_path_factory):
    """One simulator with an equipment of every kind, a radio and a big switch."""
    home = tmp_path_factory.mktemp("equipment")
    every = [cell for row in ROWS for cell in _cells(row[0], row[2], row[3], row[4], row[5])]
    radio = [cell for name, index in RADIO for cell in _cells("airmax", index, TEXT, name, C32)]
    big = [cell for n in range(1, 301) for cell in _cells("if_hc", n, TEXT, f"port{n}", C64)]
    files = [
        _write(home / f"{name}.snmprec", [*SYSTEM, *rows])
        for name, rows in (("every", every), ("radio", radio), ("big", big))
    ]
    # a router of today without customers, and a switch without ifName; both have both widths
    wide = [
        [cell for n in (1, 2) for cell in _cells(code, n, TEXT, f"port{n}", tag)]
        for code, tag in (("if_hc", C64), ("if_descr", C64), ("if_32", C32))
    ]
    files.append(_write(home / "router.snmprec", [*SYSTEM, *wide[0], *wide[2]]))
    files.append(_write(home / "nameless.snmprec", [*SYSTEM, *wide[1], *wide[2][1::3]]))
    files.append(
        _write(
            home / "nulls.snmprec",
            [
                *(cell if cell[0] != f"{HC_IN}.2" else (cell[0], NULL, "") for cell in wide[0]),
                *SYSTEM[1:],
                ("1.3.6.1.2.1.1.2.0", NULL, ""),
            ],
        )
    )
    odd = [("1.3.6.1.2.1.1.2.0", "6", "1.3"), ("1.3.6.1.2.1.1.3.0", "70", str(2**64 - 1))]
    files.append(_write(home / "endless.snmprec", [*odd, *every]))
    odd[1] = ("1.3.6.1.2.1.1.3.0", "2", "-5")
    files.append(_write(home / "before.snmprec", [*odd, *every]))
    options = [part for file in files for part in ("--snmprec", file)]
    with SimulatorProcess("snmp", "--lines", "2", *options) as process:
        yield process


@pytest.fixture
def target(agents, backend_name):
    def make(community):
        return Target(
            "127.0.0.1", agents.port, community=community, timeout=2.0, retries=1,
            backend=backend_name,
        )  # fmt: skip

    return make


def _poll(target, lines):
    return asyncio.run(poll_devices([DeviceJob(1, target, tuple(lines))], 20))[0]


def test_every_kind_is_found_by_its_key_and_read(target):
    lines = [LineJob(n, row[0], row[1]) for n, row in enumerate(ROWS)]
    result = _poll(target("every"), lines)
    assert result.statuses == dict.fromkeys(range(len(ROWS)), "ok")
    by_line = {reading.line_id: reading for reading in result.readings}
    for number, row in enumerate(ROWS):
        reading = by_line[number]
        assert (reading.index, reading.octets_in, reading.octets_out) == (row[2], 1000, 2000), row
    again = _poll(target("every"), [LineJob(n, r[0], r[1], r[2]) for n, r in enumerate(ROWS)])
    assert len(again.readings) == len(ROWS)


def test_radio_of_the_customer_and_own_columns(target):
    own = custom_spec("1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.2.2.1.16", 32,
                      "counter")  # fmt: skip
    result = _poll(target("radio"), [LineJob(1, "airmax", "ath0"), LineJob(2, own, "br0")])
    assert [reading.index for reading in result.readings] == ["2", "3"]
    assert not SOURCES["airmax"].in_is_upload


@pytest.mark.parametrize("community", ["endless", "before"])
def test_uptime_that_cannot_be_is_a_bad_reply(target, community):
    """No such number may reach the database, where it would stop the cycle of every device."""
    result = _poll(target(community), [LineJob(1, "if_hc", "ether5")])
    assert (result.state, result.error, result.readings) == ("bad", "no sysUpTime", [])


def test_what_is_missing_says_so(target):
    result = _poll(
        target("radio"),
        [LineJob(1, "if_hc", "ath0"), LineJob(2, "if_descr", "ath0"), LineJob(3, "onu_zte", "x")],
    )
    assert result.statuses == {1: "not_found", 2: "no_counter", 3: "not_found"}
    assert result.state == "up"


def test_a_value_that_is_null_costs_only_its_own_line(target):
    result = _poll(target("nulls"), [LineJob(n, "if_hc", f"port{n}", str(n)) for n in (1, 2)])
    assert (result.state, result.statuses) == ("up", {1: "ok", 2: "no_counter"})
    assert [reading.octets_in for reading in result.readings] == [1000]


def _scan(target, code, max_rows=1000):
    async def main():
        backend = make_backend(target.backend)
        try:
            return await scan(backend, target, code, max_rows)
        finally:
            await backend.aclose()

    return asyncio.run(main())


def test_scan_falls_back_to_narrow_counters(target):
    found = _scan(target("radio"), "if_hc")
    assert (found.source, found.narrow) == ("if_32", True)
    assert [row.key for row in found.rows] == ["eth0", "ath0", "br0"]


def test_scan_of_a_router_without_sessions_finds_nothing_narrow(target):
    found = _scan(target("router"), "mt_ppp")
    assert (found.source, found.rows, found.narrow) == ("mt_ppp", [], False)


def test_scan_by_name_of_a_device_without_names(target):
    found = _scan(target("nameless"), "if_hc")
    assert (found.source, found.narrow) == ("if_descr", False)
    assert [(row.key, row.counted) for row in found.rows] == [("port1", True), ("port2", True)]


def test_interfaces_by_index_of_a_device_without_the_column_of_indexes(target):
    found = _scan(target("nameless"), "if_index")
    assert [(row.key, row.comment) for row in found.rows] == [("1", "port1"), ("2", "port2")]
    result = _poll(target("nameless"), [LineJob(1, "if_index", "2"), LineJob(2, "if_index", "9")])
    assert result.statuses == {1: "ok", 2: "no_counter"}
    assert [(reading.index, reading.octets_in) for reading in result.readings] == [("2", 1000)]


def test_scan_shows_what_each_source_has(target):
    assert [row.key for row in _scan(target("every"), "onu_huawei").rows] == ["HWTC1A2B3C4D"]
    assert [row.key for row in _scan(target("every"), "mt_ppp_stats").rows] == ["ana"]
    assert [row.key for row in _scan(target("every"), "pon_vsol").rows] == ["4"]
    found = _scan(target("every"), "if_hc")
    assert not found.narrow
    assert [(row.key, row.counted) for row in found.rows] == [("ether5", True)]


def test_scan_of_a_device_with_too_many_rows(target):
    assert len(_scan(target("big"), "if_hc").rows) == 300
    with pytest.raises(SnmpBadReply):
        _scan(target("big"), "if_hc", max_rows=100)
