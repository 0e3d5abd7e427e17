"""Polling of many devices at once: probe, read by known index, look names up only for misses.

Asynchronous and free of the database: it gets what to ask and returns what was answered.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .counters import Reading
from .snmp_api import (
    SnmpAuthFailed,
    SnmpBackend,
    SnmpError,
    SnmpTimeout,
    Target,
    format_oid,
    is_uptime,
    parse_oid,
)
from .snmp_backends import BackendPool
from .sources import SOURCES, SYS_UPTIME, Source

LINES_PER_GET = 16  # name, in and out of each: 48 varbinds and the uptime
MAX_ROWS = 20_000

OK, NOT_FOUND, AMBIGUOUS, DEVICE_DOWN = "ok", "not_found", "ambiguous", "device_down"
NO_COUNTER = "no_counter"  # the row is there, its counters are not
UP, DOWN, AUTH, BAD, SLOW = "up", "down", "auth", "bad", "slow"


@dataclass(frozen=True, slots=True)
class LineJob:
    """One line to read; `index` is the last known one ("" = look it up).

    `others` are keys of other lines that look like a second session of this one.
    """

    line_id: int
    source: str
    key: str
    index: str = ""
    others: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping) -> "LineJob":
        """Return the job of a line, from a mapping with its id and these names."""
        others = tuple(row["others"] or ())
        return cls(row["id"], row["source"], row["key"], row["index"] or "", others)


@dataclass(frozen=True, slots=True)
class DeviceJob:
    """One device and its lines."""

    device_id: int
    target: Target
    lines: tuple[LineJob, ...] = ()
    resolve: bool = True  # False: never walk, only what the known indexes give


@dataclass(slots=True)
class DeviceResult:
    """What one device answered."""

    device_id: int
    state: str = UP
    error: str = ""
    uptime: int | None = None
    object_id: str = ""
    backend: str = ""
    readings: list[Reading] = field(default_factory=list)
    statuses: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


async def poll_devices(
    jobs: Iterable[DeviceJob], seconds: float, parallel: int = 0
) -> list[DeviceResult]:
    """Poll every device for at most `seconds` in all; what is unfinished comes back as SLOW."""
    jobs = list(jobs)
    pool = BackendPool()
    limits: dict[str, asyncio.Semaphore] = {}

    async def one(job: DeviceJob, result: DeviceResult) -> None:
        backend = pool.get(job.target.backend)
        limit = limits.setdefault(backend.name, asyncio.Semaphore(parallel or backend.parallel))
        async with limit:
            result.backend = backend.name
            await poll_device(backend, job, result)
            backend.release(job.target)

    results = [DeviceResult(job.device_id) for job in jobs]
    pairs = zip(jobs, results, strict=True)
    tasks = [asyncio.ensure_future(one(job, result)) for job, result in pairs]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task, result in zip(tasks, results, strict=True):
            _close_result(task, result)
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await pool.aclose()
    return results


def _close_result(task: asyncio.Future, result: DeviceResult) -> None:
    """Turn the end of a task into the state of its result."""
    if not task.done():
        task.cancel()
        result.state, result.error = SLOW, "deadline"
    elif task.exception():
        result.state, result.error = BAD, str(task.exception())


async def poll_device(backend: SnmpBackend, job: DeviceJob, result: DeviceResult) -> None:
    """Fill `result` from one device; errors of SNMP end in its state, never as exceptions."""
    began = time.monotonic()
    try:
        probe = await backend.probe(job.target)
        result.uptime, result.object_id = probe.uptime, probe.object_id
        if result.state == UP and job.lines:
            await _read_lines(backend, job, result)
    except SnmpTimeout as error:
        # The probe was answered, so the device lives and something asked of it is too much.
        answered = result.uptime is not None
        result.state, result.error = (SLOW if answered else DOWN), str(error) or "timeout"
    except SnmpAuthFailed as error:
        result.state, result.error = AUTH, str(error)
    except SnmpError as error:
        result.state, result.error = BAD, str(error)
    if result.state in (DOWN, AUTH):
        result.statuses = {line.line_id: DEVICE_DOWN for line in job.lines}
    result.seconds = time.monotonic() - began


async def _read_lines(backend: SnmpBackend, job: DeviceJob, result: DeviceResult) -> None:
    known = [line for line in job.lines if line.index]
    missing = [line for line in job.lines if not line.index]
    missing += await read_indexed(backend, job.target, known, result)
    if not job.resolve:
        result.statuses.update({line.line_id: NOT_FOUND for line in missing})
        return
    if missing:
        found = await resolve(backend, job.target, missing, result)
        lost = await read_indexed(backend, job.target, found, result)
        result.statuses.update({line.line_id: NO_COUNTER for line in lost})


async def read_indexed(
    backend: SnmpBackend, target: Target, lines: list[LineJob], result: DeviceResult
) -> list[LineJob]:
    """Read lines whose index is known; return those whose index proved wrong.

    Name and counters come in one request, so the name proves the index of the same moment.
    """
    wrong: list[LineJob] = []
    for start in range(0, len(lines), LINES_PER_GET):
        chunk = lines[start : start + LINES_PER_GET]
        oids = [SYS_UPTIME]
        for line in chunk:
            source, index = SOURCES[line.source], parse_oid(line.index)
            oids += [source.octets_in + index, source.octets_out + index]
            if source.name is not None:
                oids.append(source.name + index)
        answer = await backend.get(target, list(dict.fromkeys(oids)))
        now, uptime = time.time(), answer[SYS_UPTIME]
        for line in chunk:
            reading = _reading(line, answer, now, uptime if is_uptime(uptime) else None)
            if reading is None:
                wrong.append(line)
            else:
                result.readings.append(reading)
                result.statuses[line.line_id] = OK
    return wrong


def _reading(line: LineJob, answer: dict, now: float, uptime: int | None) -> Reading | None:
    source, index = SOURCES[line.source], parse_oid(line.index)
    octets_in, octets_out = answer[source.octets_in + index], answer[source.octets_out + index]
    if not isinstance(octets_in, int) or not isinstance(octets_out, int):
        return None
    if not (0 <= octets_in < 2**64 and 0 <= octets_out < 2**64):
        return None
    if source.name is not None:
        name = source.text(answer[source.name + index])
        if not source.matches(line.key, name, line.others):
            return None
    return Reading(line.line_id, now, uptime, line.index, octets_in, octets_out)


async def resolve(
    backend: SnmpBackend, target: Target, lines: list[LineJob], result: DeviceResult
) -> list[LineJob]:
    """Look lines up by name; two rows for one key are AMBIGUOUS, never a guess."""
    tables: dict[tuple, dict[str, list[str]]] = {}
    found: list[LineJob] = []
    for line in lines:
        source = SOURCES[line.source]
        if source.name is None:
            indexes = [index] if (index := source.index_of(line.key)) else []
        else:
            if source.name not in tables:
                tables[source.name] = await _read_names(backend, target, source)
            indexes = find_key(source, line.key, tables[source.name], line.others)
        if len(indexes) == 1:
            found.append(replace(line, index=indexes[0]))
        else:
            result.statuses[line.line_id] = AMBIGUOUS if indexes else NOT_FOUND
    return found


async def _read_names(backend: SnmpBackend, target: Target, source: Source) -> dict[str, list[str]]:
    """Return the indexes of every name of a column."""
    table: dict[str, list[str]] = {}
    for index, (name,) in (await backend.walk(target, [source.name], MAX_ROWS)).items():
        table.setdefault(source.text(name), []).append(format_oid(index))
    return table


def find_key(
    source: Source, key: str, table: Mapping[str, list[str]], others: tuple[str, ...] = ()
) -> list[str]:
    """Return the indexes of the rows that carry a key."""
    indexes = [index for name in source.names(key) for index in table.get(name, ())]
    if indexes or not source.session:
        return indexes
    return [i for name, rows in table.items() if source.matches(key, name, others) for i in rows]
