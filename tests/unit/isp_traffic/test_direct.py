"""Requests of known shape over plain sockets: what the collector's fast way reads, and refuses."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services import snmp_ber as ber
from isp_traffic_services import snmp_burst
from isp_traffic_services.snmp_api import SnmpBadReply, Target, Usm
from isp_traffic_services.snmp_ask import Ask, OtherRequest, Reply, Row
from isp_traffic_services.snmp_burst import AUTH, LATE, OK, SILENT, UNFIT, Burst, Route
from isp_traffic_services.snmp_peer import CommunityPeer
from isp_traffic_services.snmp_usm import UsmPeer, password_key
from isp_traffic_services.sources import IF_HC_IN, IF_HC_OUT, IF_NAME

from tests.bench.agent.process import pace
from tests.simulators.common import free_port
from tests.simulators.snmp import ber as agent_ber
from tests.simulators.snmp.netsnmp import Snmpd, program

from .agents import fast_user

PEER = CommunityPeer(Target("127.0.0.1", community="public"))
COLUMNS = (IF_HC_IN, IF_HC_OUT, IF_NAME)


@pytest.fixture
def burst():
    """Sockets of one test."""
    made = Burst(2, 8)
    yield made
    made.close()


def rows(*indexes):
    return [Row(IF_NAME, IF_HC_IN, IF_HC_OUT, (index,)) for index in indexes]


def route(target, *asks, suspect=False, peer=None):
    peer = peer or CommunityPeer(target)
    return Route("tag", peer, [Ask(rows(*ask)) for ask in asks], target.timeout, 1, suspect)


def run(burst, *routes, seconds=10):
    began = time.monotonic()
    burst.run(routes, seconds)
    return time.monotonic() - began


def reply(request_id, values, uptime=777, names=(b"a", b"b"), status=0, tag=ber.COUNTER64):
    """Return a reply to a request for two rows as an agent would encode it."""
    binds = [agent_ber.encode_varbind((1, 3, 6, 1, 2, 1, 1, 3, 0), agent_ber.TIMETICKS, uptime)]
    for number, name in enumerate(names):
        cells = (*values[2 * number : 2 * number + 2], name)
        for column, value in zip(COLUMNS, cells, strict=True):
            kind = agent_ber.OCTETS if column == IF_NAME else tag
            binds.append(agent_ber.encode_varbind((*column, number + 1), kind, value))
    pdu = agent_ber.Pdu(agent_ber.GET, request_id, 0, 0, [])
    message = agent_ber.Message(agent_ber.V2C, "public", pdu)
    return agent_ber.encode_response(message, binds, status)


# --- one reply ---


def test_request_is_what_another_decoder_reads():
    ask = Ask(rows(1, 15728641))
    message = agent_ber.decode_message(PEER.seal(ask, 0x01020304))
    assert (message.version, message.community) == (agent_ber.V2C, "public")
    assert (message.pdu.kind, message.pdu.request_id) == (agent_ber.GET, 0x01020304)
    wanted = [(*c, i) for i in (1, 15728641) for c in COLUMNS]
    assert message.pdu.oids == [(1, 3, 6, 1, 2, 1, 1, 3, 0), *wanted]


counters = st.lists(
    st.one_of(
        st.sampled_from([0, 127, 128, 2**31, 2**32 - 1, 2**63, 2**64 - 1]),
        st.integers(0, 2**64 - 1),
    ),
    min_size=4,
    max_size=4,
)


@given(counters, counters, st.integers(0, 2**32 - 1))
def test_shape_reads_what_the_decoder_reads(first, second, uptime):
    ask = Ask(rows(1, 2))
    found = PEER.open(reply(1 << 24, first), ask, 1 << 24)
    assert (found.uptime, found.names, found.counters) == (777, [b"a", b"b"], first)
    again = PEER.open(reply(1 << 25, second, uptime), ask, 1 << 25)
    values = again if isinstance(again, list) else [again.uptime, *again.counters]
    assert values == [uptime, *second]


def test_known_shape_takes_the_short_way():
    ask = Ask(rows(1, 2))
    assert isinstance(PEER.open(reply(1 << 24, [5, 6, 7, 8]), ask, 1 << 24), Reply)
    assert PEER.open(reply(1 << 25, [9, 8, 7, 6]), ask, 1 << 25) == [777, 9, 8, 7, 6]


@pytest.mark.parametrize("known", [False, True])
def test_uptime_of_more_than_32_bits_is_left_to_the_libraries(burst, known):
    """The time of a device goes into the database: 64 bits of garbage would stop everybody."""
    ask, found = Ask(rows(1, 2)), None
    each = Route("tag", PEER, [ask], 1.0, 0, False)
    flight = snmp_burst._Flight(each, 0)
    found = [2**32, 5, 6, 7, 8] if known else Reply(2**64 - 1, [b"a", b"b"], [5, 6, 7, 8])
    burst._busy, burst._parked = {}, {}
    burst._take(flight, found)
    assert (each.state, each.answers) == (UNFIT, [])


def test_another_name_never_takes_the_short_way():
    ask = Ask(rows(1, 2))
    PEER.open(reply(1 << 24, [5, 6, 7, 8]), ask, 1 << 24)
    found = PEER.open(reply(1 << 25, [5, 6, 7, 8], names=(b"a", b"x")), ask, 1 << 25)
    assert found.names == [b"a", b"x"]


def test_unpadded_sign_bit_is_no_negative_counter():
    """Some agents leave out the zero before a high first bit."""
    good = reply(1 << 24, [2**31, 6, 7, 8], tag=ber.COUNTER32)
    size = len(good) - 1
    bad = good.replace(b"\x41\x05\x00\x80", b"\x41\x04\x80")
    outer = bytearray(bad)
    assert len(bad) == size and outer[1] < 0x80 or outer[1] & 0x80
    with pytest.raises(SnmpBadReply):  # the lengths around it do not fit
        PEER.open(bad, Ask(rows(1, 2)), 1 << 24)
    assert ber.unsigned(b"\x80\x00\x00\x00", 0, 4) == 2**31


@pytest.mark.parametrize("status", [1, 2, 5, 6, 16])
def test_error_status(status):
    with pytest.raises(SnmpBadReply):
        PEER.open(reply(1 << 24, [5, 6, 7, 8], status=status), Ask(rows(1, 2)), 1 << 24)


def test_reply_to_somebody_else():
    ask = Ask(rows(1, 2))
    PEER.open(reply(1 << 24, [5, 6, 7, 8]), ask, 1 << 24)
    for other in (1 << 24, (1 << 24) + 2, -1, 0):
        with pytest.raises(OtherRequest):
            PEER.open(reply(other, [5, 6, 7, 8]), ask, (1 << 24) + 1)


def test_counter_that_is_no_counter():
    ask = Ask(rows(1, 2))
    found = PEER.open(reply(1 << 24, [5, 6, 7, 8], tag=ber.INTEGER), ask, 1 << 24)
    assert found.counters == [None] * 4
    assert ask.shape is None


@given(st.data())
def test_mutated_replies_are_refused_or_differ_only_in_values(data):
    """Whatever is flipped or cut: no foreign error, and never other OIDs, ids or types."""
    ask, good = Ask(rows(1, 2)), reply(1 << 24, [2**40, 6, 7, 2**33])
    if data.draw(st.booleans()):
        PEER.open(good, ask, 1 << 24)
    bad = bytearray(good)
    for _flip in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    bad = bytes(bad[: data.draw(st.integers(0, len(bad)))] if data.draw(st.booleans()) else bad)
    try:
        found = PEER.open(bad, ask, 1 << 24)
    except SnmpBadReply:
        return
    assert len(bad) == len(good)
    values = found[1:] if isinstance(found, list) else found.counters
    assert len(values) == 4
    assert all(value is None or 0 <= value < 2**64 for value in values)


# --- an agent ---


def test_routes_read_every_row(burst, target, simulator):
    lines = [r["index"] for r in simulator.get("/_control/lines") if r["device"] == "torre-norte"]
    north = route(target(), lines[:16], lines[16:], [999])
    run(burst, north)
    assert (north.state, len(north.answers)) == (OK, 3)
    first, last = north.answers[0][1], north.answers[2][1]
    assert None not in first.counters
    assert last.counters == [None, None]
    again = Route("tag", north.peer, north.asks, 1.0, 0, False)
    run(burst, again)
    assert isinstance(again.answers[0][1], list)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("toobig", UNFIT),
        ("generr", UNFIT),
        ("noaccess", UNFIT),
        ("truncate", UNFIT),
        ("half", UNFIT),
        ("empty", UNFIT),
        ("otherid", SILENT),
        ("elsewhere", SILENT),
    ],
)
def test_faults_are_left_to_the_libraries(burst, target, device, fault, state):
    device(fault=fault)
    south = route(target("torre-sur", timeout=0.3), [1, 2])
    run(burst, south)
    assert (south.state, south.answers) == (state, [])


def test_silence_costs_timeout_times_tries(burst, target, simulator, device):
    simulator.post("/_control/kill", {"device": "torre-sur"})
    dead = route(target("torre-sur", timeout=0.4), [1])
    assert 0.7 <= run(burst, dead) <= 1.3
    assert dead.state == SILENT
    suspect = route(target("torre-sur", timeout=0.4), [1], suspect=True)
    assert 0.3 <= run(burst, suspect) <= 0.7


def test_deadline_leaves_what_is_late(burst, target, device):
    device(delay=3)
    late = route(target("torre-sur", timeout=5), [1])
    assert run(burst, late, seconds=0.4) < 0.8
    assert late.state == LATE
    device(delay=0)
    next_time = route(target("torre-sur"), [2])
    run(burst, next_time)
    assert next_time.state == OK


def test_late_reply_does_not_answer_the_next_request(burst, target, device):
    device(delay=0.6)
    slow = route(target("torre-sur", timeout=0.4), [1])
    run(burst, slow)
    assert slow.state == SILENT
    device(delay=0)
    quick = route(target("torre-sur", timeout=0.5), [2])
    run(burst, quick)
    assert quick.answers[0][1].names == [b"ether2"]


def test_one_request_at_a_time_per_address(burst, target):
    """The devices of the simulator share an address: they are asked one after the other."""
    routes = [route(target(name), [1], [2]) for name in ("torre-norte", "torre-sur") * 3]
    run(burst, *routes)
    assert [each.state for each in routes] == [OK] * 6


def test_closed_port_and_impossible_address(burst):
    for host in ("127.0.0.1", "255.255.255.255"):
        gone = route(Target(host, free_port(), timeout=0.2), [1])
        run(burst, gone)
        assert gone.state == SILENT


# --- version 3 ---


def test_keys_of_the_standard():
    """RFC 3414, A.3: the keys of "maplesyrup"."""
    assert password_key("md5", "maplesyrup").hex() == "9faf3283884e92834ebc9847d8edd963"
    assert password_key("sha1", "maplesyrup").hex() == "9fb5cc0381497b3793528939ff788d5d79145211"


@pytest.mark.skipif(not program("snmpd"), reason="snmpd is not installed")
def test_v3_against_snmpd(burst):
    with Snmpd(free_port()) as agent:
        users = {
            OK: Usm("sha-aes", "SHA", "authpass1", "AES", "privpass1"),
            AUTH: Usm("sha-aes", "SHA", "wrongpass", "AES", "privpass1"),
        }
        target = Target("127.0.0.1", agent.port, "3", usm=users[OK], timeout=0.5)
        peer = UsmPeer(target)
        for _cycle in range(2):
            first = route(target, [1], peer=peer)
            run(burst, first)
            assert (first.state, first.answers[0][1].names) == (OK, [b"lo"])
        for usm in (users[AUTH], Usm("nobody", "SHA", "authpass1", "AES", "privpass1")):
            wrong = route(target, [1], peer=UsmPeer(Target("127.0.0.1", agent.port, "3", usm=usm)))
            run(burst, wrong)
            assert wrong.state == AUTH
        deaf = UsmPeer(
            Target(
                "127.0.0.1",
                agent.port,
                "3",
                usm=Usm("sha-aes", "SHA", "authpass1", "AES", "wrongpass"),
            )
        )
        wrong = route(target, [1], peer=deaf)
        run(burst, wrong)
        assert wrong.state == AUTH
        agent.restart()
        back = route(target, [1], peer=peer)
        run(burst, back)
        assert back.state == OK


# --- the fast agent ---


def crowd(farm, version):
    """Return a target and a peer for each device of the fast agent."""
    network, user = farm.fast(220, 2, 20.0).network, fast_user() if version == "3" else None
    for number in range(network.devices):
        values = {"version": version, "usm": user, "timeout": 2.0}
        target = Target(network.address(number), network.port, community="public", **values)
        yield target, UsmPeer(target) if user else CommunityPeer(target)


def is_exact(found, line):
    """Tell whether a pair of counters is what the agent has at the uptime of the same reply."""
    numbers = found if isinstance(found, list) else [found.uptime, *found.counters]
    uptime, pair = numbers[0], numbers[2 * line - 1 : 2 * line + 1]
    return pair == [2**40 + uptime * pace(2 * line + out) for out in (0, 1)]


@pytest.mark.parametrize("version", ["2c", "3"])
def test_many_devices_through_few_sockets_lose_nothing(farm, version):
    """Several hundred replies that come at once must fit the receive buffers: one try each."""
    routes = [route(target, [1, 2], peer=peer) for target, peer in crowd(farm, version)]
    for each in routes:
        each.tries = 1
    with contextlib.closing(Burst()) as wide:
        run(wide, *routes)
    assert {each.state for each in routes} == {OK}
    for each in routes:
        ((_moment, found),) = each.answers
        assert is_exact(found, 1) and is_exact(found, 2)


def test_engine_whose_clock_was_set(burst, farm):
    """What it refuses is asked again with the time that its report tells, in the same cycle."""
    agent = farm.agent("fast", "sha-aes").target
    peer, server = UsmPeer(agent), farm.fast()
    for _cycle in range(3):
        each = route(agent, [1, 2], peer=peer)
        assert run(burst, each) < agent.timeout
        assert each.state == OK
        server.hurry()
