"""Live traffic: who is watched, the last points, the heartbeat of the worker. Cursor functions."""

from psycopg2.errors import SerializationFailure

from .counters import Line, Reading, live_rate
from .live_sum import SILENT_SECONDS, Point, add_up
from .storage import stamp

STEP_SECONDS = 3
WATCH_SECONDS = 20  # a page that stopped asking is forgotten after this
KEEP_SECONDS = 360
FRESH_SECONDS = 2.0  # a point younger than this is answered without asking the device
BASE_SECONDS = 30  # an older point is no baseline for a speed
DEAD_SECONDS = 30  # a silent device is not asked again by pages for so long
BEAT_SECONDS = 12.0  # a collector that is silent for longer is taken for dead
MAX_REQUESTS = 4  # pages that may ask devices at the same time
LOCK_LIVE = 1_768_972_310  # advisory lock class of pages


def _write(cr, query: str, params: tuple) -> int:
    """Return the number of rows written; 0 when another page just wrote one of them.

    What it wrote says the same, so there is nothing to repeat and nothing to log.
    """
    try:
        with cr.savepoint(flush=False):
            cr.execute(query, params, log_exceptions=False)
            return cr.rowcount
    except SerializationFailure:
        return 0


def watch(cr, line_ids: list[int]) -> None:
    """Note that somebody is looking at lines now.

    Rows that stay valid for a while are left alone, so that many viewers of one line do not
    write the same row at the same time.
    """
    _write(
        cr,
        "INSERT INTO isp_traffic_watch (line_id, expires)"
        " SELECT l, clock_timestamp() + %s * interval '1 second' FROM unnest(%s::int4[]) AS l"
        "  WHERE NOT EXISTS (SELECT 1 FROM isp_traffic_watch w WHERE w.line_id = l"
        "    AND w.expires > clock_timestamp() + %s * interval '1 second')"
        " ON CONFLICT (line_id) DO UPDATE SET expires = excluded.expires",
        (WATCH_SECONDS, sorted(line_ids), WATCH_SECONDS / 2),
    )


def watched(cr) -> list[int]:
    """Return the lines somebody looks at now."""
    cr.execute(
        "SELECT line_id FROM isp_traffic_watch WHERE expires >= clock_timestamp() ORDER BY line_id"
    )
    return [row[0] for row in cr.fetchall()]


def last_points(cr, line_ids: list[int]) -> dict[int, Reading]:
    """Return the last raw reading of each line that is recent enough to measure against."""
    cr.execute(
        "SELECT DISTINCT ON (line_id) line_id, extract(epoch FROM ts)::float8, uptime, index,"
        " octets_in::text, octets_out::text FROM isp_traffic_live"
        " WHERE line_id = ANY(%s) AND octets_in IS NOT NULL"
        " AND ts > clock_timestamp() - %s * interval '1 second' ORDER BY line_id, ts DESC",
        (line_ids, BASE_SECONDS),
    )
    return {
        line_id: Reading(line_id, ts, uptime, index, int(octets_in), int(octets_out))
        for line_id, ts, uptime, index, octets_in, octets_out in cr.fetchall()
    }


def record(cr, lines: dict[int, Line], readings: list[Reading]) -> None:
    """Store readings as live points, each with its speed since the point before."""
    before = last_points(cr, list(lines))
    for reading in readings:
        down, up = live_rate(lines[reading.line_id], before.get(reading.line_id), reading)
        cr.execute(
            "INSERT INTO isp_traffic_live"
            " (line_id, ts, down_bps, up_bps, uptime, index, octets_in, octets_out)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                reading.line_id,
                stamp(reading.ts),
                down,
                up,
                reading.uptime,
                reading.index,
                str(reading.octets_in),
                str(reading.octets_out),
            ),
        )


def purge(cr) -> None:
    """Delete points nobody can ask for any more, and who does not look any more."""
    cr.execute("DELETE FROM isp_traffic_watch WHERE expires < clock_timestamp()")
    cr.execute(
        "DELETE FROM isp_traffic_live WHERE ts < clock_timestamp() - %s * interval '1 second'",
        (KEEP_SECONDS,),
    )


def points(cr, line_ids: list[int], since: float) -> list[Point]:
    """Return (seconds since the epoch, down, up in bit/s) after a moment, oldest first.

    Several lines of one service are added up.
    """
    cr.execute(
        "SELECT extract(epoch FROM ts)::float8, line_id, down_bps, up_bps FROM isp_traffic_live"
        " WHERE line_id = ANY(%s) AND ts > to_timestamp(%s) ORDER BY ts",
        (line_ids, since),
    )
    rows = cr.fetchall()
    if len(line_ids) > 1:
        return add_up(rows, since, STEP_SECONDS)
    return [(ts, down, up) for ts, _line, down, up in rows]


def spoke(cr, line_ids: list[int]) -> bool:
    """Tell whether any line was read a moment ago: a page may ask between two readings."""
    cr.execute(
        "SELECT 1 FROM isp_traffic_live WHERE line_id = ANY(%s)"
        " AND ts > clock_timestamp() - %s * interval '1 second' LIMIT 1",
        (line_ids, SILENT_SECONDS),
    )
    return bool(cr.fetchone())


def fresh(cr, line_ids: list[int]) -> bool:
    """Tell whether every line has a point young enough to answer with."""
    cr.execute(
        "SELECT count(DISTINCT line_id) FROM isp_traffic_live WHERE line_id = ANY(%s)"
        " AND ts > clock_timestamp() - %s * interval '1 second'",
        (line_ids, FRESH_SECONDS),
    )
    return cr.fetchone()[0] == len(set(line_ids))


# === GUARDS OF THE REQUEST PATH === #


def try_slot(cr, device_id: int) -> bool:
    """Take one of the few slots and the device for this transaction; False = let others work.

    A device is asked by pages once per interval, however many pages ask.
    """
    for slot in range(MAX_REQUESTS):
        cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_LIVE, -1 - slot))
        if cr.fetchone()[0]:
            break
    else:
        return False
    cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_LIVE, device_id))
    if not cr.fetchone()[0]:
        return False
    rows = _write(
        cr,
        "INSERT INTO isp_traffic_guard AS g (device_id, asked) VALUES (%s, clock_timestamp())"
        " ON CONFLICT (device_id) DO UPDATE SET asked = excluded.asked"
        " WHERE g.asked IS NULL OR g.asked < clock_timestamp() - %s * interval '1 second'",
        (device_id, FRESH_SECONDS),
    )
    return rows > 0


def is_dead(cr, device_id: int) -> bool:
    """Tell whether the device was silent a moment ago."""
    cr.execute(
        "SELECT 1 FROM isp_traffic_guard WHERE device_id = %s AND dead_until > clock_timestamp()",
        (device_id,),
    )
    return bool(cr.fetchone())


def set_dead(cr, device_id: int) -> None:
    """Keep pages from asking a silent device for a while."""
    _write(
        cr,
        "INSERT INTO isp_traffic_guard (device_id, dead_until)"
        " VALUES (%s, clock_timestamp() + %s * interval '1 second')"
        " ON CONFLICT (device_id) DO UPDATE SET dead_until = excluded.dead_until",
        (device_id, DEAD_SECONDS),
    )


# === HEARTBEAT === #


def beat(cr, holder: str) -> None:
    """Note that a collector is alive."""
    cr.execute(
        "INSERT INTO isp_traffic_holder (holder, beat) VALUES (%s, clock_timestamp())"
        " ON CONFLICT (holder) DO UPDATE SET beat = excluded.beat",
        (holder,),
    )


def stop_beat(cr, holder: str) -> None:
    """Note that a collector left, and forget those that did not say so."""
    cr.execute(
        "DELETE FROM isp_traffic_holder"
        " WHERE holder = %s OR beat < clock_timestamp() - interval '1 day'",
        (holder,),
    )


def holders(cr, seconds: float = BEAT_SECONDS) -> list[str]:
    """Return the collectors that gave a sign of life lately."""
    cr.execute(
        "SELECT holder FROM isp_traffic_holder"
        " WHERE beat > clock_timestamp() - %s * interval '1 second' ORDER BY holder",
        (seconds,),
    )
    return [row[0] for row in cr.fetchall()]


def worker_alive(cr) -> bool:
    """Tell whether any collector gave a sign of life lately."""
    return bool(holders(cr))
