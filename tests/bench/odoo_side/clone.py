"""Many services from a few real ones: rows are copied in SQL with their links to each other."""

from __future__ import annotations

from collections.abc import Mapping

#: table -> columns that lead to copied rows, by the table they lead to
LINKS: dict[str, dict[str, str]] = {
    "res_partner": {"commercial_partner_id": "res_partner"},
    "isp_subscription": {
        "partner_id": "res_partner",
        "commercial_partner_id": "res_partner",
    },
    "account_move": {
        "partner_id": "res_partner",
        "commercial_partner_id": "res_partner",
        "partner_shipping_id": "res_partner",
        "origin_payment_id": "account_payment",
    },
    "account_payment": {
        "partner_id": "res_partner",
        "move_id": "account_move",
        "isp_subscription_id": "isp_subscription",
    },
    "account_move_line": {
        "move_id": "account_move",
        "partner_id": "res_partner",
        "payment_id": "account_payment",
        "isp_subscription_id": "isp_subscription",
        "isp_period_id": "isp_subscription_period",
        "full_reconcile_id": "account_full_reconcile",
    },
    "account_full_reconcile": {},
    "account_partial_reconcile": {
        "debit_move_id": "account_move_line",
        "credit_move_id": "account_move_line",
        "full_reconcile_id": "account_full_reconcile",
    },
    "isp_subscription_period": {
        "subscription_id": "isp_subscription",
        "partner_id": "res_partner",
        "commercial_partner_id": "res_partner",
        "move_line_id": "account_move_line",
        "move_id": "account_move",
    },
    "isp_suspension": {
        "subscription_id": "isp_subscription",
        "partner_id": "res_partner",
        "commercial_partner_id": "res_partner",
    },
    "isp_promise": {
        "subscription_id": "isp_subscription",
        "partner_id": "res_partner",
        "commercial_partner_id": "res_partner",
    },
    "isp_notice": {
        "subscription_id": "isp_subscription",
        "partner_id": "res_partner",
        "commercial_partner_id": "res_partner",
        "move_id": "account_move",
    },
}
#: table -> columns that must differ, with the SQL of the new value (``n`` is the copy's number)
OWN: dict[str, dict[str, str]] = {
    "res_partner": {"name": "src.name || ' ' || n", "complete_name": "src.name || ' ' || n"},
    "isp_subscription": {"name": "src.name || '-' || n"},
    "account_move": {"name": "src.name || '-' || n", "access_token": "NULL"},
    "account_payment": {"isp_number": "NULL", "name": "src.name || '-' || n"},
    "account_move_line": {
        "move_name": "src.move_name || '-' || n",
        "matching_number": "src.matching_number || '-' || n",
    },
}


def _columns(cr, table: str) -> list[str]:
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND table_schema = 'public' AND is_generated = 'NEVER'",
        [table],
    )
    return [name for (name,) in cr.fetchall()]


def _moved(column: str, ids: list[int], base: int) -> str:
    """SQL of the id of a copied row, of the old one where the row is not copied."""
    place = f"array_position(ARRAY[{','.join(map(str, ids))}], {column})"
    return f"COALESCE({base} + (n - 1) * {len(ids)} + {place}, {column})"


def copy(cr, rows: Mapping[str, list[int]], count: int) -> None:
    """Copy ``rows`` (ids by table, all that belongs to one service) ``count`` times."""
    rows = {table: sorted(ids) for table, ids in rows.items() if ids}
    bases = {}
    for table, ids in rows.items():
        cr.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')
        bases[table] = cr.fetchone()[0]
        cr.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
            [table, bases[table] + count * len(ids) + 1],
        )
    for table, ids in rows.items():
        values = []
        columns = _columns(cr, table)
        for column in columns:
            leads_to = table if column == "id" else LINKS[table].get(column)
            if column in OWN.get(table, {}):
                values.append(OWN[table][column])
            elif leads_to in rows:
                values.append(_moved(f'src."{column}"', rows[leads_to], bases[leads_to]))
            else:
                values.append(f'src."{column}"')
        names = ", ".join(f'"{column}"' for column in columns)
        cr.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)}'
            f' FROM "{table}" src, generate_series(1, %s) n WHERE src.id IN %s',
            [count, tuple(ids)],
        )
