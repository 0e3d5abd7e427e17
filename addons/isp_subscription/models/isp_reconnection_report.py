from odoo import fields, models
from odoo.tools import SQL


class IspReconnectionReport(models.Model):
    """How long customers wait for their service after paying, month by month."""

    _name = "isp.reconnection.report"
    _description = "Reconnection times"
    _auto = False
    _order = "month desc, company_id"
    _rec_name = "month"

    company_id = fields.Many2one("res.company", readonly=True)
    month = fields.Date(readonly=True)
    count = fields.Integer(string="Reconnections", readonly=True)
    median_seconds = fields.Float(string="Median (s)", readonly=True, aggregator="avg")
    p95_seconds = fields.Float(
        string="95 % within (s)", readonly=True, aggregator="max", help="95th percentile."
    )
    max_seconds = fields.Integer(string="Longest (s)", readonly=True, aggregator="max")
    late_count = fields.Integer(string="Past the legal limit", readonly=True)
    waiting_count = fields.Integer(string="Still waiting", readonly=True)

    @property
    def _table_query(self):
        """Return the query of the report; a month is that of the payment, in UTC."""
        return SQL(
            """
            SELECT MIN(id) AS id,
                   company_id,
                   DATE_TRUNC('month', paid_at)::date AS month,
                   COUNT(*) AS count,
                   PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY seconds_to_restore)
                       FILTER (WHERE network_confirmed_at IS NOT NULL) AS median_seconds,
                   PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY seconds_to_restore)
                       FILTER (WHERE network_confirmed_at IS NOT NULL) AS p95_seconds,
                   MAX(seconds_to_restore) AS max_seconds,
                   COUNT(*) FILTER (
                       WHERE COALESCE(network_confirmed_at, NOW() AT TIME ZONE 'UTC') > deadline
                   ) AS late_count,
                   COUNT(*) FILTER (WHERE network_confirmed_at IS NULL) AS waiting_count
              FROM isp_suspension
             WHERE paid_at IS NOT NULL
          GROUP BY company_id, DATE_TRUNC('month', paid_at)
            """
        )
