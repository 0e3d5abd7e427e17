"""What must hold between Openpay and the books; ``faults_charge`` is what Openpay has."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

BOOKED = "state IN ('in_process', 'paid')"
ATTEMPTS = """
    SELECT 'voucher' AS kind, id, idempotency_key, charge_id, state, outbox_state, start_token
      FROM isp_payment_voucher
     UNION ALL
    SELECT 'card', id, idempotency_key, charge_id, state, outbox_state, start_token
      FROM isp_card_charge
"""
PAYMENTS = f"""
    SELECT charge.id, charge.status, charge.amount, charge.lost, tx.id AS tx, payment.id AS payment
      FROM faults_charge charge
      LEFT JOIN payment_transaction tx
        ON tx.openpay_charge_id = charge.id AND tx.state = 'done'
      LEFT JOIN account_payment payment
        ON payment.payment_transaction_id = tx.id AND payment.{BOOKED}
"""
DONE = """
    (SELECT id FROM payment_transaction
      WHERE state = 'done' AND openpay_charge_id IS NOT NULL ORDER BY id LIMIT 1)
"""
ITS_PAYMENT = f"(SELECT id FROM account_payment WHERE payment_transaction_id = {DONE})"
NEVER_OPEN = "('ready', 'sent', 'unknown')"
#: what an attempt may be once nothing is on its way, by the status of its charge
ENDS = """
    (VALUES ('completed', 'paid'), ('failed', 'failed'), ('cancelled', 'expired'),
            ('cancelled', 'pending'), ('in_progress', 'pending'), ('in_progress', 'expired'),
            ('charge_pending', 'pending'), ('charge_pending', 'expired'), ('none', 'failed'))
    AS ends(status, state)
"""

INVARIANTS = (
    Invariant(
        "an attempt makes one charge",
        """
        SELECT order_id, count(*) AS charges, sum(amount) AS amount FROM faults_charge
         WHERE order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1
        """,
        (
            "INSERT INTO faults_charge SELECT 'trplanted', order_id, status, amount, method, false"
            " FROM faults_charge WHERE order_id IS NOT NULL LIMIT 1",
        ),
    ),
    Invariant(
        "a charge was asked for",
        f"""
        SELECT charge.id, charge.order_id, charge.amount FROM faults_charge charge
         WHERE charge.order_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM ({ATTEMPTS}) attempt
                            WHERE attempt.idempotency_key = charge.order_id)
        """,
        (
            "INSERT INTO faults_charge VALUES ('trplanted', 'X~1', 'completed', 1, 'card', false)",
            "UPDATE isp_payment_voucher SET idempotency_key = 'Y~1' WHERE id = (SELECT min(id)"
            " FROM isp_payment_voucher WHERE idempotency_key IN"
            " (SELECT order_id FROM faults_charge))",
        ),
    ),
    Invariant(
        "a press of a button is one attempt",
        f"""
        SELECT start_token, count(*) AS attempts FROM ({ATTEMPTS}) attempt
         WHERE start_token IS NOT NULL GROUP BY start_token HAVING count(*) > 1
        """,
        (
            """
            ALTER TABLE isp_payment_voucher DROP CONSTRAINT isp_payment_voucher_start_token_uniq;
            UPDATE isp_payment_voucher SET start_token = 'SAME'
             WHERE id IN (SELECT id FROM isp_payment_voucher ORDER BY id LIMIT 2)
            """,
        ),
    ),
    Invariant(
        "a charge is booked at most once",
        f"""
        SELECT id, amount, count(payment) AS payments FROM ({PAYMENTS}) found
         GROUP BY id, amount HAVING count(payment) > 1
        """,
        (
            f"UPDATE account_payment SET payment_transaction_id = {DONE} WHERE {BOOKED}",
            f"""
            DROP INDEX payment_transaction_openpay_charge_uniq;
            UPDATE payment_transaction
               SET openpay_charge_id = (SELECT openpay_charge_id FROM payment_transaction
                                         WHERE id = {DONE})
             WHERE state = 'done'
            """,
        ),
    ),
    Invariant(
        "a completed charge is booked",
        f"""
        SELECT id, amount, tx FROM ({PAYMENTS}) found
         WHERE status = 'completed' AND payment IS NULL AND NOT lost
        """,
        (
            f"UPDATE account_payment SET state = 'draft' WHERE id = {ITS_PAYMENT}",
            f"UPDATE payment_transaction SET state = 'pending' WHERE id = {DONE}",
            "INSERT INTO faults_charge VALUES ('trplanted', NULL, 'completed', 1, 'card', false)",
        ),
        moment="rest",
    ),
    Invariant(
        "the amount booked is the amount charged",
        """
        SELECT charge.id, charge.amount AS charged, tx.amount AS transaction,
               payment.amount AS booked
          FROM faults_charge charge
          JOIN payment_transaction tx ON tx.openpay_charge_id = charge.id AND tx.state = 'done'
          LEFT JOIN account_payment payment ON payment.payment_transaction_id = tx.id
         WHERE charge.amount <> tx.amount OR charge.amount <> payment.amount
        """,
        (
            f"UPDATE payment_transaction SET amount = amount + 0.01 WHERE id = {DONE}",
            f"UPDATE account_payment SET amount = amount - 1 WHERE id = {ITS_PAYMENT}",
            "UPDATE faults_charge SET amount = amount + 1 WHERE status = 'completed'",
        ),
    ),
    Invariant(
        "nothing is booked that was not charged",
        """
        SELECT tx.id, tx.reference, tx.amount, charge.status
          FROM payment_transaction tx
          JOIN payment_provider provider ON provider.id = tx.provider_id
          LEFT JOIN faults_charge charge ON charge.id = tx.openpay_charge_id
         WHERE tx.state = 'done' AND provider.code = 'openpay' AND tx.operation <> 'refund'
           AND charge.status IS DISTINCT FROM 'completed'
        """,
        (
            f"UPDATE payment_transaction SET openpay_charge_id = 'trghost' WHERE id = {DONE}",
            "UPDATE faults_charge SET status = 'failed' WHERE status = 'completed'",
        ),
    ),
    Invariant(
        "what the customer was told is paid stays paid",
        """
        SELECT told FROM unnest(%(answered)s::text[]) AS told
         WHERE NOT EXISTS (
               SELECT 1 FROM faults_charge charge
                 JOIN payment_transaction tx ON tx.openpay_charge_id = charge.id
                WHERE charge.order_id = told AND tx.state = 'done')
        """,
        ("UPDATE payment_transaction SET state = 'error' WHERE state = 'done'",),
    ),
    Invariant(
        "nothing is open when all is at rest",
        f"""
        SELECT kind, id, outbox_state FROM ({ATTEMPTS}) attempt
         WHERE outbox_state IN {NEVER_OPEN}
         UNION ALL
        SELECT 'message', id, outbox_state FROM isp_payment_event
         WHERE outbox_state IN {NEVER_OPEN}
         UNION ALL
        SELECT 'card', id, outbox_state FROM isp_card_registration
         WHERE outbox_state IN {NEVER_OPEN}
        """,
        tuple(
            f"UPDATE {table} SET outbox_state = 'unknown' WHERE id = (SELECT min(id) FROM {table})"
            for table in (
                "isp_payment_voucher",
                "isp_card_charge",
                "isp_payment_event",
                "isp_card_registration",
            )
        ),
        moment="rest",
    ),
    Invariant(
        "an attempt ends as its charge",
        f"""
        SELECT attempt.kind, attempt.id, attempt.state, charge.status FROM ({ATTEMPTS}) attempt
          LEFT JOIN faults_charge charge ON charge.order_id = attempt.idempotency_key
         WHERE charge.lost IS NOT TRUE
           AND NOT EXISTS (SELECT 1 FROM {ENDS}
                            WHERE ends.state = attempt.state
                              AND ends.status = coalesce(charge.status, 'none'))
        """,
        (
            "UPDATE isp_payment_voucher SET state = 'failed' WHERE state = 'paid'",
            "UPDATE isp_card_charge SET state = 'paid' WHERE state = 'failed'",
            "DELETE FROM faults_charge WHERE status = 'completed'",
        ),
        moment="rest",
    ),
    Invariant(
        "an attempt knows its own charge",
        f"""
        SELECT attempt.kind, attempt.id, attempt.charge_id, charge.id AS found
          FROM ({ATTEMPTS}) attempt
          JOIN faults_charge charge ON charge.order_id = attempt.idempotency_key
         WHERE attempt.charge_id IS NOT NULL AND attempt.charge_id <> charge.id
        """,
        ("UPDATE isp_payment_voucher SET charge_id = 'trghost' WHERE charge_id IS NOT NULL",),
    ),
    Invariant(
        "a message is stored once",
        """
        SELECT provider_id, event_type, charge_id, charge_status, count(*) AS messages
          FROM isp_payment_event WHERE charge_id IS NOT NULL
         GROUP BY provider_id, event_type, charge_id, charge_status,
               CASE WHEN event_type = 'charge.refunded'
                    THEN payload::json #>> '{transaction,refund,id}' END
        HAVING count(*) > 1
        """,
        ("UPDATE isp_payment_event SET charge_id = 'SAME', event_type = 'x', charge_status = 'y'",),
    ),
    Invariant(
        "no message about money is left to people",
        """
        SELECT id, event_type, charge_id, last_error_code, last_error FROM isp_payment_event
         WHERE outbox_state = 'error'
        """,
        ("UPDATE isp_payment_event SET outbox_state = 'error' WHERE outbox_state = 'done'",),
        moment="rest",
    ),
    Invariant(
        "the jobs of payments are alive",
        """
        SELECT cron_name, failure_count, active FROM ir_cron
         WHERE (failure_count > 0 OR NOT active) AND id IN (
               SELECT res_id FROM ir_model_data
                WHERE module = 'isp_payments_mx' AND model = 'ir.cron')
        """,
        (
            "UPDATE ir_cron SET failure_count = 1 WHERE active",
            "UPDATE ir_cron SET active = false WHERE active",
        ),
        moment="rest",
    ),
)
