"""Devices and lines of the collector's benchmark, by SQL: only the devices go through the ORM."""

from __future__ import annotations

LINES = """
INSERT INTO isp_interface (device_id, company_id, source, key, active, status, create_uid,
                           create_date, write_uid, write_date)
SELECT d.id, d.company_id, 'mt_ppp', 'line' || lpad(n::text, 5, '0'), true, 'new', 1, now(), 1,
       now()
  FROM isp_device d, generate_series(1, %s) AS n
"""


def fill(env, addresses: list[str], port: int, version: str, lines: int, keys: tuple) -> None:
    """Make the network of a measurement; what was there before goes."""
    cr = env.cr
    cr.execute("TRUNCATE isp_interface, isp_traffic_state, isp_traffic_sample CASCADE")
    cr.execute("TRUNCATE isp_traffic_hour, isp_traffic_day, isp_traffic_lease")
    cr.execute("DELETE FROM isp_device")
    env.invalidate_all()
    user, auth, priv = keys
    env["isp.device"].create(
        [
            {
                "name": f"device {number}",
                "host": address,
                "port": port,
                "snmp_version": version,
                "community": "public",
                "v3_user": user,
                "v3_auth_key": auth,
                "v3_priv_key": priv,
            }
            for number, address in enumerate(addresses)
        ]
    )
    env.flush_all()
    cr.execute(LINES, (lines,))
    cr.commit()  # pylint: disable=invalid-commit
    for table in ("isp_interface", "isp_device"):
        cr.execute(f"ANALYZE {table}")
    cr.commit()  # pylint: disable=invalid-commit
