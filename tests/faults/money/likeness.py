"""What two databases that lived through the same days must have alike; ids and names may differ."""

from __future__ import annotations

from collections import Counter

SHOWN = 4
#: without the numbers of folios: a crash of PostgreSQL may leave some out
TABLES = {
    "ledger": """
        SELECT subscription_id, kind, date_start, date_end, state, plan_id, price, amount_billed,
               amount_credited, amount_total, amount_paid, amount_open
          FROM isp_subscription_period
    """,
    "services": """
        SELECT id, state, date_start, date_end, cutoff_date, next_billing_date, price_total,
               network_desired_state, network_state
          FROM isp_subscription
    """,
    "suspensions": """
        SELECT subscription_id, reason, amount_due, date_from::date, date_to::date
          FROM isp_suspension
    """,
    "invoices": """
        SELECT line.isp_subscription_id, move.move_type, move.state, move.payment_state,
               move.invoice_date, move.invoice_date_due, move.amount_total, move.amount_residual,
               regexp_replace(line.name, 'CAN-[0-9]+', 'CAN'), line.price_total
          FROM account_move_line line JOIN account_move move ON move.id = line.move_id
         WHERE line.isp_subscription_id IS NOT NULL
    """,
    "payments": """
        SELECT payment.isp_reference, payment.state, payment.amount, payment.date,
               payment.isp_subscription_id, payment.isp_cutoff_from, payment.isp_cutoff_to,
               payment.isp_amount_due, payment.isp_settled,
               (SELECT sum(part.amount) FROM account_partial_reconcile part
                  JOIN account_move_line line ON line.id = part.credit_move_id
                 WHERE line.move_id = payment.move_id) AS settled
          FROM account_payment payment
    """,
    "balances": """
        SELECT line.partner_id, sum(line.balance) AS balance, sum(line.amount_residual) AS open
          FROM account_move_line line JOIN account_account account ON account.id = line.account_id
         WHERE line.parent_state = 'posted' AND account.account_type = 'asset_receivable'
         GROUP BY line.partner_id
    """,
}


#: Where a mail was interrupted a notice is delivered by hand instead: both are proof. A job that is
#: done again after a crash may tell the same day what else the next day's turn tells: no dates.
#: Two processes take more turns than one: a reminder may be written before the part payment of the
#: same day, after which it would have named less.
OPTIONAL = {
    "pauses": (
        "isp_pause",
        "SELECT subscription_id, date_from, date_to, state, days FROM isp_pause",
    ),
    "promises": (
        "isp_promise",
        "SELECT subscription_id, kind, state, date_until, amount FROM isp_promise",
    ),
    "plan changes": (
        "isp_plan_change",
        """
        SELECT subscription_id, plan_from_id, plan_to_id, policy, state, effective_date,
               amount_total, amount_due
          FROM isp_plan_change
        """,
    ),
    "cancellations": (
        "isp_cancellation",
        """
        SELECT subscription_id, state, effective_date, balance, refund_state, refund_amount
          FROM isp_cancellation
        """,
    ),
    "notices": (
        "isp_notice",
        """
        SELECT subscription_id, kind, CASE WHEN kind <> 'reminder' THEN amount END, date_due,
               CASE WHEN state IN ('sent', 'delivered') THEN 'given' ELSE state END AS state,
               CASE WHEN kind IN ('reminder', 'suspension') THEN key END AS key
          FROM isp_notice
        """,
    ),
}


def read(cursor) -> dict[str, Counter]:
    """The rows of every table, as bags."""
    found, wanted = {}, dict(TABLES)
    for name, (table, query) in OPTIONAL.items():
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (table,))
        if cursor.fetchone()[0]:
            wanted[name] = query
    for name, query in wanted.items():
        cursor.execute(query)
        found[name] = Counter(cursor.fetchall())
    return found


def differences(ours: Counter, theirs: Counter) -> list[str]:
    """The first rows that only one side has."""
    missing, extra = theirs - ours, ours - theirs
    notes = [f"missing: {row}" for row in list(missing.elements())[:SHOWN]]
    notes += [f"not in the reference: {row}" for row in list(extra.elements())[:SHOWN]]
    more = missing.total() + extra.total() - len(notes)
    return [*notes, f"and {more} more"] if more > 0 else notes
