"""Storing what the fast way measured: two binary COPYs and one UPDATE, in the caller's transaction.

The stored state must still be the base that the octets were computed from. If another process
advanced it meanwhile, nothing of this may be stored: see :class:`StaleBase`.
"""

import io
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from .fleet import MICRO, Step
from .schema import ensure_partitions

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_2000 = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * MICRO
CHUNK = 1 << 20

COPY_SAMPLES = (
    "COPY isp_traffic_sample (line_id, ts, down_b, up_b, secs, flags) FROM STDIN (FORMAT binary)"
)
COPY_STEPS = (
    "COPY isp_traffic_step (line_id, base_ts, ts, uptime, octets_in, octets_out)"
    " FROM STDIN (FORMAT binary)"
)
CREATE_STEPS = """
CREATE TEMP TABLE IF NOT EXISTS isp_traffic_step (
    line_id int4, base_ts timestamptz, ts timestamptz, uptime int8,
    octets_in int8, octets_out int8
) ON COMMIT DELETE ROWS
"""
# Counters have 64 bits without a sign; they travel as int8 and come back as what they were.
UPDATE_STATES = """
UPDATE isp_traffic_state s SET ts = p.ts, uptime = p.uptime,
    octets_in = CASE WHEN p.octets_in < 0 THEN p.octets_in + 18446744073709551616
                     ELSE p.octets_in::numeric END,
    octets_out = CASE WHEN p.octets_out < 0 THEN p.octets_out + 18446744073709551616
                      ELSE p.octets_out::numeric END
  FROM isp_traffic_step p WHERE s.line_id = p.line_id AND s.ts = p.base_ts
"""
#: a row: number of fields, then length and value of each
SAMPLE_ROW, SAMPLE_FIELDS = "hiiiqiqiqiiih", (6, 4, 0, 8, 0, 8, 0, 8, 0, 4, 0, 2, 0)
STEP_ROW, STEP_FIELDS = "hiiiqiqiqiQiQ", (6, 4, 0, 8, 0, 8, 0, 8, 0, 8, 0, 8, 0)


class StaleBase(Exception):
    """The stored state is not the one that was measured against: read it again, store nothing."""


@lru_cache(maxsize=128)
def _layout(row: str, count: int) -> struct.Struct:
    return struct.Struct(">" + row * count)


def pack_samples(steps: Iterable[Step]) -> bytes:
    """Return the samples of steps as rows of a binary COPY."""
    parts = [SIGNATURE]
    for step in steps:
        count = len(step.down)
        values = list(SAMPLE_FIELDS * count)
        values[2::13] = step.block.ids
        values[4::13] = [step.base.ts - EPOCH_2000] * count
        values[6::13], values[8::13] = step.down, step.up
        values[10::13] = [step.secs] * count
        parts.append(_layout(SAMPLE_ROW, count).pack(*values))
    parts.append(TRAILER)
    return b"".join(parts)


def pack_states(steps: Iterable[Step]) -> bytes:
    """Return the new states of steps, each with the base it must follow."""
    parts = [SIGNATURE]
    for step in steps:
        count, base = len(step.down), step.base
        values = list(STEP_FIELDS * count)
        values[2::13] = step.block.ids
        values[4::13] = [step.block.base.ts - EPOCH_2000] * count
        values[6::13] = [base.ts - EPOCH_2000] * count
        values[8::13] = [base.uptime] * count
        values[10::13], values[12::13] = base.octets_in, base.octets_out
        parts.append(_layout(STEP_ROW, count).pack(*values))
    parts.append(TRAILER)
    return b"".join(parts)


def store_steps(cr, steps: list[Step]) -> int:
    """Write samples and states of plain steps; return how many samples.

    Nothing in memory changes: :func:`settle` does, once the transaction is committed.

    :raise StaleBase: a state was advanced or deleted by somebody else.
    """
    if not steps:
        return 0
    times = [step.base.ts for step in steps]
    ensure_partitions(cr, min(times) / MICRO, max(times) / MICRO)
    cr.execute(CREATE_STEPS)
    cr.execute("TRUNCATE isp_traffic_step")
    cr.copy_expert(COPY_STEPS, io.BytesIO(pack_states(steps)), CHUNK)
    cr.execute(UPDATE_STATES)
    count = sum(len(step.down) for step in steps)
    if cr.rowcount != count:
        raise StaleBase(f"{count - cr.rowcount} of {count} states moved")
    cr.copy_expert(COPY_SAMPLES, io.BytesIO(pack_samples(steps)), CHUNK)
    return count


def settle(steps: Iterable[Step]) -> None:
    """Take what was committed as the base of the next cycle."""
    for step in steps:
        step.block.base = step.base
