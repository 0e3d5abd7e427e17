"""Figures for the office, computed once an hour so that screens only read: load and top talkers."""

from datetime import date, datetime

# The busy hour is the hour in which all lines of a place together moved most; speeds are its
# averages in Mbit/s. Places are devices and zones. Contracted is the sum of the plans of services
# that have a line there now: each once, and none that ended or whose line is another's by now.
SQL_LOAD = """
WITH line AS (
    SELECT i.id, i.device_id, b.zone_id, d.company_id,
           CASE WHEN i.active AND b.state <> 'cancelled' THEN b.id END AS service_id,
           p.isp_down_mbps AS down_plan
      FROM isp_interface i
      JOIN isp_device d ON d.id = i.device_id
      LEFT JOIN isp_subscription b ON b.id = i.subscription_id
      LEFT JOIN product_template p ON p.id = b.plan_id
     WHERE d.company_id = %(company)s
), place AS (
    SELECT 'device' AS kind, device_id AS place_id, id, service_id, down_plan FROM line
    UNION ALL
    SELECT 'zone', zone_id, id, service_id, down_plan FROM line WHERE zone_id IS NOT NULL
), hour AS (
    SELECT kind, place_id, h.hour, sum(h.down_b) * 8 / 3.6e9 AS down, sum(h.up_b) * 8 / 3.6e9 AS up,
           count(*) AS lines
      FROM place JOIN isp_traffic_hour h ON h.line_id = place.id
     WHERE h.hour >= %(start)s AND h.hour < %(end)s AND h.secs > 0
     GROUP BY 1, 2, 3
), busy AS (
    SELECT DISTINCT ON (kind, place_id) * FROM hour ORDER BY kind, place_id, down DESC, hour
), contracted AS (
    SELECT kind, place_id, sum(down_plan) AS mbps
      FROM (SELECT DISTINCT kind, place_id, service_id, down_plan FROM place
             WHERE service_id IS NOT NULL) s
     GROUP BY 1, 2
), capacity AS (
    SELECT 'device' AS kind, id AS place_id, uplink_mbps AS mbps FROM isp_device
    UNION ALL
    SELECT 'zone', zone_id, sum(uplink_mbps) FROM isp_device
     WHERE zone_id IS NOT NULL AND active GROUP BY 2
)
INSERT INTO isp_traffic_load AS l (company_id, day, kind, place_id, device_id, zone_id, busy_hour,
    down_mbps, up_mbps, lines, contracted_mbps, capacity_mbps, saturation)
SELECT %(company)s, %(day)s, b.kind, b.place_id,
       CASE WHEN b.kind = 'device' THEN b.place_id END,
       CASE WHEN b.kind = 'zone' THEN b.place_id END,
       b.hour AT TIME ZONE 'UTC', b.down, b.up, b.lines, coalesce(c.mbps, 0),
       coalesce(k.mbps, 0),
       CASE WHEN k.mbps > 0 THEN 100 * b.down / k.mbps END
  FROM busy b
  LEFT JOIN contracted c USING (kind, place_id)
  LEFT JOIN capacity k USING (kind, place_id)
ON CONFLICT (kind, place_id, day) DO UPDATE SET
    busy_hour = excluded.busy_hour, down_mbps = excluded.down_mbps, up_mbps = excluded.up_mbps,
    lines = excluded.lines, contracted_mbps = excluded.contracted_mbps,
    capacity_mbps = excluded.capacity_mbps, saturation = excluded.saturation
"""

SQL_TOP = """
WITH total AS (
    SELECT d.line_id, sum(d.down_b) AS down, sum(d.up_b) AS up, max(d.max_down_mbps) AS peak
      FROM isp_traffic_day d
      JOIN isp_interface i ON i.id = d.line_id
     WHERE i.company_id = %(company)s AND d.day BETWEEN %(first)s AND %(last)s AND d.secs > 0
     GROUP BY 1
), ranked AS (
    SELECT *, row_number() OVER (ORDER BY down + up DESC, line_id) AS rank,
           sum(down + up) OVER () AS everybody
      FROM total
)
INSERT INTO isp_traffic_top (company_id, days, rank, line_id, subscription_id, device_id, zone_id,
    down_gb, up_gb, peak_mbps, share)
SELECT %(company)s, %(days)s, r.rank, i.id, i.subscription_id, i.device_id, b.zone_id,
       r.down / 1e9, r.up / 1e9, r.peak, 100 * (r.down + r.up) / nullif(r.everybody, 0)
  FROM ranked r
  JOIN isp_interface i ON i.id = r.line_id
  LEFT JOIN isp_subscription b ON b.id = i.subscription_id
 WHERE r.rank <= %(count)s
"""


def refresh_load(cr, company: int, day: date, start: datetime, end: datetime) -> None:
    """Compute the busy hour of a local day, from its start to its end, for every place."""
    cr.execute(SQL_LOAD, {"company": company, "day": day, "start": start, "end": end})


def refresh_top(cr, company: int, first: date, last: date, count: int) -> None:
    """Compute who moved most from a local day to another, both included."""
    days = (last - first).days + 1
    cr.execute("DELETE FROM isp_traffic_top WHERE company_id = %s AND days = %s", (company, days))
    cr.execute(
        SQL_TOP,
        {"company": company, "first": first, "last": last, "days": days, "count": count},
    )
