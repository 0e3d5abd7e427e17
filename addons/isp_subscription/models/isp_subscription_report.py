from odoo import fields, models
from odoo.tools import SQL


class IspSubscriptionReport(models.Model):
    """Customers and income month by month: who was there, came, left, was cut and came back.

    One row per service and month in which it was billed, and one per event. Who is there and
    for how much is read on the last day of the month, today in the present one: from the ledger,
    and for days not billed yet from the services themselves. Months are of the database's
    calendar (UTC), amounts with tax in the currency of the company.
    """

    _name = "isp.subscription.report"
    _description = "Customers and income by month"
    _auto = False
    _order = "date desc, id"
    _rec_name = "subscription_id"
    _depends = {
        "isp.subscription": [
            "branch_id",
            "company_id",
            "date_end",
            "date_start",
            "next_billing_date",
            "partner_id",
            "plan_id",
            "price_total",
            "state",
            "zone_id",
        ],
        "isp.subscription.period": [
            "date_end",
            "date_start",
            "kind",
            "plan_id",
            "price",
            "state",
            "subscription_id",
        ],
        "isp.suspension": ["date_from", "date_to", "reactivated_by", "reason", "subscription_id"],
    }

    date = fields.Date(string="Month", readonly=True)
    event = fields.Selection(
        [
            ("active", "Billed customer"),
            ("new", "New"),
            ("churned", "Left"),
            ("suspended", "Cut for debt"),
            ("reactivated", "Came back"),
        ],
        readonly=True,
    )
    subscription_id = fields.Many2one("isp.subscription", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    plan_id = fields.Many2one("product.template", readonly=True)
    zone_id = fields.Many2one("isp.zone", readonly=True)
    branch_id = fields.Many2one("isp.branch", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    active_count = fields.Integer(string="Customers at the end of the month", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    churned_count = fields.Integer(string="Left", readonly=True)
    net_count = fields.Integer(string="New less left", readonly=True)
    suspended_count = fields.Integer(string="Cut for debt", readonly=True)
    reactivated_count = fields.Integer(string="Came back", readonly=True)
    mrr = fields.Monetary(
        string="Monthly income",
        readonly=True,
        help="Monthly prices, with tax, of the customers at the end of the month.",
    )
    mrr_new = fields.Monetary(string="Income of the new", readonly=True)
    mrr_churned = fields.Monetary(string="Income of those who left", readonly=True)

    @property
    def _table_query(self):
        """Return the SQL of the report; every event has the same columns."""
        return SQL(
            """
            SELECT ROW_NUMBER() OVER (ORDER BY found.date, found.event, found.subscription_id,
                                      found.plan_id) AS id,
                   found.date,
                   found.event,
                   found.subscription_id,
                   found.plan_id,
                   sub.partner_id,
                   sub.zone_id,
                   sub.branch_id,
                   sub.company_id,
                   (found.event = 'active')::int AS active_count,
                   (found.event = 'new')::int AS new_count,
                   (found.event = 'churned')::int AS churned_count,
                   (found.event = 'new')::int - (found.event = 'churned')::int AS net_count,
                   (found.event = 'suspended')::int AS suspended_count,
                   (found.event = 'reactivated')::int AS reactivated_count,
                   CASE WHEN found.event = 'active' THEN found.price ELSE 0 END AS mrr,
                   CASE WHEN found.event = 'new' THEN found.price ELSE 0 END AS mrr_new,
                   CASE WHEN found.event = 'churned' THEN found.price ELSE 0 END AS mrr_churned
              FROM (%s UNION ALL %s UNION ALL %s) AS found
              JOIN isp_subscription sub ON sub.id = found.subscription_id
            """,
            self._billed_query(),
            self._unbilled_query(),
            self._event_query(),
        )

    def _billed_query(self):
        """Return who the ledger covers on the last day of each month."""
        return SQL(
            """
            SELECT snapshot.month AS date, 'active' AS event, period.subscription_id,
                   period.plan_id, period.price
              FROM isp_subscription_period period
              JOIN isp_subscription sub ON sub.id = period.subscription_id
        CROSS JOIN LATERAL (
                   SELECT first::date AS month,
                          LEAST((first + INTERVAL '1 month - 1 day')::date, CURRENT_DATE) AS day
                     FROM generate_series(date_trunc('month', period.date_start),
                                          LEAST(period.date_end, CURRENT_DATE),
                                          INTERVAL '1 month') AS first) snapshot
             WHERE period.kind = 'service' AND period.state IN ('billed', 'paid')
               AND snapshot.day >= period.date_start AND snapshot.day < period.date_end
               AND (sub.date_end IS NULL OR snapshot.day < sub.date_end)
            """
        )

    def _unbilled_query(self):
        """Return the services that run on days that are not billed yet (postpaid, backlog)."""
        return SQL(
            """
            SELECT snapshot.month AS date, 'active' AS event, sub.id, sub.plan_id, sub.price_total
              FROM isp_subscription sub
        CROSS JOIN LATERAL (
                   SELECT first::date AS month,
                          LEAST((first + INTERVAL '1 month - 1 day')::date, CURRENT_DATE) AS day
                     FROM generate_series(date_trunc('month', sub.next_billing_date), CURRENT_DATE,
                                          INTERVAL '1 month') AS first) snapshot
             WHERE sub.state IN ('active', 'grace') AND snapshot.day >= sub.next_billing_date
               AND (sub.date_end IS NULL OR snapshot.day < sub.date_end)
            """
        )

    def _event_query(self):
        """Return who came, left, was cut for debt and came back."""
        return SQL(
            """
            SELECT date_trunc('month', date_start)::date AS date, 'new' AS event, id, plan_id,
                   price_total
              FROM isp_subscription
             WHERE date_start IS NOT NULL AND state NOT IN ('draft', 'to_install')
         UNION ALL
            SELECT date_trunc('month', date_end)::date, 'churned', id, plan_id, price_total
              FROM isp_subscription
             WHERE date_end IS NOT NULL AND date_start IS NOT NULL AND state = 'cancelled'
         UNION ALL
            SELECT date_trunc('month', date_from)::date, 'suspended', subscription_id,
                   sub.plan_id, sub.price_total
              FROM isp_suspension JOIN isp_subscription sub ON sub.id = subscription_id
             WHERE reason = 'debt'
         UNION ALL
            SELECT date_trunc('month', date_to)::date, 'reactivated', subscription_id,
                   sub.plan_id, sub.price_total
              FROM isp_suspension JOIN isp_subscription sub ON sub.id = subscription_id
             WHERE reason = 'debt' AND date_to IS NOT NULL AND reactivated_by IS NOT NULL
            """
        )
