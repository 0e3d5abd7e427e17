"""When counters were broken: who is asked, what an answer means, and what it costs nobody."""

import asyncio
import time

import pytest
from isp_traffic_services.counters import (
    NO_COLUMN,
    Delta,
    Flag,
    Line,
    Reading,
    advance,
    is_doubtful,
    with_discontinuity,
)
from isp_traffic_services.discontinuity import Question, ask, doubts, tell
from isp_traffic_services.poller import DeviceResult
from isp_traffic_services.sources import IF_DISCONTINUITY, SOURCES

NARROW, WIDE = Line(1, bits=32), Line(1)
UP = 500_000  # sysUpTime of the base, in hundredths of a second
TOP = 2**32


def reading(ts, octets, told=None, uptime=None, index="5"):
    uptime = UP + 100 * ts if uptime is None else uptime
    return Reading(1, float(ts), uptime, index, octets, octets, told)


WRAPPED = Delta(600, 600, 300, Flag.WRAP)
RESET = Delta(None, None, 300, Flag.RESET)


@pytest.mark.parametrize(
    ("before", "told", "delta"),
    [
        (None, None, WRAPPED),  # not asked, or no answer
        (None, NO_COLUMN, WRAPPED),
        (NO_COLUMN, 0, WRAPPED),
        (None, 0, WRAPPED),  # never since the device started
        (None, UP - 100_000, WRAPPED),  # long before the base
        (None, UP + 10_000, RESET),
        (None, UP - 1000, RESET),  # the counters of the base may have been older than its uptime
        (None, UP + 31_000, WRAPPED),  # after the reading: the next interval's
        (0, UP + 10_000, RESET),
        (700, 700, WRAPPED),
        (700, 0, RESET),
    ],
)
def test_what_the_device_says_decides_between_wrap_and_reset(before, told, delta):
    base = reading(0, TOP - 500, before)
    assert advance(NARROW, base, reading(300, 100, told)) == delta


def test_moment_behind_the_497_days():
    base = reading(0, TOP - 500, uptime=2**32 - 10_000)
    now = {"uptime": 20_000}
    assert advance(NARROW, base, reading(300, 100, 5_000, **now)) == RESET
    assert advance(NARROW, base, reading(300, 100, 2**31, **now)) == WRAPPED


@pytest.mark.parametrize(
    ("line", "base", "cur", "doubtful"),
    [
        (NARROW, reading(0, 100), reading(300, 200), False),
        (NARROW, reading(0, TOP - 1), reading(300, 200), True),
        (NARROW, reading(0, TOP - 1, 0), reading(300, 200), True),
        (NARROW, reading(0, TOP - 1, NO_COLUMN), reading(300, 200), False),
        (NARROW, reading(0, TOP - 1), reading(300, 200, 0), False),  # asked already
        (NARROW, reading(0, TOP - 1), reading(300, 200, uptime=30_000), False),  # restarted
        (NARROW, reading(0, TOP - 1), reading(300, 200, index="6"), False),
        (WIDE, reading(0, 2**40), reading(300, 200), False),  # can only be a reset
        (WIDE, reading(0, 100), reading(300, 200), False),
        (WIDE, reading(0, 100), reading(7200, 200), True),  # may have begun again in two hours
        (Line(1, rate=True), reading(0, 100), reading(300, 50), False),
        (Line(1, bits=32, up_limit=1.0), reading(0, TOP - 1), reading(300, 200), False),
        (NARROW, None, reading(300, 200), False),
    ],
)
def test_only_what_counters_do_not_tell_is_asked(line, base, cur, doubtful):
    assert is_doubtful(line, base, cur) is doubtful


def test_what_was_learnt_is_kept_while_the_index_and_the_software_last():
    base = reading(0, 100, NO_COLUMN)
    assert with_discontinuity(base, reading(300, 200)).discontinuity == NO_COLUMN
    assert with_discontinuity(base, reading(300, 200, 7)).discontinuity == 7
    assert with_discontinuity(base, reading(300, 200, index="6")).discontinuity is None
    assert with_discontinuity(base, reading(300, 200, uptime=5)).discontinuity is None
    assert with_discontinuity(None, reading(300, 200)).discontinuity is None


def test_sources_without_interfaces_have_no_such_column():
    told = {code for code, source in SOURCES.items() if source.discontinuity}
    assert {"if_32", "airmax", "if_hc", "mt_ppp"} <= told
    assert not told & {"mt_queue", "mt_ifstats", "onu_huawei", "onu_zte", "pon_vsol"}
    readings = [reading(300, 100)]
    states, lines = {1: reading(0, TOP - 1)}, {1: NARROW}
    assert doubts(readings, {1: "mt_queue"}, lines, states) == {}
    assert doubts(readings, {1: "if_32"}, lines, states) == {1: (*IF_DISCONTINUITY, 5)}


# --- over the wire ---


@pytest.fixture
def index(simulator, device):
    """The index of a line whose counters were cleared, on a device that tells it."""
    device("torre-norte", discontinuity=True)
    simulator.post(
        "/_control/counters",
        {"user": "linea003", "in_octets": 7, "out_octets": 7, "noted": True},
    )
    rows = simulator.get("/_control/lines")
    yield next(row["index"] for row in rows if row["user"] == "linea003")
    device("torre-norte", discontinuity=False)


def test_device_is_asked_by_either_library(backend_name, target, simulator, index):
    north = target(backend=backend_name)
    oids = {1: (*IF_DISCONTINUITY, index), 2: (*IF_DISCONTINUITY, index + 1)}
    oids[3] = (*IF_DISCONTINUITY, 999_999)
    found = asyncio.run(ask([Question(north, oids)], 5))
    now = next(d for d in simulator.get("/_control/devices") if d["device"] == "torre-norte")
    assert now["uptime"] - 6000 < found[1] <= now["uptime"]
    assert (found[2], found[3]) == (0, NO_COLUMN)
    result = DeviceResult(1, readings=[reading(300, 5)])
    tell([result], found)
    assert result.readings[0].discontinuity == found[1]


def test_device_without_the_column_silent_or_slow(backend_name, target, simulator, device):
    oids = {1: (*IF_DISCONTINUITY, 1)}
    plain = target("torre-sur", 0.4, backend=backend_name)
    assert asyncio.run(ask([Question(plain, oids)], 5)) == {1: NO_COLUMN}
    simulator.post("/_control/kill", {"device": "torre-sur"})
    assert asyncio.run(ask([Question(plain, oids)], 5)) == {}
    began = time.monotonic()
    patient = target("torre-sur", 600.0, backend=backend_name)
    assert asyncio.run(ask([Question(patient, oids)], 0.3)) == {}
    assert time.monotonic() - began < 600, "longer than the cycle had"
    assert asyncio.run(ask([], 1)) == {}
