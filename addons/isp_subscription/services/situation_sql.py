"""The query behind charges, overdue amount and credit of services, as PostgreSQL reads it.

Parameters (``%(name)s``): ``days`` rows of company and its today; ``companies``; ``only``, ``own``,
``moves`` and ``payers`` narrow it to some services; ``late`` and ``late_shown`` add a column. The
open invoices are few among all, so their lines are looked up one by one (``LATERAL``).
"""

SITUATION = """
WITH today(company_id, day) AS (VALUES %(days)s),
debt AS (
    SELECT share.subscription_id,
           move.company_id,
           ROUND(move.amount_residual * share.total
                 / NULLIF(move.amount_total, 0), 2) AS amount,
           move.invoice_date_due AS due_date
      FROM account_move move
CROSS JOIN LATERAL (
           SELECT line.isp_subscription_id AS subscription_id,
                  SUM(line.price_total) AS total
             FROM account_move_line line
            WHERE line.move_id = move.id
              AND line.isp_subscription_id IS NOT NULL %(own)s
         GROUP BY line.isp_subscription_id) share
     WHERE move.state = 'posted'
       AND move.move_type = 'out_invoice'
       AND move.payment_state IN ('not_paid', 'partial')
       AND move.company_id IN %(companies)s
       %(moves)s
),
owed AS (
    SELECT debt.subscription_id,
           SUM(debt.amount) AS balance,
           SUM(debt.amount) FILTER (WHERE debt.due_date < today.day) AS overdue,
           MIN(debt.due_date) FILTER (
               WHERE debt.due_date < today.day AND debt.amount > 0) AS oldest_due
           %(late)s
      FROM debt
      JOIN today ON today.company_id = debt.company_id
  GROUP BY debt.subscription_id
),
favour AS (
    SELECT sub.id AS subscription_id, credit.amount
      FROM (SELECT partner.commercial_partner_id AS payer_id,
                   line.company_id,
                   -SUM(line.amount_residual) AS amount
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.parent_state = 'posted'
               AND (line.reconciled IS NULL OR line.reconciled = false
                    OR line.reconciled IS NOT TRUE)
               AND account.account_type = 'asset_receivable'
               AND line.amount_residual < 0
               AND line.company_id IN %(companies)s
               %(payers)s
          GROUP BY partner.commercial_partner_id, line.company_id) credit
      JOIN isp_subscription sub ON sub.commercial_partner_id = credit.payer_id
           AND sub.company_id = credit.company_id %(only)s
)
SELECT COALESCE(owed.subscription_id, favour.subscription_id) AS subscription_id,
       COALESCE(owed.balance, 0) AS balance,
       COALESCE(owed.overdue, 0) AS overdue,
       owed.oldest_due,
       ROUND(COALESCE(favour.amount, 0), 2) AS credit
       %(late_shown)s
  FROM owed
  FULL JOIN favour ON favour.subscription_id = owed.subscription_id
"""
