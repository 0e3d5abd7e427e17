"""The hot path of the collector: what is known of the devices between two cycles, kept in memory.

A line whose index is known is read by a request that was encoded once, and its octets are computed
by the block of lines that share a request. Only what is plain goes this way; whatever is not (a
name that moved, a reset, a wrap, a spike, a gap, a speed instead of a counter) takes the careful
way of `poller` and `ingest`, so that the arithmetic has one truth: `counters.advance`.
"""

import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import sub

from .counters import CEILING, CLOCK_TOLERANCE, SPIKE_FACTOR, SPREAD_LIMIT, Line, Reading, advance
from .poller import LINES_PER_GET, LineJob
from .snmp_api import SnmpError, Target, parse_oid
from .snmp_ask import Ask, Reply, Row
from .snmp_burst import Peer, Route
from .snmp_peer import CommunityPeer
from .snmp_usm import UsmPeer, supported
from .sources import SOURCES

MICRO = 1_000_000


@dataclass(slots=True)
class Base:
    """The last stored reading of a block: one moment, one uptime, a counter pair per line."""

    ts: int  # microseconds since the epoch
    uptime: int
    octets_in: list[int]
    octets_out: list[int]


@dataclass(slots=True)
class Step:
    """What one block measured: plain growth of every line since its base."""

    node: "Node"
    block: "Block"
    base: Base
    secs: int
    down: list[int]
    up: list[int]


@dataclass(slots=True)
class Measured:
    """What the fast way brought: plain steps, and readings for the careful way."""

    steps: list[Step] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    lost: list[LineJob] = field(default_factory=list)  # their index proved wrong


class Block:
    """The lines of one request; they share direction and width."""

    __slots__ = (
        "ask",
        "base",
        "ids",
        "jobs",
        "lines",
        "node",
        "slow_down",
        "slow_up",
        "up_is_in",
    )

    def __init__(self, node: "Node", jobs: Sequence[LineJob], lines: Sequence[Line]) -> None:
        self.node = node
        self.jobs, self.lines = list(jobs), list(lines)
        self.ids = [line.line_id for line in lines]
        self.up_is_in = lines[0].in_is_upload
        self.ask = Ask([_row(job) for job in jobs])
        self.base: Base | None = None
        self.slow_down = _least(line.down_limit for line in lines)
        self.slow_up = _least(line.up_limit for line in lines)

    def take(self, moment: float, found: list[int] | Reply, result: Measured) -> None:
        """Turn an answer into a step when it is plain, else into readings."""
        if type(found) is not list:
            wrong = self._wrong(found)
            if wrong:
                self._without(wrong, moment, found, result)
                return
            found = [found.uptime, *found.counters]
        step = self.step(round(moment * MICRO), found)
        if step is not None:
            result.steps.append(step)
            return
        self.base = None
        pairs = zip(self.jobs, found[1::2], found[2::2], strict=True)
        result.readings += [
            Reading(job.line_id, moment, found[0], job.index, octets_in, octets_out)
            for job, octets_in, octets_out in pairs
        ]

    def _wrong(self, reply: Reply) -> list[int]:
        """Return the places of lines whose index proved wrong, or has no counters.

        The name of a second session is left to the careful way, which knows today's users: it may
        have become the name of somebody else.
        """
        wrong = []
        for place, job in enumerate(self.jobs):
            source, name = SOURCES[job.source], reply.names[place]
            if None in (name, *reply.counters[2 * place : 2 * place + 2]) or (
                source.name is not None and source.text(name) not in source.names(job.key)
            ):
                wrong.append(place)
        return wrong

    def _without(self, wrong: list[int], moment: float, reply: Reply, result: Measured) -> None:
        """Keep the readings of the lines that are right; the others are looked up."""
        self.base = self.ask.shape = None
        for place, job in enumerate(self.jobs):
            if place in wrong:
                result.lost.append(job)
                continue
            pair = reply.counters[2 * place : 2 * place + 2]
            result.readings.append(Reading(job.line_id, moment, reply.uptime, job.index, *pair))

    def step(self, ts: int, numbers: list[int]) -> Step | None:
        """Return the growth of the block, None when it is not plain for every line.

        The conditions are those under which :func:`counters.advance` says "no flag".
        """
        base = self.base
        if base is None:
            return None
        wall, passed = (ts - base.ts) / MICRO, (numbers[0] - base.uptime) / 100
        # passed < 0: a restart or the 497 days; fallen behind the wall clock: a restart.
        if wall <= 0 or not wall - CLOCK_TOLERANCE <= passed <= SPREAD_LIMIT or passed < 0:
            return None
        now = Base(ts, numbers[0], numbers[1::2], numbers[2::2])
        grown_in = list(map(sub, now.octets_in, base.octets_in))
        grown_out = list(map(sub, now.octets_out, base.octets_out))
        if min(grown_in) < 0 or min(grown_out) < 0:
            return None
        up, down = (grown_in, grown_out) if self.up_is_in else (grown_out, grown_in)
        room = max(passed, 0.01)
        if (
            max(down) * 8 > SPIKE_FACTOR * self.slow_down * room
            or max(up) * 8 > SPIKE_FACTOR * self.slow_up * room
        ):
            return self._each(now, base, down, up)
        return Step(self.node, self, now, max(round(passed), 1), down, up)

    def _each(self, now: Base, base: Base, down: list[int], up: list[int]) -> Step | None:
        """Ask the arithmetic line by line: the slowest plan is not the limit of the others."""
        secs = 1
        for place, line in enumerate(self.lines):
            delta = advance(line, self._reading(place, base), self._reading(place, now))
            if delta is None or delta.down != down[place] or delta.up != up[place] or delta.flags:
                return None
            secs = delta.secs
        return Step(self.node, self, now, secs, down, up)

    def _reading(self, place: int, base: Base) -> Reading:
        return Reading(
            self.ids[place],
            base.ts / MICRO,
            base.uptime,
            self.jobs[place].index,
            base.octets_in[place],
            base.octets_out[place],
        )

    def restore(self, states: Mapping[int, Reading]) -> None:
        """Take the stored readings as base when they are of one moment."""
        self.base = None
        found = [states.get(line_id) for line_id in self.ids]
        first = found[0]
        if first is None or first.uptime is None:
            return
        for state, job in zip(found, self.jobs, strict=True):
            if state is None or (state.ts, state.uptime) != (first.ts, first.uptime):
                return
            if state.index != job.index:
                return
        self.base = Base(
            round(first.ts * MICRO),
            first.uptime,
            [state.octets_in for state in found],
            [state.octets_out for state in found],
        )


def _row(job: LineJob) -> Row:
    source = SOURCES[job.source]
    return Row(source.name, source.octets_in, source.octets_out, parse_oid(job.index))


def _least(limits: Iterable[float | None]) -> float:
    return min((limit for limit in limits if limit is not None), default=CEILING)


class Node:
    """One device: its agent, its blocks, and the lines that must be looked up."""

    def __init__(self, device_id: int, target: Target) -> None:
        self.device_id, self.target = device_id, target
        self.peer = make_peer(target)
        self.blocks: list[Block] = []
        self.missing: list[LineJob] = []
        self.simple = False  # up, one source, every line measured: may be stored in bulk
        self.company_id = 0

    def set_lines(self, jobs: Sequence[LineJob], lines: Mapping[int, Line], states) -> None:
        """Put the lines into blocks; `states` are their stored readings.

        A device on which two lines have the same counters is left to the careful way.
        """
        places = [(SOURCES[job.source].octets_in, job.index) for job in jobs if job.index]
        if len(set(places)) < len(places):
            self.peer = None
        self.missing = [job for job in jobs if not job.index or lines[job.line_id].rate]
        missing = {job.line_id for job in self.missing}
        groups: dict[tuple, list[LineJob]] = {}
        for job in jobs:
            if job.line_id not in missing:
                line = lines[job.line_id]
                groups.setdefault((line.in_is_upload, line.bits), []).append(job)
        size = max(1, min(LINES_PER_GET, (self.target.max_size - 1) // 3))
        self.blocks = []
        for group in groups.values():
            for start in range(0, len(group), size):
                part = group[start : start + size]
                block = Block(self, part, [lines[job.line_id] for job in part])
                block.restore(states)
                self.blocks.append(block)

    def route(self, suspect: bool = False) -> Route:
        """Return the requests of this cycle."""
        asks = [block.ask for block in self.blocks]
        return Route(self, self.peer, asks, self.target.timeout, self.target.retries, suspect)

    def measure(self, route: Route) -> Measured:
        """Return what the answers of a route mean."""
        result = Measured()
        for block, (moment, found) in zip(self.blocks, route.answers, strict=True):
            block.take(moment, found, result)
        return result


def make_peer(target: Target) -> Peer | None:
    """Return how to ask a device the fast way; None: only a library can."""
    if target.backend != "auto" or not _plain_address(target.host):
        return None
    try:
        if target.version == "2c":
            return CommunityPeer(target)
        return UsmPeer(target) if target.version == "3" and supported(target) else None
    except SnmpError:
        return None


def _plain_address(host: str) -> bool:
    """Tell whether an address is one of IPv4 in numbers: a reply is compared with it."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host)) == host
    except OSError:
        return False
