"""Invariants of the books: payments, allocations, journal items and numbers."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

RECEIVABLE = """
    SELECT line.*, move.move_type, move.commercial_partner_id AS payer_id, move.name AS entry
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN account_account account ON account.id = line.account_id
     WHERE move.state = 'posted' AND account.account_type = 'asset_receivable'
"""
POSTED = "state IN ('in_process', 'paid')"
ONE_PAYMENT = (
    f"(SELECT id FROM account_payment WHERE {POSTED} AND isp_number > 0 ORDER BY id LIMIT 1)"
)
ONE_PARTIAL = "(SELECT min(id) FROM account_partial_reconcile)"

PAYMENTS = (
    Invariant(
        "a payment is booked once",
        f"""
        SELECT isp_reference, count(*) AS payments, sum(amount) AS amount
          FROM account_payment WHERE isp_reference IS NOT NULL AND {POSTED}
         GROUP BY isp_reference HAVING count(*) > 1
        """,
        (
            "UPDATE account_payment SET isp_reference = 'TWICE' WHERE id IN"
            f" (SELECT id FROM account_payment WHERE {POSTED} ORDER BY id LIMIT 2)",
        ),
    ),
    Invariant(
        "a payment that was answered is booked",
        f"""
        SELECT reference FROM unnest(%(answered)s::text[]) AS reference
         WHERE NOT EXISTS (SELECT 1 FROM account_payment
                            WHERE isp_reference = reference AND {POSTED})
        """,
        (
            "UPDATE account_payment SET isp_reference = NULL WHERE isp_reference LIKE 'PAY-%%'",
            "UPDATE account_payment SET state = 'draft' WHERE isp_reference LIKE 'PAY-%%'",
        ),
    ),
    Invariant(
        "a payment is posted with its entry or not there",
        """
        SELECT payment.id, payment.isp_reference, payment.state, move.state AS entry
          FROM account_payment payment LEFT JOIN account_move move ON move.id = payment.move_id
         WHERE payment.isp_reference IS NOT NULL
           AND (payment.state NOT IN ('in_process', 'paid')
                OR move.state IS DISTINCT FROM 'posted')
        """,
        (
            "UPDATE account_payment SET isp_reference = 'X', state = 'draft'"
            f" WHERE id = {ONE_PAYMENT}",
            "UPDATE account_payment SET isp_reference = 'X', move_id = NULL"
            f" WHERE id = {ONE_PAYMENT}",
        ),
    ),
    Invariant(
        "no payment settles more than its amount",
        f"""
        SELECT line.id, line.entry, line.balance, sum(part.amount) AS settled
          FROM ({RECEIVABLE}) line
          JOIN account_partial_reconcile part
            ON line.id IN (part.credit_move_id, part.debit_move_id)
         GROUP BY line.id, line.entry, line.balance
        HAVING round(sum(part.amount), 2) > round(abs(line.balance), 2)
        """,
        (f"UPDATE account_partial_reconcile SET amount = amount + 10000 WHERE id = {ONE_PARTIAL}",),
    ),
    Invariant(
        "what is open is what no allocation settled",
        f"""
        SELECT line.id, line.entry, line.balance, line.amount_residual
          FROM ({RECEIVABLE}) line
         WHERE round(line.amount_residual - line.balance
                     + coalesce((SELECT sum(amount) FROM account_partial_reconcile
                                  WHERE debit_move_id = line.id), 0)
                     - coalesce((SELECT sum(amount) FROM account_partial_reconcile
                                  WHERE credit_move_id = line.id), 0), 2) <> 0
        """,
        (
            f"DELETE FROM account_partial_reconcile WHERE id = {ONE_PARTIAL}",
            "UPDATE account_move_line SET amount_residual = amount_residual + 0.01 WHERE id ="
            f" (SELECT min(id) FROM ({RECEIVABLE}) line)",
        ),
    ),
    Invariant(
        "payment numbers are unique",
        """
        SELECT company_id, isp_number, count(*) FROM account_payment WHERE isp_number > 0
         GROUP BY company_id, isp_number HAVING count(*) > 1
        """,
        (
            """
            DROP INDEX IF EXISTS account_payment_isp_number_uniq;
            DROP INDEX IF EXISTS account_payment__isp_number_uniq;
            UPDATE account_payment SET isp_number = 1 WHERE isp_number > 0
            """,
        ),
    ),
    Invariant(
        "a posted customer payment has its number and was allocated or is credit",
        f"""
        SELECT id, isp_reference, isp_number FROM account_payment
         WHERE {POSTED} AND payment_type = 'inbound' AND coalesce(isp_number, 0) = 0
        """,
        (f"UPDATE account_payment SET isp_number = 0 WHERE id = {ONE_PAYMENT}",),
    ),
)

BOOKS = (
    Invariant(
        "the ledger owes what the journal items owe",
        f"""
        SELECT payer_id, sum(ledger) AS ledger, sum(books) AS books FROM (
            SELECT move.commercial_partner_id AS payer_id, row.amount_open AS ledger, 0 AS books
              FROM isp_subscription_period row JOIN account_move move ON move.id = row.move_id
             WHERE row.state IN ('billed', 'paid')
             UNION ALL
            SELECT line.payer_id, 0, line.amount_residual FROM ({RECEIVABLE}) line
             WHERE line.move_type = 'out_invoice'
               AND EXISTS (SELECT 1 FROM isp_subscription_period row
                            WHERE row.move_id = line.move_id)
             ) both_sides
         GROUP BY payer_id HAVING round(sum(ledger) - sum(books), 2) <> 0
        """,
        (
            "UPDATE isp_subscription_period SET amount_open = amount_open + 5 WHERE id ="
            " (SELECT min(id) FROM isp_subscription_period"
            "   WHERE state IN ('billed', 'paid') AND move_id IS NOT NULL)",
        ),
    ),
    Invariant(
        "posted entries balance",
        """
        SELECT move.id, move.name, sum(line.balance) AS balance
          FROM account_move move JOIN account_move_line line ON line.move_id = move.id
         WHERE move.state = 'posted' GROUP BY move.id, move.name
        HAVING round(sum(line.balance), 2) <> 0
        """,
        (
            "UPDATE account_move_line SET balance = balance + 1 WHERE id ="
            " (SELECT min(id) FROM account_move_line WHERE parent_state = 'posted')",
        ),
    ),
    Invariant(
        "no draft is left behind",
        """
        SELECT move.id, move.move_type, move.invoice_origin FROM account_move move
         WHERE move.state = 'draft'
           AND (move.move_type = 'entry'
                OR EXISTS (SELECT 1 FROM account_move_line line
                            WHERE line.move_id = move.id AND line.isp_subscription_id IS NOT NULL))
           -- the invoice of a change of plan is posted by its money
           AND NOT EXISTS (SELECT 1 FROM isp_plan_change change
                            WHERE change.move_id = move.id AND change.state = 'awaiting_payment')
        """,
        (
            "UPDATE account_move SET state = 'draft' WHERE id ="
            " (SELECT min(move_id) FROM isp_subscription_period WHERE state IN ('billed', 'paid'))",
        ),
    ),
    Invariant(
        "invoice numbers are unique and without gaps",
        """
        SELECT * FROM (
            SELECT journal_id, sequence_prefix, sequence_number, name,
                   sequence_number - lag(sequence_number) OVER (
                       PARTITION BY journal_id, sequence_prefix ORDER BY sequence_number) AS step
              FROM account_move
             WHERE state IN ('posted', 'cancel') AND sequence_number > 0
               AND move_type IN ('out_invoice', 'out_refund')) numbered
         WHERE step <> 1
        """,
        (
            "UPDATE account_move SET sequence_number = sequence_number + 1000 WHERE id ="
            " (SELECT min(id) FROM account_move WHERE move_type = 'out_invoice'"
            "   AND state = 'posted' AND sequence_number > 1)",
        ),
    ),
    Invariant(
        "contract numbers are unique",
        """
        SELECT company_id, name, count(*) FROM isp_subscription
         GROUP BY company_id, name HAVING count(*) > 1
        """,
        (
            """
            ALTER TABLE isp_subscription DROP CONSTRAINT isp_subscription_name_uniq;
            UPDATE isp_subscription SET name = 'SAME'
             WHERE id IN (SELECT id FROM isp_subscription ORDER BY id LIMIT 2)
            """,
        ),
    ),
)
