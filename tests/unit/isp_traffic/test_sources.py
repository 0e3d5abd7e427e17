"""Sources: keys, indexes and columns a device may define itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services.counters import Flag, Line, Reading, advance, live_rate
from isp_traffic_services.sources import (
    SOURCES,
    custom_spec,
    plain_index,
    serial_text,
    zte_index,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"HWTC\x1a\x2b\x3c\x4d", "HWTC1A2B3C4D"),
        ("485754431A2B3C4D", "HWTC1A2B3C4D"),
        ("hwtc-1a2b3c4d", "HWTC1A2B3C4D"),
        ("48:57:54:43:1A:2B:3C:4D", "HWTC1A2B3C4D"),
        ("HWTC 1A2B 3C4D", "HWTC1A2B3C4D"),
        (b"short", "SHORT"),
    ],
)
def test_serial_numbers_have_one_form(value, text):
    assert serial_text(value) == text
    assert SOURCES["onu_huawei"].matches(text, serial_text(value))


@given(st.binary(min_size=4, max_size=4))
def test_serial_number_as_octets_and_as_digits_are_the_same(tail):
    octets = b"HWTC" + tail
    assert serial_text(octets) == serial_text(octets.hex()) == serial_text(serial_text(octets))


@pytest.mark.parametrize(
    ("key", "index"),
    [
        ("gpon-onu_1/3/1:5", "285278977.5"),  # 0x11010301: slot 3, port 1
        ("gpon_onu-1/3/1:5", "285278977.5"),
        ("1/3/1:5", "285278977.5"),
        ("285278977.5", "285278977.5"),
        ("1/300/1:5", ""),
        ("onu five", ""),
    ],
)
def test_index_of_a_zte_onu(key, index):
    assert zte_index(key) == index


def test_plain_index():
    assert plain_index(" .17.3. ") == "17.3"
    assert plain_index("08") == "8"
    assert plain_index("ether1") == plain_index("") == ""


def test_a_session_has_one_key():
    assert SOURCES["mt_ppp"].clean_key("<pppoe-ana>") == "ana"
    assert SOURCES["mt_ppp_stats"].clean_key("ana") == "ana"
    assert SOURCES["if_hc"].clean_key("<pppoe-ana>") == "<pppoe-ana>"
    assert SOURCES["onu_huawei"].clean_key("hwtc-1a2b3c4d") == "HWTC1A2B3C4D"


def test_own_columns():
    source = SOURCES[custom_spec(".1.3.6.1.4.1.9.1", "1.3.6.1.4.1.9.2", "1.3.6.9", 32, "rate")]
    assert (source.name, source.octets_in) == ((1, 3, 6, 1, 4, 1, 9, 1), (1, 3, 6, 1, 4, 1, 9, 2))
    assert (source.bits, source.rate, source.index_of) == (32, True, None)
    by_index = SOURCES[custom_spec("", "1.3.6.1", "1.3.6.2", 64, "counter")]
    assert by_index.name is None
    assert by_index.index_of("7") == "7"
    for columns in (("", "1.3"), ("1.3", ""), ("a.b", "1.3")):
        with pytest.raises(ValueError):
            custom_spec("", *columns, 64, "counter")
    with pytest.raises(KeyError):
        SOURCES["nonsense"]


def test_every_source_reads_two_columns_and_knows_its_key():
    for code, source in list(SOURCES.items()):
        assert source.code == code
        assert source.octets_in != source.octets_out
        assert (source.name is None) == (source.index_of is not None)


# --- devices that tell a speed ---


def _reading(ts, speed):
    return Reading(1, ts, round(ts * 100), "5", speed, speed // 10)


def test_speed_is_integrated_and_says_so():
    line = Line(1, rate=True)
    delta = advance(line, _reading(0, 99), _reading(300, 1000))
    assert (delta.up, delta.down, delta.flags) == (300_000, 30_000, Flag.ESTIMATED)
    assert live_rate(line, _reading(0, 99), _reading(3, 1000)) == (800, 8000)


def test_speed_gives_no_credit_for_a_gap():
    delta = advance(Line(1, rate=True), _reading(0, 99), _reading(3600, 1000))
    assert (delta.down, delta.up, delta.flags) == (None, None, Flag.ESTIMATED)


def test_impossible_speed_is_a_spike():
    line = Line(1, rate=True, up_limit=1e6)
    assert advance(line, _reading(0, 0), _reading(300, 10**9)).flags == Flag.SPIKE
