"""Reading and writing measured traffic. Every function takes a cursor and never commits."""

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime

from .counters import Reading
from .ingest import Ingested, Sample
from .schema import ensure_partitions

COPY_SAMPLES = "COPY isp_traffic_sample (line_id, ts, down_b, up_b, secs, flags) FROM STDIN"


def stamp(seconds: float) -> datetime:
    """Turn seconds since the epoch into an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def load_states(cr, line_ids: Iterable[int]) -> dict[int, Reading]:
    """Return the last reading of each line that has one.

    Counters are read as text: some connections turn numeric into float, which loses octets.
    """
    cr.execute(
        "SELECT line_id, extract(epoch FROM ts)::float8, uptime, index, octets_in::text,"
        " octets_out::text, discontinuity FROM isp_traffic_state WHERE line_id = ANY(%s)",
        (list(line_ids),),
    )
    return {
        line_id: Reading(line_id, ts, uptime, index, int(octets_in), int(octets_out), discontinuity)
        for line_id, ts, uptime, index, octets_in, octets_out, discontinuity in cr.fetchall()
    }


def store(cr, ingested: Ingested) -> None:
    """Write samples and states together, so that a crash loses or keeps both."""
    if ingested.samples:
        times = [sample.ts for sample in ingested.samples]
        ensure_partitions(cr, min(times), max(times))
        copy_samples(cr, ingested.samples)
    if ingested.states:
        save_states(cr, ingested.states.values())


def copy_samples(cr, samples: list[Sample], chunk: int = 50_000) -> None:
    """COPY samples in chunks; a double (line, ts) is an error of the caller and raises."""
    for start in range(0, len(samples), chunk):
        text = io.StringIO()
        for line_id, ts, down, up, secs, flags in samples[start : start + chunk]:
            octets = "\\N\t\\N" if down is None else f"{down}\t{up}"
            moment = datetime.fromtimestamp(ts, UTC).isoformat()
            text.write(f"{line_id}\t{moment}\t{octets}\t{secs}\t{flags}\n")
        text.seek(0)
        cr.copy_expert(COPY_SAMPLES, text)


def save_states(cr, readings: Iterable[Reading]) -> None:
    """Advance the baseline of each line."""
    rows = list(readings)
    columns = (
        [row.line_id for row in rows],
        [stamp(row.ts) for row in rows],
        [row.uptime for row in rows],
        [row.index for row in rows],
        [str(row.octets_in) for row in rows],
        [str(row.octets_out) for row in rows],
        [row.discontinuity for row in rows],
    )
    cr.execute(
        """
        INSERT INTO isp_traffic_state AS s
            (line_id, ts, uptime, index, octets_in, octets_out, discontinuity)
        SELECT * FROM unnest(%s::int4[], %s::timestamptz[], %s::int8[], %s::text[],
                             %s::numeric[], %s::numeric[], %s::int8[])
        ON CONFLICT (line_id) DO UPDATE SET ts = excluded.ts, uptime = excluded.uptime,
            index = excluded.index, octets_in = excluded.octets_in,
            octets_out = excluded.octets_out, discontinuity = excluded.discontinuity
        WHERE s.ts < excluded.ts
        """,
        columns,
    )


def delete_lines(cr, line_ids: list[int]) -> None:
    """Forget everything about lines."""
    for table in ("sample", "hour", "day", "state", "watch", "live"):
        cr.execute(f"DELETE FROM isp_traffic_{table} WHERE line_id = ANY(%s)", (line_ids,))


def move_lines(cr, moves: dict[int, int]) -> None:
    """Give what lines measured so far to other lines: {line: its heir}. The heirs have nothing.

    The baselines go too, because nobody knows whose the octets since then are.
    """
    pairs = list(moves), list(moves.values())
    for table in ("sample", "hour", "day"):
        cr.execute(
            f"UPDATE isp_traffic_{table} t SET line_id = m.heir"
            " FROM unnest(%s::int4[], %s::int4[]) AS m(line, heir) WHERE t.line_id = m.line",
            pairs,
        )
    cr.execute("DELETE FROM isp_traffic_state WHERE line_id = ANY(%s)", (pairs[0],))


def day_totals(cr, line_ids: list[int], first: date, last: date) -> dict[date, tuple[int, int]]:
    """Return the octets (down, up) of a set of lines for each local day that has data.

    Days without any measured second are absent: they are gaps, not zeros.
    """
    cr.execute(
        "SELECT day, sum(down_b)::int8, sum(up_b)::int8 FROM isp_traffic_day"
        " WHERE line_id = ANY(%s) AND day BETWEEN %s AND %s AND secs > 0 GROUP BY day",
        (line_ids, first, last),
    )
    return {day: (down, up) for day, down, up in cr.fetchall()}
