"""A year of traffic for the benchmark of the graphs, made by PostgreSQL itself."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from odoo.fields import Date

from odoo.addons.isp_traffic.services import schema

DAYS, SAMPLE_DAYS, HOUR_DAYS = 395, 14, 90
SLOT = 300
SERVICES = 40
# As roll-ups write them: day by day, all lines of a day together.
SQL_DAYS = """
INSERT INTO isp_traffic_day (line_id, day, down_b, up_b, late_down_b, late_up_b, max_down_bps,
                             max_up_bps, secs, n)
SELECT line, day, (line * 7919 + n * 104729) %% 5000000000, (line * 31 + n * 7) %% 900000000, 0, 0,
       40000000, 9000000, 86400, 288
  FROM generate_series(0, %s) AS n, LATERAL (SELECT %s::date - n AS day) d,
       generate_series(1, %s) AS line
"""
SQL_HOURS = """
INSERT INTO isp_traffic_hour (line_id, hour, down_b, up_b, late_down_b, late_up_b, max_down_bps,
                              max_up_bps, secs, n)
SELECT line, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 200000000 + line * n %% 997,
       40000000, 0, 0, 40000000, 9000000, 3600, 12
  FROM generate_series(1, %s) AS n, generate_series(1, %s, %s) AS line
"""
SQL_SAMPLES = """
INSERT INTO isp_traffic_sample (line_id, ts, down_b, up_b, secs, flags)
SELECT line, date_trunc('hour', now(), 'UTC') - n * %s * interval '1 second',
       20000000 + line * n %% 997, 3000000, %s, 0
  FROM generate_series(1, %s) AS n, generate_series(1, %s, %s) AS line
"""


def _services(env, lines: list[int]) -> list[int]:
    """Give some of the lines to services; their ids."""
    partner = env["res.partner"].create({"name": "Customer of the graphs"})
    plan = env["product.template"].create(
        {
            "name": "Residencial 50",
            "type": "service",
            "list_price": 349.0,
            "isp_is_plan": True,
            "isp_down_mbps": 50,
            "isp_up_mbps": 20,
        }
    )
    device = env["isp.device"].create({"name": "router", "host": "127.0.0.1", "active": False})
    found = []
    for line in lines:
        vals = {"partner_id": partner.id, "plan_id": plan.id, "anchor_day": 5}
        subscription = env["isp.subscription"].create(vals)
        env.cr.execute(
            "INSERT INTO isp_interface (id, device_id, company_id, source, key, active, status,"
            " subscription_id) VALUES (%s, %s, %s, 'if_hc', %s, true, 'ok', %s)",
            (line, device.id, env.company.id, f"line{line}", subscription.id),
        )
        found.append(subscription.id)
    return found


def fill(env, count: int, every: int, answer: str) -> None:
    """Fill days for every line, hours and samples for every so manieth one."""
    cr, today = env.cr, Date.today()
    begin = (today - timedelta(days=SAMPLE_DAYS + 1)).strftime("%s")
    schema.ensure_partitions(cr, float(begin), float(begin) + 86400 * (SAMPLE_DAYS + 3))
    cr.execute(SQL_DAYS, (DAYS, today, count))
    cr.execute(SQL_HOURS, (HOUR_DAYS * 24, count, every))
    cr.execute(SQL_SAMPLES, (SLOT, SLOT, SAMPLE_DAYS * 86400 // SLOT, count, every))
    lines = [1 + every * n for n in range(min(SERVICES, count // every))]
    services = _services(env, lines)
    cr.commit()  # pylint: disable=invalid-commit
    cr.execute("ANALYZE")
    cr.commit()  # pylint: disable=invalid-commit
    text = json.dumps({"lines": lines, "services": services})
    Path(answer).write_text(text, encoding="utf-8")
