"""Invariants of services, runs and notices."""

from __future__ import annotations

from tests.faults.kit.checks import Invariant

ON = "('active', 'grace', 'cancel_pending')"
SOME = "(SELECT min(id) FROM isp_subscription WHERE state = 'active')"

SERVICES = (
    Invariant(
        "a suspended service has one open suspension, no other has",
        """
        SELECT service.id, service.state, count(suspension.id) AS open
          FROM isp_subscription service
          LEFT JOIN isp_suspension suspension
            ON suspension.subscription_id = service.id AND suspension.date_to IS NULL
         GROUP BY service.id, service.state
        HAVING (service.state = 'suspended' AND count(suspension.id) <> 1)
            OR (service.state NOT IN ('suspended', 'paused', 'cancel_pending')
                AND count(suspension.id) <> 0)
        """,
        (
            "UPDATE isp_suspension SET date_to = date_from WHERE date_to IS NULL",
            f"UPDATE isp_subscription SET state = 'suspended' WHERE id = {SOME}",
            "UPDATE isp_subscription SET state = 'active' WHERE state = 'suspended'",
        ),
    ),
    Invariant(
        "the network is wanted as the state says",
        # a request to cancel leaves off what was off
        f"""
        SELECT id, state, network_desired_state FROM isp_subscription service
         WHERE network_desired_state IS DISTINCT FROM
               CASE WHEN state NOT IN {ON} THEN 'off'
                    WHEN state = 'cancel_pending' AND EXISTS (
                         SELECT 1 FROM isp_suspension suspension
                          WHERE suspension.subscription_id = service.id
                            AND suspension.date_to IS NULL) THEN 'off'
                    ELSE 'on' END
        """,
        (f"UPDATE isp_subscription SET network_desired_state = 'off' WHERE id = {SOME}",),
    ),
    Invariant(
        "a service that owes nothing is not cut for debt",
        """
        SELECT service.id, service.state FROM isp_subscription service
          JOIN isp_suspension suspension ON suspension.subscription_id = service.id
           AND suspension.date_to IS NULL AND suspension.reason = 'debt'
         WHERE service.state = 'suspended'
           AND NOT EXISTS (
               SELECT 1 FROM account_move_line line JOIN account_move move ON move.id = line.move_id
                WHERE line.isp_subscription_id = service.id AND move.state = 'posted'
                  AND move.move_type = 'out_invoice' AND move.amount_residual > 0)
        """,
        (
            """
            INSERT INTO isp_suspension (subscription_id, reason, date_from)
            SELECT id, 'debt', now() FROM isp_subscription WHERE id = (
                SELECT min(id) FROM isp_subscription s WHERE state = 'active' AND NOT EXISTS (
                    SELECT 1 FROM account_move_line l JOIN account_move m ON m.id = l.move_id
                     WHERE l.isp_subscription_id = s.id AND m.amount_residual > 0));
            UPDATE isp_subscription SET state = 'suspended' WHERE id IN (
                SELECT subscription_id FROM isp_suspension WHERE date_to IS NULL
                   AND reason = 'debt')
            """,
        ),
    ),
    Invariant(
        "no error was noted on a service that has none",
        "SELECT id, name, billing_error FROM isp_subscription WHERE billing_error IS NOT NULL",
        (f"UPDATE isp_subscription SET billing_error = 'already billed' WHERE id = {SOME}",),
    ),
    Invariant(
        "the jobs are alive",
        """
        SELECT cron_name, failure_count, active FROM ir_cron
         WHERE (failure_count > 0 OR NOT active) AND id IN (
               SELECT res_id FROM ir_model_data
                WHERE module = 'isp_subscription' AND model = 'ir.cron')
        """,
        (
            "UPDATE ir_cron SET failure_count = 1 WHERE active",
            "UPDATE ir_cron SET active = false WHERE active",
        ),
        moment="rest",
    ),
    Invariant(
        "a notice is given once",
        """
        SELECT subscription_id, kind, key, count(*) FROM isp_notice
         GROUP BY subscription_id, kind, key HAVING count(*) > 1
        """,
        (
            """
            DROP INDEX IF EXISTS isp_notice_once;
            DROP INDEX IF EXISTS isp_notice__once;
            UPDATE isp_notice one SET key = other.key, kind = other.kind,
                   subscription_id = other.subscription_id
              FROM isp_notice other
             WHERE one.id = (SELECT min(id) FROM isp_notice)
               AND other.id = (SELECT max(id) FROM isp_notice)
            """,
        ),
        needs=("isp_notice.key",),
    ),
    Invariant(
        "a notice has one mail",
        """
        SELECT mail_mail_id, count(*) FROM isp_notice WHERE mail_mail_id IS NOT NULL
         GROUP BY mail_mail_id HAVING count(*) > 1
        """,
        (
            "UPDATE isp_notice SET mail_mail_id = (SELECT max(id) FROM mail_mail)"
            " WHERE id IN (SELECT id FROM isp_notice ORDER BY id LIMIT 2)",
        ),
        needs=("isp_notice.mail_mail_id",),
    ),
    Invariant(
        "no notice is stuck in the queue",
        "SELECT id, kind, key, state FROM isp_notice WHERE state IN ('queued', 'sending')",
        ("UPDATE isp_notice SET state = 'sending' WHERE id = (SELECT min(id) FROM isp_notice)",),
        needs=("isp_notice.state",),
        moment="rest",
    ),
    Invariant(
        "a run counts the invoices it made",
        """
        SELECT run.id, run.date, run.invoices, count(DISTINCT row.move_id) AS made
          FROM isp_run run LEFT JOIN isp_subscription_period row ON row.run_id = run.id
         WHERE run.kind = 'billing' AND run.is_dry IS NOT TRUE
         GROUP BY run.id, run.date, run.invoices
        HAVING coalesce(run.invoices, 0) <> count(DISTINCT row.move_id)
        """,
        (
            "UPDATE isp_run SET invoices = coalesce(invoices, 0) + 1 WHERE id ="
            " (SELECT min(id) FROM isp_run WHERE kind = 'billing' AND is_dry IS NOT TRUE)",
        ),
        needs=("isp_run.invoices", "isp_subscription_period.run_id"),
    ),
)
