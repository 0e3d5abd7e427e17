"""Hour (UTC) and day (local) roll-ups: rebuilt from the level below, as often as one likes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .counters import Flag

HOUR = timedelta(hours=1)
LOCK_ROLL = 1_768_972_312  # advisory lock of who rolls up everything

# A sample that begins in the hour before its end gives that hour its share, down to the octet.
# Late samples (gap over an hour) keep their octets apart: nobody knows when they passed. An hour
# or a day that has nothing else has NULL octets: a gap, not a zero.
SQL_HOUR = """
WITH part AS (
    SELECT line_id, down_b, up_b, secs, flags & %(late)s > 0 AS late,
           date_trunc('hour', ts - interval '1 microsecond', 'UTC') AS last_hour,
           least(secs, extract(epoch FROM ts
               - date_trunc('hour', ts - interval '1 microsecond', 'UTC'))::numeric) AS tail
      FROM isp_traffic_sample
     WHERE ts > %(first)s AND ts <= %(last)s + interval '1 hour' AND down_b IS NOT NULL
       AND (%(lines)s::int4[] IS NULL OR line_id = ANY(%(lines)s::int4[]))
), piece AS (
    SELECT line_id, last_hour AS hour, late, secs,
           CASE WHEN late THEN 0 ELSE round(tail) END AS part_secs,
           CASE WHEN late THEN down_b ELSE floor(down_b * tail / secs) END AS down_b,
           CASE WHEN late THEN up_b ELSE floor(up_b * tail / secs) END AS up_b,
           down_b * 8 / secs AS down_bps, up_b * 8 / secs AS up_bps, 1 AS n
      FROM part
    UNION ALL
    SELECT line_id, last_hour - interval '1 hour', late, secs, secs - round(tail),
           down_b - floor(down_b * tail / secs), up_b - floor(up_b * tail / secs),
           down_b * 8 / secs, up_b * 8 / secs, 0
      FROM part WHERE tail < secs AND NOT late
)
INSERT INTO isp_traffic_hour AS h (line_id, hour, down_b, up_b, late_down_b, late_up_b,
                                   max_down_bps, max_up_bps, secs, n)
SELECT line_id, hour,
       sum(down_b) FILTER (WHERE NOT late),
       sum(up_b) FILTER (WHERE NOT late),
       coalesce(sum(down_b) FILTER (WHERE late), 0),
       coalesce(sum(up_b) FILTER (WHERE late), 0),
       max(down_bps) FILTER (WHERE NOT late),
       max(up_bps) FILTER (WHERE NOT late), sum(part_secs), sum(n)
  FROM piece WHERE hour >= %(first)s AND hour < %(last)s
 GROUP BY line_id, hour
ON CONFLICT (line_id, hour) DO UPDATE SET
    down_b = excluded.down_b, up_b = excluded.up_b,
    late_down_b = excluded.late_down_b, late_up_b = excluded.late_up_b,
    max_down_bps = excluded.max_down_bps, max_up_bps = excluded.max_up_bps,
    secs = excluded.secs, n = excluded.n
"""

SQL_DAY = """
INSERT INTO isp_traffic_day AS d (line_id, day, down_b, up_b, late_down_b, late_up_b,
                                  max_down_bps, max_up_bps, secs, n)
SELECT line_id, (hour AT TIME ZONE %(tz)s)::date, sum(down_b), sum(up_b),
       sum(late_down_b), sum(late_up_b), max(max_down_bps), max(max_up_bps), sum(secs), sum(n)
  FROM isp_traffic_hour
 WHERE line_id = ANY(%(lines)s) AND hour >= %(first)s AND hour < %(last)s
 GROUP BY 1, 2
ON CONFLICT (line_id, day) DO UPDATE SET
    down_b = excluded.down_b, up_b = excluded.up_b,
    late_down_b = excluded.late_down_b, late_up_b = excluded.late_up_b,
    max_down_bps = excluded.max_down_bps, max_up_bps = excluded.max_up_bps,
    secs = excluded.secs, n = excluded.n
"""


def hour_floor(moment: datetime) -> datetime:
    """Return the start of the UTC hour."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def roll_hours(
    cr, start: datetime, end: datetime, line_ids: list[int] | None = None
) -> tuple[datetime, datetime]:
    """Rebuild every hour that the time from start to end touches; return those bounds.

    `line_ids`: of these lines only; None means all.
    The raw samples of those hours must still exist.
    """
    first, last = hour_floor(start), hour_floor(end - timedelta(microseconds=1)) + HOUR
    cr.execute(SQL_HOUR, {"first": first, "last": last, "late": int(Flag.LATE), "lines": line_ids})
    return first, last


def try_lock(cr) -> bool:
    """Take the roll-up for this transaction; False: another collector is at it."""
    cr.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK_ROLL,))
    return cr.fetchone()[0]


def rolled_until(cr) -> float:
    """Return up to when hours and days of all lines were rebuilt, in seconds since the epoch.

    0: nobody noted it yet.
    """
    cr.execute("SELECT extract(epoch FROM until)::float8 FROM isp_traffic_rolled")
    row = cr.fetchone()
    return row[0] if row else 0.0


def last_hour(cr) -> float:
    """Return where the hours end, in seconds since the epoch; 0: there are none."""
    cr.execute("SELECT extract(epoch FROM max(hour))::float8 FROM isp_traffic_hour")
    return cr.fetchone()[0] or 0.0


def note_rolled(cr, until: float) -> None:
    """Note up to when hours and days of all lines were rebuilt."""
    cr.execute(
        "INSERT INTO isp_traffic_rolled (until) VALUES (to_timestamp(%s))"
        " ON CONFLICT (one) DO UPDATE SET until = excluded.until",
        (until,),
    )


def midnight(day: date, tz: str) -> datetime:
    """Return the moment a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def local_date(moment: datetime, tz: str) -> date:
    """Return the local date of a moment."""
    return moment.astimezone(ZoneInfo(tz)).date()


def roll_days(cr, start: datetime, end: datetime, tz: str, line_ids: list[int]) -> None:
    """Rebuild the local days that the time from start to end touches, for lines of one zone."""
    first = local_date(start, tz)
    last = local_date(end - timedelta(microseconds=1), tz) + timedelta(days=1)
    # An hour belongs to the day it begins in, which matters only for zones off the full hour.
    cr.execute(
        SQL_DAY,
        {
            "tz": tz,
            "lines": line_ids,
            "first": midnight(first, tz),
            "last": midnight(last, tz),
        },
    )


def forget(cr, hours_before: date, days_before: date) -> None:
    """Delete roll-ups older than two dates."""
    cr.execute("DELETE FROM isp_traffic_hour WHERE hour < %s", (hours_before,))
    cr.execute("DELETE FROM isp_traffic_day WHERE day < %s", (days_before,))
