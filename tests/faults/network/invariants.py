"""What must be true of states and samples when every counter follows its device's clock."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

from .agent import START

#: the line's number is in its key; the pace of its counters follows from it
LINES = "(SELECT id, substr(key, 5)::int AS n FROM isp_interface) i"
SAMPLE = f"isp_traffic_sample s JOIN {LINES} ON i.id = s.line_id"

TRUTH = (
    Invariant(
        "a state that no device showed",
        "SELECT s.line_id, s.uptime, s.octets_in, s.octets_out FROM isp_traffic_state s"
        f" JOIN {LINES} ON i.id = s.line_id"
        f" WHERE s.octets_in <> {START} + s.uptime * (1000 + 2 * i.n)"
        f" OR s.octets_out <> {START} + s.uptime * (1001 + 2 * i.n)",
        ("UPDATE isp_traffic_state SET octets_in = octets_in + 1",),
    ),
    Invariant(
        "octets that are lost or counted twice",
        "SELECT f.line_id, sum(s.down_b), sum(s.up_b), t.uptime - f.uptime AS passed"
        f" FROM faults_first f JOIN {LINES} ON i.id = f.line_id"
        " JOIN isp_traffic_state t ON t.line_id = f.line_id"
        " LEFT JOIN isp_traffic_sample s ON s.line_id = f.line_id"
        " GROUP BY f.line_id, f.uptime, t.uptime, i.n"
        " HAVING coalesce(sum(s.down_b), 0) <> (t.uptime - f.uptime) * (1001 + 2 * i.n)"
        " OR coalesce(sum(s.up_b), 0) <> (t.uptime - f.uptime) * (1000 + 2 * i.n)",
        (
            "DELETE FROM isp_traffic_sample WHERE ts = (SELECT max(ts) FROM isp_traffic_sample)",
            "INSERT INTO isp_traffic_sample SELECT line_id, ts - interval '7 ms', down_b, up_b, 1"
            " FROM isp_traffic_sample WHERE down_b > 0 ORDER BY ts DESC LIMIT 1",
        ),
        needs=("faults_first",),
    ),
    Invariant(
        "a sample of another pace",
        f"SELECT s.line_id, s.down_b, s.up_b, s.secs FROM {SAMPLE} WHERE s.down_b IS NOT NULL AND"
        " (mod(s.down_b, 1001 + 2 * i.n) <> 0 OR mod(s.up_b, 1000 + 2 * i.n) <> 0"
        "  OR s.down_b / (1001 + 2 * i.n) <> s.up_b / (1000 + 2 * i.n)"
        "  OR abs(s.down_b / (1001 + 2 * i.n) / 100.0 - s.secs) > 1)",
        (
            "UPDATE isp_traffic_sample SET up_b = up_b + 1",
            "UPDATE isp_traffic_sample SET secs = 99",
        ),
    ),
    Invariant(
        "a reset that never was, or a zero for a gap",
        "SELECT line_id, down_b, up_b, flags FROM isp_traffic_sample"
        " WHERE down_b IS NULL AND flags <> 0 OR down_b < 0 OR up_b < 0",
        ("UPDATE isp_traffic_sample SET down_b = -1",),
    ),
    Invariant(
        "roll-ups that are not the samples",
        "SELECT line_id, sum(down_b + late_down_b) FROM isp_traffic_day GROUP BY line_id"
        " HAVING sum(down_b + late_down_b) > (SELECT coalesce(sum(s.down_b), 0)"
        "  FROM isp_traffic_sample s WHERE s.line_id = isp_traffic_day.line_id)",
        ("UPDATE isp_traffic_day SET down_b = down_b + 1000000000000",),
    ),
)
