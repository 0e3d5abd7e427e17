"""Where SAT's documents and the books differ: one query per kind of difference.

Every query gives kind, company, document, entry, partner, date, currency, what is booked and what
is stamped.  Times of the database are UTC.  A document may wait 72 hours for its stamp
(RMF 2.7.2.9) before it counts as a difference; a receipt may wait three days after its period.
"""

from __future__ import annotations

#: States of a place in which a receipt is, or will be, invoiced.
_PLACED = "('named', 'pending', 'global', 'leaving')"
_LIVE = "d.uuid IS NOT NULL AND d.cancel_state != 'cancelled'"
_SAME_KIND = (
    "((d.kind = 'I' AND m.move_type = 'out_invoice') OR"
    " (d.kind = 'E' AND m.move_type = 'out_refund'))"
)
_NOW = "(now() AT TIME ZONE 'UTC')"
#: What a company booked before its first document is none of ours.
_SINCE = """
    (SELECT company_id, MIN(first) AS first
       FROM (SELECT company_id, MIN(issued_at) AS first FROM isp_cfdi_document GROUP BY 1
              UNION ALL
             SELECT company_id, MIN(create_date) FROM isp_cfdi_place GROUP BY 1) AS either
      GROUP BY 1)
"""

_MISSING = f"""
    SELECT 'missing', m.company_id, NULL::int, m.id, m.commercial_partner_id,
           m.isp_paid_on::date, m.currency_id, m.amount_total, 0
      FROM account_move m
      JOIN {_SINCE} since ON since.company_id = m.company_id AND m.isp_paid_on >= since.first
      JOIN res_company c ON c.id = m.company_id AND c.isp_cfdi_auto
     WHERE m.move_type = 'out_invoice' AND m.state = 'posted' AND m.amount_total > 0
       AND m.payment_state != 'reversed'
       AND NOT EXISTS (SELECT FROM isp_cfdi_place p
                        WHERE p.move_id = m.id AND p.state IN {_PLACED})
       AND NOT EXISTS (SELECT FROM isp_cfdi_document d WHERE d.move_id = m.id)
"""
_LATE = f"""
    SELECT 'late', d.company_id, d.id, d.move_id, d.partner_id, d.issued_at::date,
           d.currency_id, COALESCE(m.amount_total, d.total), 0
      FROM isp_cfdi_document d
 LEFT JOIN account_move m ON m.id = d.move_id
     WHERE d.uuid IS NULL AND d.issued_at < {_NOW} - INTERVAL '72 hours'
       AND COALESCE(m.state, 'posted') != 'cancel'
       AND (d.kind != 'P' OR EXISTS (SELECT FROM isp_cfdi_instalment i WHERE i.document_id = d.id))
"""
_WAITING = f"""
    SELECT 'late', p.company_id, NULL::int, p.move_id, p.partner_id, p.day, m.currency_id,
           p.total, 0
      FROM isp_cfdi_place p
      JOIN account_move m ON m.id = p.move_id
     WHERE p.state = 'pending' AND p.period_end < {_NOW}::date - 3
"""
_AMOUNT = f"""
    SELECT 'amount', d.company_id, d.id, m.id, d.partner_id, d.issued_at::date, d.currency_id,
           m.amount_total, d.total
      FROM isp_cfdi_document d
      JOIN account_move m ON m.id = d.move_id AND {_SAME_KIND}
     WHERE {_LIVE}
       AND (ABS(d.total - m.amount_total) > 0.005 OR d.currency_id != m.currency_id)
"""
_TAX = f"""
    SELECT 'tax', d.company_id, d.id, m.id, d.partner_id, d.issued_at::date, d.currency_id,
           m.amount_tax, d.amount_iva + d.amount_ieps - d.amount_withheld
      FROM isp_cfdi_document d
      JOIN account_move m ON m.id = d.move_id AND {_SAME_KIND}
     WHERE {_LIVE}
       AND ABS(d.total - m.amount_total) <= 0.005 AND d.currency_id = m.currency_id
       AND ABS(d.amount_iva + d.amount_ieps - d.amount_withheld - m.amount_tax) > 0.015
"""
_UNBOOKED = f"""
    SELECT 'unbooked', d.company_id, d.id, d.move_id, d.partner_id, d.issued_at::date,
           d.currency_id, 0, d.total
      FROM isp_cfdi_document d
 LEFT JOIN account_move m ON m.id = d.move_id
 LEFT JOIN isp_cfdi_document origin ON origin.id = d.origin_id
     WHERE {_LIVE} AND d.kind IN ('I', 'E') AND NOT COALESCE(d.is_global, FALSE)
       AND COALESCE(m.state, 'draft') != 'posted'
       AND NOT (d.kind = 'E' AND d.move_id IS NULL AND COALESCE(origin.is_global, FALSE))
"""
_CANCELLED = f"""
    SELECT 'cancelled', d.company_id, d.id, m.id, d.partner_id, d.issued_at::date, d.currency_id,
           m.amount_total, 0
      FROM isp_cfdi_document d
      JOIN account_move m ON m.id = d.move_id AND {_SAME_KIND}
     WHERE d.cancel_state = 'cancelled' AND m.state = 'posted' AND m.payment_state != 'reversed'
       AND NOT EXISTS (SELECT FROM isp_cfdi_document other
                        WHERE other.move_id = m.id AND other.id != d.id
                          AND (other.cancel_state != 'cancelled' OR other.id > d.id))
       AND NOT EXISTS (SELECT FROM account_move back
                        WHERE back.reversed_entry_id = m.id AND back.state = 'posted')
       AND NOT EXISTS (SELECT FROM isp_cfdi_place p
                        WHERE p.move_id = m.id AND p.state IN {_PLACED})
"""
_GLOBAL = f"""
    SELECT 'global', d.company_id, d.id, NULL::int, NULL::int, d.issued_at::date, d.currency_id,
           COALESCE(SUM(p.total), 0), d.total
      FROM isp_cfdi_document d
 LEFT JOIN isp_cfdi_place p ON p.document_id = d.id AND p.state IN ('global', 'leaving', 'left')
     WHERE {_LIVE} AND d.is_global
  GROUP BY d.id
    HAVING ABS(COALESCE(SUM(p.total), 0) - d.total) > 0.005
"""
#: The named invoice counts, and the receipt in the global one too.
_TAKEN = f"""
    SELECT 'global', p.company_id, d.id, p.move_id, p.partner_id, d.issued_at::date, p.currency_id,
           p.total, 2 * p.total
      FROM isp_cfdi_place p
      JOIN isp_cfdi_document d ON d.id = p.document_id AND {_LIVE}
      JOIN isp_cfdi_document note ON note.id = p.credit_id AND note.cancel_state = 'cancelled'
     WHERE p.state = 'left'
       AND EXISTS (SELECT FROM isp_cfdi_document own
                    WHERE own.move_id = p.move_id AND own.kind = 'I'
                      AND own.uuid IS NOT NULL AND own.cancel_state != 'cancelled')
       AND NOT EXISTS (SELECT FROM isp_cfdi_document other
                        WHERE other.replaces_id = note.id
                          AND other.uuid IS NOT NULL AND other.cancel_state != 'cancelled')
"""
_CREDIT = f"""
    SELECT 'credit', m.company_id, NULL::int, m.id, m.commercial_partner_id, m.date,
           m.currency_id, m.amount_total, 0
      FROM account_move m
      JOIN isp_cfdi_place p ON p.move_id = m.reversed_entry_id AND p.state IN {_PLACED}
      JOIN isp_cfdi_document d ON d.id = p.document_id AND {_LIVE}
     WHERE m.move_type = 'out_refund' AND m.state = 'posted' AND m.amount_total > 0
       AND NOT EXISTS (SELECT FROM isp_cfdi_document note
                        WHERE note.move_id = m.id AND note.kind = 'E')
"""
_SAT = """
    SELECT 'sat', d.company_id, d.id, d.move_id, d.partner_id, d.issued_at::date, d.currency_id,
           COALESCE(m.amount_total, d.total), d.total
      FROM isp_cfdi_document d
 LEFT JOIN account_move m ON m.id = d.move_id
     WHERE d.uuid IS NOT NULL AND d.sat_state IS NOT NULL
       AND (d.cancel_state = 'cancelled') != (LEFT(d.sat_state, 9) = 'Cancelado')
"""
_REP_WAITING = f"""
    SELECT 'rep', i.company_id, NULL::int, i.move_id, i.partner_id, i.paid_at::date, i.currency_id,
           i.amount, 0
      FROM isp_cfdi_instalment i
     WHERE i.state = 'pending' AND i.due_date < {_NOW}::date
"""
_REP_UNREPORTED = """
    SELECT 'rep', d.company_id, d.id, m.id, d.partner_id, MAX(part.max_date), d.currency_id,
           SUM(part.debit_amount_currency), 0
      FROM isp_cfdi_document d
      JOIN account_move m ON m.id = d.move_id
      JOIN account_move_line owed ON owed.move_id = m.id
      JOIN account_partial_reconcile part ON part.debit_move_id = owed.id
      JOIN account_move_line paid ON paid.id = part.credit_move_id
      JOIN account_move source ON source.id = paid.move_id
       AND (source.origin_payment_id IS NOT NULL OR source.statement_line_id IS NOT NULL)
     WHERE d.kind = 'I' AND d.pay_method = 'PPD' AND d.cancel_state != 'cancelled'
       AND NOT EXISTS (SELECT FROM isp_cfdi_instalment i
                        WHERE i.partial_id = part.id AND i.state != 'undone')
  GROUP BY d.id, m.id
"""
_REP_UNDONE = f"""
    SELECT 'rep', d.company_id, d.id, i.move_id, d.partner_id, d.issued_at::date, i.currency_id,
           0, i.amount
      FROM isp_cfdi_instalment i
      JOIN isp_cfdi_document d ON d.id = i.document_id AND {_LIVE}
     WHERE i.state = 'issued' AND i.partial_id IS NULL
"""
#: A cent for each payment that was turned into pesos.
_REP_AMOUNT = f"""
    SELECT 'rep', d.company_id, d.id, NULL::int, d.partner_id, d.issued_at::date, d.currency_id,
           SUM(ROUND((i.pay_amount * i.pay_rate)::numeric, 2)), d.amount_paid
      FROM isp_cfdi_document d
      JOIN isp_cfdi_instalment i ON i.document_id = d.id
     WHERE {_LIVE} AND d.kind = 'P'
  GROUP BY d.id
    HAVING ABS(SUM(ROUND((i.pay_amount * i.pay_rate)::numeric, 2)) - d.amount_paid)
           > 0.005 + 0.01 * COUNT(*)
"""
#: Columns of every query, in this order.
COLUMNS = (
    "kind",
    "company_id",
    "document_id",
    "move_id",
    "partner_id",
    "date",
    "currency_id",
    "booked",
    "stamped",
)
QUERIES = (
    _MISSING,
    _LATE,
    _WAITING,
    _AMOUNT,
    _TAX,
    _UNBOOKED,
    _CANCELLED,
    _GLOBAL,
    _TAKEN,
    _CREDIT,
    _SAT,
    _REP_WAITING,
    _REP_UNREPORTED,
    _REP_UNDONE,
    _REP_AMOUNT,
)


def differences() -> str:
    """All kinds as one query with a row number as ``id``."""
    found = " UNION ALL ".join(f"({query})" for query in QUERIES)
    columns = ", ".join(COLUMNS)
    return (
        f"SELECT ROW_NUMBER() OVER (ORDER BY kind, move_id, document_id)::int AS id, {columns},"
        f" stamped - booked AS difference FROM ({found}) AS found ({columns})"
    )
