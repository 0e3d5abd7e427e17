import asyncio

import pytest
from isp_traffic_services.poller import DeviceJob, LineJob, find_key, poll_devices
from isp_traffic_services.sources import SOURCES, as_text


@pytest.fixture
def poll(backend_name, target):
    """Poll one device with the lines of some users; further devices by their community."""

    def run(users=(), community="torre-norte", indexes=None, resolve=True, **values):
        values.setdefault("timeout", 1.0)
        seconds = values.pop("seconds", 20)
        lines = tuple(
            LineJob(n, "mt_ppp", user, (indexes or {}).get(user, ""))
            for n, user in enumerate(users, 1)
        )
        job = DeviceJob(9, target(community, backend=backend_name, **values), lines, resolve)
        return asyncio.run(poll_devices([job], seconds))[0]

    return run


def requests_of(simulator, name="torre-sur"):
    rows = simulator.get("/_control/devices")
    return next(row["requests"] for row in rows if row["device"] == name)


def index_of(simulator, user):
    return str(next(r["index"] for r in simulator.get("/_control/lines") if r["user"] == user))


def test_lines_are_found_by_name_and_read(poll, simulator):
    result = poll(["linea001", "linea002", "nobody"])
    assert result.state == "up"
    assert result.object_id == "1.3.6.1.4.1.14988.1"
    assert result.statuses == {1: "ok", 2: "ok", 3: "not_found"}
    assert [reading.index for reading in result.readings] == [
        index_of(simulator, "linea001"),
        index_of(simulator, "linea002"),
    ]
    assert all(reading.octets_out > 0 and reading.uptime for reading in result.readings)


def test_every_line_of_a_device(poll):
    result = poll([f"linea{n:03d}" for n in range(1, 31)])
    assert len(result.readings) == 30


def test_known_index_needs_no_walk(poll, simulator):
    def requests():
        devices = simulator.get("/_control/devices")
        return next(d["requests"] for d in devices if d["device"] == "torre-norte")

    indexes = {"linea001": index_of(simulator, "linea001")}
    before = requests()
    assert poll(["linea001"], indexes=indexes).statuses == {1: "ok"}
    assert requests() - before == 2  # probe and one GET


def test_wrong_index_is_proven_by_the_name(poll, simulator):
    indexes = {"linea001": index_of(simulator, "linea002")}
    result = poll(["linea001"], indexes=indexes)
    assert result.readings[0].index == index_of(simulator, "linea001")


def test_renumbered_device(poll, simulator):
    indexes = {u: index_of(simulator, u) for u in ("linea001", "linea002", "linea003")}
    simulator.post("/_control/shift", {"device": "torre-norte", "by": 1})
    try:
        result = poll(list(indexes), indexes=indexes)
    finally:
        simulator.post("/_control/shift", {"device": "torre-norte", "by": -1})
    assert [r.index for r in result.readings] == [str(int(i) + 1) for i in indexes.values()]


def test_without_resolving_a_miss_stays_a_miss(poll):
    result = poll(["linea001"], resolve=False)
    assert result.statuses == {1: "not_found"}
    assert not result.readings


def test_session_that_ended(poll, simulator):
    indexes = {"linea001": index_of(simulator, "linea001")}
    simulator.post("/_control/line", {"user": "linea001", "present": False})
    try:
        result = poll(["linea001", "linea002"], indexes=indexes)
    finally:
        simulator.post("/_control/line", {"user": "linea001", "present": True})
    assert result.statuses == {1: "not_found", 2: "ok"}


def test_dead_device_is_asked_once(poll, simulator, device):
    simulator.post("/_control/kill", {"device": "torre-sur"})
    asked = requests_of(simulator)
    result = poll(["linea031"], "torre-sur", timeout=0.5)
    assert requests_of(simulator) - asked == 1
    assert (result.state, result.statuses) == ("down", {1: "device_down"})


def test_bad_device_stores_nothing(poll, device):
    device(fault="garbage")
    result = poll(["linea031"], "torre-sur", timeout=0.5)
    assert result.state in ("bad", "down")
    assert not result.readings


def test_deadline_is_a_gap_and_hurts_nobody(backend_name, target, device):
    device(delay=5)
    jobs = [
        DeviceJob(1, target("torre-sur", timeout=600, backend=backend_name)),
        DeviceJob(2, target("torre-norte", backend=backend_name)),
    ]
    slow, good = asyncio.run(poll_devices(jobs, 1.5))
    assert (slow.state, good.state) == ("slow", "up")


def test_unknown_library_is_a_bad_device(target):
    result = asyncio.run(poll_devices([DeviceJob(1, target(backend="nope"))], 5))[0]
    assert result.state == "bad"
    assert "nope" in result.error


def test_no_job():
    assert asyncio.run(poll_devices([], 1)) == []


# --- names ---


@pytest.mark.parametrize(
    ("source", "name", "matches"),
    [
        ("mt_ppp", "<pppoe-ana>", True),
        ("mt_ppp", "<pppoe-ana-1>", True),
        ("mt_ppp", "ana", True),
        ("mt_ppp", "<pppoe-ana2>", False),
        ("mt_ppp", "<pppoe-ana-x>", False),
        ("mt_ppp", "pppoe-out1", False),
        ("if_hc", "ether1", False),
        ("if_hc", "ana", True),
        ("if_hc", "<pppoe-ana>", False),
    ],
)
def test_names(source, name, matches):
    assert SOURCES[source].matches("ana", name) is matches


def test_session_of_a_numbered_user_is_not_a_second_one_of_the_stem():
    """`<pppoe-ana-1>` is ana's second session, unless somebody is called ana-1."""
    ppp, table = SOURCES["mt_ppp"], {"<pppoe-ana-1>": ["7"], "<pppoe-ana-2>": ["8"]}
    assert find_key(ppp, "ana", table) == ["7", "8"]
    assert find_key(ppp, "ana", table, ("ana-1",)) == ["8"]
    assert find_key(ppp, "ana-1", table) == ["7"]
    assert not ppp.matches("ana", "<pppoe-ana-1>", ("ana-1",))
    assert ppp.matches("ana-1", "<pppoe-ana-1>", ("ana-1-2",))


def test_name_that_a_device_pads_is_found_by_the_key_the_wizard_stores():
    source, name = SOURCES["if_alias"], b" cli 7  \x00"
    assert find_key(source, source.clean_key(source.text(name)), {source.text(name): ["3"]}) == [
        "3"
    ]


def test_two_rows_for_one_key():
    table = {"<pppoe-ana>": ["7", "9"], "<pppoe-eva-1>": ["8"]}
    assert find_key(SOURCES["mt_ppp"], "ana", table) == ["7", "9"]
    assert find_key(SOURCES["mt_ppp"], "eva", table) == ["8"]
    assert find_key(SOURCES["mt_ppp"], "bob", table) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"ether1", "ether1"),
        (b"\xff\x00", "\xff"),
        (b" cli 7 \x00\x00", "cli 7"),
        (b"a\x00b", "a\\x00b"),
        ("Muñoz".encode(), "Muñoz"),
        ("Muñoz".encode("latin-1"), "Muñoz"),
        (None, ""),
        (7, "7"),
    ],
)
def test_names_as_text(value, text):
    assert as_text(value) == text
