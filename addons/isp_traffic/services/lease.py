"""Leases of devices: two collectors never write readings of one device for the same time.

A lease is taken before a device is asked and renewed in the transaction that stores what it
answered. Who lost it meanwhile (it ran out, and another collector took it) must not store.
Cursor functions; times are those of the database, so that clocks of hosts do not matter.
"""

from collections.abc import Iterable


def take(cr, holder: str, device_ids: Iterable[int], seconds: float) -> set[int]:
    """Take the leases that are free, run out or our own; return the devices we have.

    :raise psycopg2.errors.SerializationFailure: another collector takes one at this moment
    """
    cr.execute(
        "INSERT INTO isp_traffic_lease AS l (device_id, holder, expires)"
        " SELECT d, %s, clock_timestamp() + %s * interval '1 second'"
        "   FROM unnest(%s::int4[]) AS d ORDER BY d"
        " ON CONFLICT (device_id) DO UPDATE"
        "    SET holder = excluded.holder, expires = excluded.expires"
        "  WHERE l.expires < clock_timestamp() OR l.holder = excluded.holder"
        " RETURNING device_id",
        (holder, seconds, sorted(device_ids)),
        log_exceptions=False,  # the caller expects that others are faster
    )
    return {row[0] for row in cr.fetchall()}


def taken_by_others(cr, holder: str, device_ids: Iterable[int]) -> set[int]:
    """Return those of the devices whose last lease was not ours: somebody else has asked them.

    In the transaction that takes leases afterwards this stays true: to take one that changed
    since is a serialization failure.
    """
    cr.execute(
        "SELECT device_id FROM isp_traffic_lease WHERE holder <> %s AND device_id = ANY(%s)",
        (holder, list(device_ids)),
    )
    return {row[0] for row in cr.fetchall()}


def end(cr, holder: str, device_ids: Iterable[int]) -> set[int]:
    """Give back our leases with the transaction that stores; return those we still had.

    The rows stay locked until then: nobody takes a device between our check and our commit. Of a
    device that was deleted while it was asked there is nothing to store.
    """
    cr.execute(
        "UPDATE isp_traffic_lease SET expires = clock_timestamp()"
        " WHERE holder = %s AND device_id = ANY(%s)"
        " AND EXISTS (SELECT 1 FROM isp_device d WHERE d.id = device_id) RETURNING device_id",
        (holder, sorted(device_ids)),
    )
    return {row[0] for row in cr.fetchall()}


def forget(cr) -> None:
    """Delete leases nobody renewed for a day, those of deleted devices among them."""
    cr.execute("DELETE FROM isp_traffic_lease WHERE expires < clock_timestamp() - interval '1 day'")
