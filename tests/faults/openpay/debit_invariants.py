"""What must hold of direct debits and of cash, between Openpay and the books."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

#: every attempt of a direct debit with what it was allowed to, and what Openpay has of it
TRIED = """
    SELECT debit.id AS debit, debit.subscription_id, debit.period_start, debit.date_due,
           debit.amount AS announced, debit.state, debit.notice_id, mandate.amount_cap,
           attempt.id AS attempt, attempt.amount, attempt.attempt_date, attempt.create_date,
           attempt.state AS attempt_state, attempt.company_id, charge.status, charge.lost
      FROM isp_card_debit debit
      JOIN isp_card_charge attempt ON attempt.debit_id = debit.id
      JOIN isp_card_mandate mandate ON mandate.id = attempt.mandate_id
      LEFT JOIN faults_charge charge ON charge.order_id = attempt.idempotency_key
"""
#: what was open of the bills of an attempt's service when the attempt was written down
OWED = """
    SELECT sum(line.balance - coalesce(settled.amount, 0))
      FROM account_move_line line
      JOIN account_account account ON account.id = line.account_id
      JOIN account_move move ON move.id = line.move_id
      LEFT JOIN LATERAL (
           SELECT sum(part.amount) AS amount FROM account_partial_reconcile part
            WHERE part.debit_move_id = line.id AND part.create_date <= tried.create_date
           ) settled ON true
     WHERE account.account_type = 'asset_receivable' AND move.state = 'posted'
       AND move.move_type = 'out_invoice' AND move.invoice_date_due <= tried.date_due
       AND move.id IN (SELECT bill.move_id FROM account_move_line bill
                        WHERE bill.isp_subscription_id = tried.subscription_id)
"""
#: the company's day on which the customer learned of a charge
TOLD = """
    (coalesce(notice.delivered_at, notice.sent_at) AT TIME ZONE 'UTC'
     AT TIME ZONE 'America/Mexico_City')::date
"""
CHARGED = "status = 'completed'"
ITS_ORDER = """
    (SELECT attempt.idempotency_key FROM isp_card_charge attempt
       JOIN faults_charge charge ON charge.order_id = attempt.idempotency_key
      WHERE attempt.debit_id IS NOT NULL AND charge.status = 'completed'
      ORDER BY attempt.id LIMIT 1)
"""

INVARIANTS = (
    Invariant(
        "direct debit charges a period once",
        f"""
        SELECT subscription_id, period_start, count(*) AS charges, sum(amount) AS amount
          FROM ({TRIED}) tried WHERE {CHARGED}
         GROUP BY subscription_id, period_start HAVING count(*) > 1
        """,
        (
            "INSERT INTO faults_charge SELECT 'trplanted', order_id, status, amount, method, false"
            f" FROM faults_charge WHERE order_id = {ITS_ORDER}",
            # the same period under two rows
            """
            DROP INDEX isp_card_debit_period_uniq;
            UPDATE isp_card_debit SET period_start = '2035-01-01',
                   subscription_id = (SELECT min(id) FROM isp_subscription)
            """,
        ),
    ),
    Invariant(
        "direct debit takes what was announced and agreed to at most",
        f"""
        SELECT debit, attempt, amount, announced, amount_cap FROM ({TRIED}) tried
         WHERE {CHARGED} AND (amount > announced OR amount > amount_cap)
        """,
        (
            "UPDATE isp_card_debit SET amount = 0.01",
            "UPDATE isp_card_mandate SET amount_cap = 0.01",
            "UPDATE isp_card_charge SET amount = amount + 5000 WHERE debit_id IS NOT NULL",
        ),
    ),
    Invariant(
        "direct debit takes what is owed at most",
        f"""
        SELECT debit, attempt, amount, owed FROM ({TRIED}) tried
         CROSS JOIN LATERAL ({OWED}) bills(owed)
         WHERE {CHARGED} AND amount > coalesce(owed, 0) + 0.004
        """,
        (
            "UPDATE isp_card_charge SET amount = amount + 5000"
            f" WHERE idempotency_key = {ITS_ORDER}",
            "UPDATE isp_card_debit SET date_due = '2000-01-01'",
            # paid another way just before
            "UPDATE account_partial_reconcile SET create_date = '2000-01-01'",
        ),
    ),
    Invariant(
        "no card is charged before its owner knew long enough",
        f"""
        SELECT debit, attempt, attempt_date, notice.state AS notice, {TOLD} AS told
          FROM ({TRIED}) tried
          JOIN res_company company ON company.id = tried.company_id
          LEFT JOIN isp_notice notice ON notice.id = tried.notice_id
         WHERE tried.status = 'completed'
           AND (notice.id IS NULL OR notice.state NOT IN ('sent', 'delivered')
                OR attempt_date < {TOLD} + company.isp_debit_notice_days)
        """,
        (
            "UPDATE isp_notice SET sent_at = sent_at + interval '30 days' WHERE kind = 'debit'",
            "UPDATE isp_notice SET state = 'failed' WHERE kind = 'debit'",
            "UPDATE isp_card_debit SET notice_id = NULL",
        ),
    ),
    Invariant(
        "a direct debit ends as its attempts",
        f"""
        SELECT debit.id, debit.state, debit.amount_charged, count(tried.*) AS charges,
               sum(tried.amount) AS charged
          FROM isp_card_debit debit
          LEFT JOIN ({TRIED}) tried ON tried.debit = debit.id AND tried.{CHARGED}
         GROUP BY debit.id
        HAVING (debit.state = 'paid') <> (count(tried.*) = 1)
            OR debit.state = 'paid'
               AND round(debit.amount_charged, 2) IS DISTINCT FROM round(sum(tried.amount), 2)
         UNION ALL
        SELECT debit.id, debit.state, NULL, 0, NULL
          FROM isp_card_debit debit
         WHERE debit.state = 'charging'
           AND NOT EXISTS (SELECT 1 FROM isp_card_charge attempt
                            WHERE attempt.debit_id = debit.id
                              AND attempt.state IN ('preparing', 'pending'))
        """,
        (
            "UPDATE isp_card_debit SET state = 'failed' WHERE state = 'paid'",
            "UPDATE isp_card_debit SET state = 'charging' WHERE state = 'paid'",
            "UPDATE isp_card_debit SET amount_charged = amount_charged - 1 WHERE state = 'paid'",
            f"DELETE FROM faults_charge WHERE order_id = {ITS_ORDER}",
        ),
        moment="rest",
    ),
    Invariant(
        "an announced charge is made, or somebody can read why not",
        """
        SELECT id, state, next_date FROM isp_card_debit
         WHERE state IN ('announced', 'retry') AND reason IS NULL
           AND next_date < now()::date - 12
        """,
        ("UPDATE isp_card_debit SET state = 'announced', reason = NULL, next_date = '2000-01-01'",),
        moment="rest",
    ),
    Invariant(
        "money is booked by the way it came",
        """
        SELECT charge.id, charge.method, form.code FROM faults_charge charge
          JOIN payment_transaction tx ON tx.openpay_charge_id = charge.id AND tx.state = 'done'
          JOIN account_payment payment ON payment.payment_transaction_id = tx.id
          LEFT JOIN isp_payment_form form ON form.id = payment.isp_payment_form_id
         WHERE (charge.method, coalesce(form.code, '-')) NOT IN
               (VALUES ('bank_account', 'spei'), ('store', 'store'), ('card', 'card'))
        """,
        (
            "UPDATE faults_charge SET method = 'store' WHERE method = 'bank_account'",
            "UPDATE account_payment SET isp_payment_form_id = NULL",
        ),
    ),
    Invariant(
        "no store is asked to take more than it may",
        """
        SELECT voucher.id, voucher.amount, company.isp_store_limit
          FROM isp_payment_voucher voucher JOIN res_company company ON company.id = company_id
         WHERE voucher.openpay_method = 'store' AND voucher.amount > company.isp_store_limit
        """,
        ("UPDATE res_company SET isp_store_limit = 1",),
    ),
)
