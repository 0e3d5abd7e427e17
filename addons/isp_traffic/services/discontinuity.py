"""ifCounterDiscontinuityTime, asked only where the counters do not tell what happened.

A counter of 64 bits that goes back was reset, whatever the device says; one of 32 bits wrapped or
was cleared, and only the device knows. To ask for it in every cycle would be a third more values
for nothing. Asynchronous and free of the database.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .counters import NO_COLUMN, Line, Reading, is_doubtful
from .poller import LINES_PER_GET, DeviceResult
from .snmp_api import Oid, SnmpError, Target, is_uptime, parse_oid
from .snmp_backends import BackendPool
from .sources import SOURCES


@dataclass(slots=True)
class Question:
    """The lines of one device whose counters are in doubt, and where the answer stands."""

    target: Target
    oids: dict[int, Oid] = field(default_factory=dict)


def doubts(
    readings: Iterable[Reading],
    sources: Mapping[int, str],
    lines: Mapping[int, Line],
    states: Mapping[int, Reading],
) -> dict[int, Oid]:
    """Return for each line in doubt the OID to ask; `sources` are codes by line."""
    return {
        reading.line_id: SOURCES[sources[reading.line_id]].discontinuity + parse_oid(reading.index)
        for reading in readings
        if SOURCES[sources[reading.line_id]].discontinuity is not None
        and is_doubtful(lines[reading.line_id], states.get(reading.line_id), reading)
    }


async def ask(questions: Iterable[Question], seconds: float) -> dict[int, int]:
    """Return what the devices said in time, by line; NO_COLUMN where one has no such value.

    A line without an answer is absent: it stays with what its counters say.
    """
    pool, found = BackendPool(), {}
    limits: dict[str, asyncio.Semaphore] = {}

    async def one(question: Question) -> None:
        try:
            backend = pool.get(question.target.backend)
            async with limits.setdefault(backend.name, asyncio.Semaphore(backend.parallel)):
                found.update(await _ask_device(backend, question))
                backend.release(question.target)
        except SnmpError:
            return

    try:
        tasks = [asyncio.ensure_future(one(question)) for question in questions]
        if tasks:
            _done, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await pool.aclose()
    return found


async def _ask_device(backend, question: Question) -> dict[int, int]:
    found, pairs = {}, list(question.oids.items())
    for start in range(0, len(pairs), LINES_PER_GET):
        part = pairs[start : start + LINES_PER_GET]
        answer = await backend.get(question.target, list({oid for _line, oid in part}))
        for line_id, oid in part:
            value = answer[oid]
            if value is None:
                found[line_id] = NO_COLUMN
            elif is_uptime(value):
                found[line_id] = value
    return found


def tell(results: Iterable[DeviceResult], found: Mapping[int, int]) -> None:
    """Put what devices said into the readings of their lines."""
    for result in results:
        result.readings = [
            replace(reading, discontinuity=found[reading.line_id])
            if reading.line_id in found
            else reading
            for reading in result.readings
        ]
