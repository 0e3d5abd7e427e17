"""The arithmetic of a block of lines is that of `ingest`, or the readings are left to it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services.counters import Flag, Line, Reading
from isp_traffic_services.fleet import MICRO, Base, Measured, Node, Step, make_peer
from isp_traffic_services.fleet_store import EPOCH_2000, SIGNATURE, pack_samples, pack_states
from isp_traffic_services.ingest import ingest
from isp_traffic_services.poller import LineJob
from isp_traffic_services.snmp_api import Target, Usm
from isp_traffic_services.snmp_ask import Reply

START = 1_800_000_000.0
TARGET = Target("127.0.0.1", community="public")


def make_node(lines, states=None):
    node = Node(1, TARGET)
    jobs = [
        LineJob(line.line_id, "if_hc", f"if{line.line_id}", str(line.line_id)) for line in lines
    ]
    node.set_lines(jobs, {line.line_id: line for line in lines}, states or {})
    return node


class Database:
    """What a collector stores: samples, and the states the next cycle begins with."""

    def __init__(self, lines):
        self.lines = {line.line_id: line for line in lines}
        self.samples, self.states = [], {}

    def keep(self, readings):
        """Store as the careful way does."""
        stored = ingest(self.lines, self.states, readings)
        self.samples += [tuple(sample) for sample in stored.samples]
        self.states.update(stored.states)

    def step(self, step):
        """Store as the fast way does."""
        ts, base = step.base.ts / MICRO, step.base
        rows = zip(step.block.ids, step.down, step.up, strict=True)
        self.samples += [(line, ts, down, up, step.secs, 0) for line, down, up in rows]
        pairs = zip(step.block.ids, base.octets_in, base.octets_out, strict=True)
        for line, octets_in, octets_out in pairs:
            self.states[line] = Reading(line, ts, base.uptime, str(line), octets_in, octets_out)


limits = st.none() | st.floats(1e3, 1e9)
grow = st.integers(0, 10**6) | st.integers(0, 10**12) | st.just(-1)
cycles = st.lists(
    st.tuples(
        st.sampled_from([0.5, 60.0, 300.25, 299.999999, 4000.0, -10.0, 0.0]),
        st.sampled_from(["steady", "steady", "reboot", "behind", "ahead", "wrap"]),
        st.lists(grow, min_size=6, max_size=6),
    ),
    min_size=1,
    max_size=8,
)


def play(bits, count, script):
    """Return the polls (moment, uptime, octets) of a device that does what a script says."""
    moment, uptime, octets = START, 1_000_000, [2 ** (bits - 1)] * (2 * count)
    polls = []
    for dt, clock, grown in [(1.0, "steady", [0] * 6), *script]:
        moment = round(moment + dt, 6)
        drift = {"steady": 0, "reboot": 5 - uptime, "behind": -5000, "ahead": 5000, "wrap": 0}
        uptime = max(uptime + round(dt * 100) + drift[clock], 5)
        if clock == "wrap":
            uptime = (uptime + 2**32 - 20_000) % 2**32
        octets = [
            5 if by < 0 else (value + by) % 2**bits
            for value, by in zip(octets, grown[: len(octets)], strict=True)
        ]
        polls.append((moment, uptime, octets))
    return polls


@given(
    st.data(), st.integers(1, 3), st.booleans(), st.booleans(), st.sampled_from([32, 64]), cycles
)
def test_both_ways_store_the_same(data, count, upload, session, bits, script):
    lines = [
        Line(n, bits, session, upload, data.draw(limits), data.draw(limits))
        for n in range(1, count + 1)
    ]
    truth, ours = Database(lines), Database(lines)
    node = make_node(lines)
    (block,) = node.blocks
    for moment, uptime, octets in play(bits, count, script):
        pairs = zip(lines, octets[0::2], octets[1::2], strict=True)
        truth.keep([Reading(x.line_id, moment, uptime, str(x.line_id), i, o) for x, i, o in pairs])
        result = Measured()
        block.take(moment, [uptime, *octets], result)
        for step in result.steps:
            ours.step(step)
            block.base = step.base
        ours.keep(result.readings)
        if result.readings:
            block.restore(ours.states)
    assert sorted(ours.samples, key=repr) == sorted(truth.samples, key=repr)
    assert ours.states == truth.states


def test_garbage_counter_of_a_line_without_plan_is_no_step():
    node = make_node([Line(1)])
    (block,) = node.blocks
    block.take(START, [100, 0, 0], Measured())
    block.restore({1: Reading(1, START, 100, "1", 0, 0)})
    result = Measured()
    block.take(START + 300, [30_100, 2**64 - 1, 0], result)
    assert (result.steps, len(result.readings)) == ([], 1)


def test_plain_growth_is_one_step():
    lines = [Line(1), Line(2, in_is_upload=True)]
    states = {n: Reading(n, START, 1000, str(n), 10 * n, 100 * n) for n in (1, 2)}
    node, result = make_node(lines, states), Measured()
    node.blocks[0].take(START + 300, [31_000, 15, 107, 26, 209], result)
    (step,) = result.steps
    assert (step.secs, step.down, step.up) == (300, [7, 9], [5, 6])
    assert not result.readings


def test_states_of_different_moments_are_no_base():
    states = {1: Reading(1, START, 10, "1", 0, 0), 2: Reading(2, START + 1, 110, "2", 0, 0)}
    assert make_node([Line(1), Line(2)], states).blocks[0].base is None


def test_index_of_the_state_is_no_base_its_discontinuity_does_not_matter():
    assert make_node([Line(1)], {1: Reading(1, START, 10, "9", 0, 0)}).blocks[0].base is None
    for told in (None, -1, 0, 7):
        state = Reading(1, START, 10, "1", 0, 0, told)
        assert make_node([Line(1)], {1: state}).blocks[0].base is not None


def test_wrong_names_and_missing_rows_are_looked_up():
    node, result = make_node([Line(1), Line(2), Line(3)]), Measured()
    reply = Reply(500, [b"if1", b"other", None], [1, 2, 3, 4, None, None])
    node.blocks[0].take(START, reply, result)
    assert [reading.line_id for reading in result.readings] == [1]
    assert [job.line_id for job in result.lost] == [2, 3]


def test_lines_are_parted_by_direction_width_and_size():
    lines = [Line(n, bits=64 if n % 2 else 32, in_is_upload=n < 20) for n in range(1, 60)]
    node = make_node(lines)
    assert sum(len(block.ids) for block in node.blocks) == 59
    for block in node.blocks:
        assert len(block.ids) <= 16
        assert len({(line.bits, line.in_is_upload) for line in block.lines}) == 1


def test_rates_and_lines_without_index_take_the_careful_way():
    node = Node(1, TARGET)
    jobs = [
        LineJob(1, "if_hc", "a", "1"),
        LineJob(2, "if_hc", "b", ""),
        LineJob(3, "if_hc", "c", "3"),
    ]
    node.set_lines(jobs, {1: Line(1), 2: Line(2), 3: Line(3, rate=True)}, {})
    assert [job.line_id for job in node.missing] == [2, 3]
    assert [block.ids for block in node.blocks] == [[1]]


@pytest.mark.parametrize(
    ("values", "fast"),
    [
        ({"community": "x"}, True),
        ({"version": "3", "usm": Usm("u", "SHA256", "password", "AES", "password")}, True),
        ({"version": "3", "usm": Usm("u", "SHA", "password", "DES", "password")}, False),
        ({"version": "3", "usm": Usm("u", "SHA", "password", "", "")}, False),
        ({"version": "3", "usm": Usm("u", "SHA", "short", "AES", "short")}, False),
        ({"version": "1", "community": "x"}, False),
        ({"backend": "pysnmp"}, False),
        ({"backend": "gufo"}, False),
        ({"host": "router.example"}, False),
        ({"host": "127.1"}, False),
        ({"host": "::1"}, False),
    ],
)
def test_who_is_asked_the_fast_way(values, fast):
    assert (make_peer(Target(**{"host": "10.0.0.1", **values})) is not None) is fast


def test_binary_rows():
    """The numbers of the format of PostgreSQL, of two rows."""
    node = make_node([Line(7), Line(8)])
    block = node.blocks[0]
    block.base = Base(EPOCH_2000 + 1, 100, [0, 0], [0, 0])
    now = Base(EPOCH_2000 + 3_000_001, 400, [2**64 - 1, 6], [9, 8])
    step = Step(node, block, now, 3, [1, 2], [3, 2**40])
    head, row = len(SIGNATURE), struct.Struct(">hiiiqiqiqiiih")
    packed = pack_samples([step])
    assert packed.startswith(SIGNATURE)
    assert row.unpack_from(packed, head + row.size) == (
        (6, 4, 8, 8, 3_000_001, 8, 2, 8, 2**40, 4, 3, 2, int(Flag.NONE))
    )
    assert len(packed) == head + 2 * row.size + 2
    row = struct.Struct(">hiiiqiqiqiqiq")
    assert row.unpack_from(pack_states([step]), head) == (
        (6, 4, 7, 8, 1, 8, 3_000_001, 8, 400, 8, -1, 8, 9)
    )
