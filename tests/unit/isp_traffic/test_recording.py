"""Every value of a recorded router, decoded by both libraries: the text file is the oracle."""

import pytest
from isp_traffic_services.snmp_api import parse_oid
from isp_traffic_services.sources import IF_HC_IN, IF_HC_OUT, IF_NAME, SYS_UPTIME

PPP_NAMES = b"<pppoe-"


@pytest.fixture
def router(recording, target):
    """Target of the recorded device."""
    if recording is None:
        pytest.skip("the recording is not beside this checkout")
    return target("routeros", timeout=2)


def expected(tag, value):
    """What a tag and a text of the recording mean."""
    if tag == "4x":
        return bytes.fromhex(value)
    if tag == "4":
        return value.encode()
    return value if tag in ("6", "64") else int(value)


def rows_of(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        oid, tag, value = line.split("|", 2)
        yield parse_oid(oid), expected(tag, value)


def test_every_value_is_exact(call, router, recording):
    wanted = dict(rows_of(recording))
    assert len(wanted) == 515
    assert call("get", router, list(wanted)) == wanted


def test_interface_table(call, router):
    rows = call("walk", router, [IF_NAME, IF_HC_IN, IF_HC_OUT], 1000)
    assert [index for (index,) in rows] == list(range(1, 13))
    assert sum(row[1] for row in rows.values()) == 13405949088
    assert sum(row[2] for row in rows.values()) == 12495105448
    assert rows[(3,)] == (b"WAN", 6422347895, 358657426)
    assert not [row for row in rows.values() if row[0].startswith(PPP_NAMES)]


@pytest.mark.parametrize(
    ("column", "count"),
    [
        ("1.3.6.1.2.1.2.2.1.10", 0),
        ("1.3.6.1.2.1.2.2.1.5", 0),
        ("1.3.6.1.2.1.31.1.1.1.19", 0),
        ("1.3.6.1.4.1.14988.1.1.2", 0),
        ("1.3.6.1.4.1.14988.1.1.14.1.1.2", 29),
    ],
)
def test_columns_with_holes_and_without_rows(call, router, column, count):
    assert len(call("walk", router, [parse_oid(column)], 1000)) == count


def test_walk_beyond_the_end(call, router):
    rows = call("walk", router, [parse_oid("1.3.6.1.4.1.14988.1.1.19.1.1.10")], 100)
    assert rows[(25,)] == (-5673,)


def test_uptime(call, router):
    assert call("get", router, [SYS_UPTIME]) == {SYS_UPTIME: 2020400}
