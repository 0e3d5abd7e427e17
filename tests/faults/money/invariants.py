"""What must hold after every crash and every round, read from the tables."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

#: a posted invoice, its lines of a service, and the journal items that ask for money
LIVE = "state IN ('billed', 'paid')"
DROP_OVERLAP = """
ALTER TABLE isp_subscription_period
    DROP CONSTRAINT IF EXISTS isp_subscription_period_no_overlap;
DROP INDEX IF EXISTS isp_subscription_period_subscription_start_uniq;
DROP INDEX IF EXISTS isp_subscription_period__subscription_start_uniq;
"""
#: one live row of the ledger with a posted invoice, for the plants
ONE = f"""(SELECT id FROM isp_subscription_period WHERE {LIVE} AND kind = 'service'
           ORDER BY id LIMIT 1)"""
COPY_ROW = f"""
INSERT INTO isp_subscription_period
    (subscription_id, company_id, commercial_partner_id, kind, plan_id, date_start, date_end,
     state, price, amount_billed, amount_credited, amount_total, amount_paid, amount_open,
     move_line_id, move_id)
SELECT subscription_id, company_id, commercial_partner_id, kind, plan_id, date_start, date_end,
       state, price, amount_billed, amount_credited, amount_total, amount_paid, amount_open,
       move_line_id, move_id
  FROM isp_subscription_period WHERE id = {ONE}
"""
LINES = """
    SELECT line.id, line.move_id, line.isp_subscription_id, line.price_total, line.name,
           move.move_type, move.payment_state, template.isp_is_plan,
           EXISTS (SELECT 1 FROM isp_subscription_period row
                    WHERE row.move_line_id = line.id) AS has_rows
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      LEFT JOIN product_product product ON product.id = line.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE line.isp_subscription_id IS NOT NULL AND move.state = 'posted'
       AND move.move_type = 'out_invoice'
"""

LEDGER = (
    Invariant(
        "days of a service never overlap",
        """
        SELECT a.subscription_id, a.id AS one, b.id AS other, b.date_start, b.date_end
          FROM isp_subscription_period a
          JOIN isp_subscription_period b
            ON b.subscription_id = a.subscription_id AND b.id > a.id
         WHERE a.state <> 'void' AND b.state <> 'void'
           AND daterange(a.date_start, a.date_end) && daterange(b.date_start, b.date_end)
        """,
        (DROP_OVERLAP + COPY_ROW,),
    ),
    Invariant(
        "a billed line has exactly its ledger rows",
        f"""
        SELECT line.id, line.name, line.price_total, sum(row.amount_billed) AS billed
          FROM ({LINES}) line
          LEFT JOIN isp_subscription_period row
            ON row.move_line_id = line.id AND row.subscription_id = line.isp_subscription_id
         WHERE line.isp_is_plan OR line.has_rows
         GROUP BY line.id, line.name, line.price_total
        HAVING round(coalesce(sum(row.amount_billed), 0), 2) <> round(line.price_total, 2)
        """,
        (
            f"UPDATE isp_subscription_period SET amount_billed = amount_billed + 0.01"
            f" WHERE id = {ONE}",
            f"UPDATE isp_subscription_period SET move_line_id = NULL WHERE id = {ONE}",
            DROP_OVERLAP + COPY_ROW,
        ),
    ),
    Invariant(
        "a live row stands on a posted invoice of its service",
        f"""
        SELECT row.id, row.subscription_id, row.date_start, row.state, move.state AS invoice
          FROM isp_subscription_period row
          LEFT JOIN account_move_line line ON line.id = row.move_line_id
          LEFT JOIN account_move move ON move.id = line.move_id
         WHERE row.{LIVE}
           AND (move.state IS DISTINCT FROM 'posted'
                OR line.isp_subscription_id IS DISTINCT FROM row.subscription_id
                OR row.move_id IS DISTINCT FROM line.move_id)
        """,
        (
            f"UPDATE account_move SET state = 'cancel' WHERE id ="
            f" (SELECT move_id FROM isp_subscription_period WHERE id = {ONE})",
        ),
    ),
    Invariant(
        "a freed row was cancelled or given back",
        """
        SELECT row.id, row.subscription_id, row.date_start, move.name
          FROM isp_subscription_period row
          JOIN account_move move ON move.id = row.move_id
         WHERE row.state = 'void' AND move.state = 'posted' AND row.kind = 'service'
           AND round(row.amount_credited, 2) < round(row.amount_billed, 2)
           AND NOT EXISTS (SELECT 1 FROM account_move note
                            WHERE note.reversed_entry_id = move.id AND note.state = 'posted')
        """,
        (f"UPDATE isp_subscription_period SET state = 'void' WHERE id = {ONE}",),
    ),
    Invariant(
        "no period is billed by two posted invoices",
        f"""
        SELECT line.isp_subscription_id, line.name, count(DISTINCT line.move_id) AS invoices
          FROM ({LINES}) line
         WHERE line.isp_is_plan AND line.payment_state <> 'reversed'
           AND NOT EXISTS (SELECT 1 FROM isp_subscription_period row
                            WHERE row.move_line_id = line.id AND row.state = 'void')
         GROUP BY line.isp_subscription_id, line.name
        HAVING count(DISTINCT line.move_id) > 1
        """,
        (
            f"""
            UPDATE account_move_line other
               SET name = line.name, isp_subscription_id = line.isp_subscription_id
              FROM account_move_line line
             WHERE line.id = (SELECT move_line_id FROM isp_subscription_period WHERE id = {ONE})
               AND other.id = (SELECT move_line_id FROM isp_subscription_period
                                WHERE {LIVE} AND kind = 'service' AND move_id <> line.move_id
                                ORDER BY id LIMIT 1)
            """,
        ),
    ),
    Invariant(
        "the amounts of a row add up",
        """
        SELECT id, amount_billed, amount_credited, amount_total, amount_paid, amount_open, state
          FROM isp_subscription_period
         WHERE state IN ('billed', 'paid')
           AND (round(amount_total - amount_billed + coalesce(amount_credited, 0), 2) <> 0
                OR round(amount_open - amount_total + amount_paid, 2) <> 0
                OR amount_open < 0 OR (amount_open = 0) <> (state = 'paid')
                OR (paid_at IS NOT NULL) <> (state = 'paid'))
        """,
        (
            f"UPDATE isp_subscription_period SET amount_open = amount_open + 1 WHERE id = {ONE}",
            f"UPDATE isp_subscription_period SET state = CASE state WHEN 'paid' THEN 'billed'"
            f" ELSE 'paid' END WHERE id = {ONE}",
        ),
    ),
    Invariant(
        "credited is what the credit notes gave back",
        """
        SELECT row.id, row.amount_credited, sum(line.price_total) AS noted
          FROM isp_subscription_period row
          LEFT JOIN account_move_line line
            ON line.isp_credited_period_id = row.id AND line.parent_state = 'posted'
         GROUP BY row.id, row.amount_credited
        HAVING round(coalesce(row.amount_credited, 0) - coalesce(sum(line.price_total), 0), 2) <> 0
        """,
        (
            "UPDATE isp_subscription_period SET amount_credited = amount_credited - 1"
            f" WHERE id = {ONE}",
        ),
        needs=("account_move_line.isp_credited_period_id",),
    ),
    Invariant(
        "cut-off and next bill are the first days that are not paid, not billed",
        """
        SELECT * FROM (
            SELECT service.id, service.next_billing_date, service.cutoff_date,
                   gap.first AS gap, least(unpaid.first, gap.first) AS cut
              FROM isp_subscription service
              CROSS JOIN LATERAL (
                SELECT min(day) AS first FROM (
                    SELECT service.date_start AS day
                    UNION SELECT row.date_end FROM isp_subscription_period row
                           WHERE row.subscription_id = service.id AND row.state <> 'void') start
                 WHERE day >= service.date_start
                   AND NOT EXISTS (SELECT 1 FROM isp_subscription_period row
                                    WHERE row.subscription_id = service.id
                                      AND row.state <> 'void'
                                      AND row.date_start <= day AND row.date_end > day)) gap
              CROSS JOIN LATERAL (
                SELECT min(row.date_start) AS first FROM isp_subscription_period row
                 WHERE row.subscription_id = service.id AND row.state = 'billed') unpaid
             WHERE service.date_start IS NOT NULL) found
         WHERE next_billing_date IS DISTINCT FROM gap OR cutoff_date IS DISTINCT FROM cut
        """,
        (
            "UPDATE isp_subscription SET cutoff_date = cutoff_date + 1 WHERE id ="
            " (SELECT min(id) FROM isp_subscription WHERE cutoff_date IS NOT NULL)",
            "UPDATE isp_subscription SET next_billing_date = next_billing_date - 1 WHERE id ="
            " (SELECT min(id) FROM isp_subscription WHERE next_billing_date IS NOT NULL)",
        ),
    ),
)
