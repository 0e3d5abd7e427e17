"""Spoiled replies, one by one, to each way of reading: no crash, and no value that was not told."""

from __future__ import annotations

import asyncio
import random

from isp_traffic_services.snmp_api import SnmpError, Target
from isp_traffic_services.snmp_ask import Ask, Row
from isp_traffic_services.snmp_backends import make_backend
from isp_traffic_services.snmp_peer import CommunityPeer
from isp_traffic_services.sources import IF_HC_IN, IF_HC_OUT, IF_NAME, SYS_UPTIME

from scripts.console import say
from tests.simulators.snmp import ber

from .agent import FIRST, START, Network, pace_in, pace_out, spoil

KINDS = ("mutate", "mutate", "mutate", "junk", "cut")
BY_LIBRARY = 300  # a library sends each request itself: fewer of them
LINES = 8


def fuzz(network: Network, dice: random.Random, count: int) -> dict[str, list[str]]:
    """Return the violations for each way of reading."""
    found = {"spoiled replies, direct": direct(network, dice, count)}
    for name in ("gufo", "pysnmp"):
        notes = asyncio.run(library(network, name))
        found[f"spoiled replies, {name}"] = notes
    return found


def _true(line: int, uptime: int, octets_in, octets_out) -> bool:
    pairs = ((octets_in, pace_in(line)), (octets_out, pace_out(line)))
    return all(value == START + uptime * pace for value, pace in pairs)


def direct(network: Network, dice: random.Random, count: int) -> list[str]:
    """Read spoiled replies as the fast way does, with and without a known shape."""
    peer = CommunityPeer(Target(f"{FIRST}1", community="public"))
    rows = [Row(IF_NAME, IF_HC_IN, IF_HC_OUT, (line,)) for line in range(1, LINES + 1)]
    notes, used = [], 0
    for number in range(count):
        ask, request_id = Ask(rows), dice.randint(1 << 24, (1 << 31) - 1)
        message = ber.decode_message(peer.seal(ask, request_id))
        if number % 2:
            peer.open(network.answer(message), ask, request_id)
        reply = spoil(network.answer(message), dice.choice(KINDS), dice)
        try:
            found = peer.open(reply, ask, request_id)
        except SnmpError:
            continue
        used += 1
        notes += _judge(found)
    say(f"direct: {used} of {count} spoiled replies were still usable")
    return notes


def _judge(found) -> list[str]:
    if isinstance(found, list):
        uptime, counters, names = found[0], found[1:], None
    else:
        uptime, counters, names = found.uptime, found.counters, found.names
    if uptime is None:
        return []
    notes = []
    for line in range(1, LINES + 1):
        pair = counters[2 * line - 2 : 2 * line]
        right = names is None or names[line - 1] == f"<pppoe-line{line}>".encode()
        if right and None not in pair and not _true(line, uptime, *pair):
            notes.append(f"line {line}: {pair} at {uptime}")
    return notes


async def library(network: Network, name: str) -> list[str]:
    """Let a library ask a device that spoils every reply."""
    backend, notes, used = make_backend(name), [], 0
    target = Target(f"{FIRST}1", network.port, community="public", timeout=0.05, retries=0)
    oids = [SYS_UPTIME]
    for line in range(1, 4):
        oids += [(*IF_HC_IN, line), (*IF_HC_OUT, line), (*IF_NAME, line)]
    network.lies = {0: "mutate"}
    try:
        for _number in range(BY_LIBRARY):
            try:
                found = await backend.get(target, oids)
            except SnmpError:
                continue
            used += 1
            notes += _judge_library(found)
    finally:
        network.lies = {}
        await backend.aclose()
    say(f"{name}: {used} of {BY_LIBRARY} spoiled replies were still usable")
    return notes


def _judge_library(found: dict) -> list[str]:
    notes, uptime = [], found[SYS_UPTIME]
    for line in range(1, 4):
        pair = found[*IF_HC_IN, line], found[*IF_HC_OUT, line]
        named = found[*IF_NAME, line] == f"<pppoe-line{line}>".encode()
        whole = named and all(isinstance(value, int) for value in (uptime, *pair))
        if whole and not _true(line, uptime, *pair):
            notes.append(f"line {line}: {pair} at {uptime}")
    return notes
