"""What must hold of money that goes back: at Openpay, in its rows and in the books."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

POSTED = "state IN ('in_process', 'paid')"
#: each charge with what Openpay gave back of it and what our rows say
GIVEN = """
    SELECT charge.id, coalesce(charge.given, 0) AS given,
           coalesce(sum(refund.amount) FILTER (WHERE refund.state = 'done'), 0) AS done,
           coalesce(sum(refund.amount) FILTER (WHERE refund.state <> 'failed'), 0) AS ordered
      FROM faults_charge charge
      LEFT JOIN isp_card_charge own ON own.charge_id = charge.id
      LEFT JOIN isp_payment_refund refund ON refund.charge_id = own.id AND refund.kind = 'card'
     GROUP BY charge.id, charge.given
"""
ONE = "(SELECT min(id) FROM isp_payment_refund WHERE kind = 'card' AND state = 'done')"

INVARIANTS = (
    Invariant(
        "Openpay gives back what was ordered at most",
        f"SELECT * FROM ({GIVEN}) found WHERE given > ordered + 0.004",
        (
            "UPDATE faults_charge SET given = given + 5000 WHERE method = 'card'",
            f"DELETE FROM isp_payment_refund WHERE id = {ONE}",
        ),
    ),
    Invariant(
        "what Openpay gave back is noted",
        f"SELECT * FROM ({GIVEN}) found WHERE round(given, 2) <> round(done, 2)",
        (
            "UPDATE faults_charge SET given = 0 WHERE given > 0",
            f"UPDATE isp_payment_refund SET state = 'failed' WHERE id = {ONE}",
        ),
        moment="rest",
    ),
    Invariant(
        "no more goes back than came",
        """
        SELECT payment.id, payment.amount, sum(refund.amount) AS back
          FROM isp_payment_refund refund
          JOIN account_payment payment ON payment.id = refund.payment_id
         WHERE refund.state <> 'failed'
         GROUP BY payment.id, payment.amount HAVING sum(refund.amount) > payment.amount + 0.004
        """,
        (f"UPDATE isp_payment_refund SET amount = amount + 50000 WHERE id = {ONE}",),
    ),
    Invariant(
        "a refund that is booked has its outgoing payment",
        f"""
        SELECT refund.id, refund.amount, payment.amount AS booked, payment.state
          FROM isp_payment_refund refund
          LEFT JOIN account_payment payment ON payment.id = refund.refund_payment_id
         WHERE refund.booked_at IS NOT NULL
           AND (payment.id IS NULL OR payment.payment_type <> 'outbound'
                OR NOT payment.{POSTED} OR payment.amount <> refund.amount)
        """,
        (
            "UPDATE account_payment SET amount = amount + 1 WHERE payment_type = 'outbound'",
            "UPDATE account_payment SET state = 'draft' WHERE payment_type = 'outbound'",
        ),
    ),
    Invariant(
        "money in the books leaves by a refund",
        f"""
        SELECT id, amount FROM account_payment
         WHERE payment_type = 'outbound' AND partner_type = 'customer' AND {POSTED}
           AND id NOT IN (SELECT refund_payment_id FROM isp_payment_refund
                           WHERE refund_payment_id IS NOT NULL)
        """,
        (f"UPDATE isp_payment_refund SET refund_payment_id = NULL WHERE id = {ONE}",),
    ),
    Invariant(
        "what was given back is booked",
        """
        SELECT id, amount, booking_note FROM isp_payment_refund
         WHERE state = 'done' AND booked_at IS NULL
        """,
        (f"UPDATE isp_payment_refund SET booked_at = NULL WHERE id = {ONE}",),
        moment="rest",
    ),
    Invariant(
        "no refund is open when all is at rest",
        """
        SELECT id, outbox_state, last_error FROM isp_payment_refund
         WHERE outbox_state IN ('ready', 'sent', 'unknown')
        """,
        (f"UPDATE isp_payment_refund SET outbox_state = 'unknown' WHERE id = {ONE}",),
        moment="rest",
    ),
)
