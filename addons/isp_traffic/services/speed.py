"""How fast a service was: the 95th percentile and the highest speed of each hour. Read only."""

from datetime import datetime

SLOT = 300  # seconds: the usual slot of a 95th percentile, however often the device is read

# Several lines of one service add up; a slot without a measured second is no value at all. Floats
# hold the octets of five minutes exactly, and cost half of what numerics do.
SQL_PERCENTILE = """
WITH slot AS (
    SELECT line_id, floor(extract(epoch FROM ts)::float8 / %(slot)s)::int8 AS n,
           sum(down_b::float8) * 8 / sum(secs) AS down, sum(up_b::float8) * 8 / sum(secs) AS up
      FROM isp_traffic_sample
     WHERE line_id = ANY(%(lines)s) AND ts > %(start)s AND ts <= %(end)s
       AND down_b IS NOT NULL AND flags & 16 = 0
     GROUP BY 1, 2
), whole AS (
    SELECT sum(down) AS down, sum(up) AS up FROM slot GROUP BY n
)
SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY down)::int8,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY up)::int8, count(*)
  FROM whole
"""

SQL_HOURS = """
SELECT hour, sum(max_down_bps)::int8, sum(max_up_bps)::int8, sum(down_b)::int8, sum(up_b)::int8
  FROM isp_traffic_hour
 WHERE line_id = ANY(%s) AND hour >= %s AND hour < %s AND secs > 0
 GROUP BY hour
"""

Hour = tuple[int, int, int, int]


def percentile_95(
    cr, line_ids: list[int], start: datetime, end: datetime
) -> tuple[int, int] | None:
    """Return the speed in bit/s (down, up) the service stayed below in 95 % of the time.

    None: nothing was measured in that time.
    """
    cr.execute(SQL_PERCENTILE, {"lines": line_ids, "start": start, "end": end, "slot": SLOT})
    down, up, count = cr.fetchone()
    return (down, up) if count else None


def hours(cr, line_ids: list[int], start: datetime, end: datetime) -> dict[datetime, Hour]:
    """Return {UTC hour: (highest down, highest up in bit/s, octets down, octets up)}.

    Hours without a measured second are absent: they are gaps, not zeros.
    """
    cr.execute(SQL_HOURS, (line_ids, start, end))
    return {row[0]: row[1:] for row in cr.fetchall()}
