from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..services.situation_sql import SITUATION

COMPARISONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "=", "!=": "<>"}


class Situation(NamedTuple):
    """What one service owes and what its payer has in favour, in the company's currency."""

    balance: float = 0.0  # open amount of its posted invoices
    overdue: float = 0.0  # the part of it that is past its due date
    oldest_due: object = None  # due date of the oldest overdue invoice
    credit: float = 0.0  # unallocated credit of the payer, shared by his services


class IspSubscription(models.Model):
    """What is owed and what is in favour, read from the journal items in one query."""

    _inherit = "isp.subscription"

    balance_due = fields.Monetary(
        string="Charges", compute="_compute_situation", search="_search_balance_due"
    )
    overdue_amount = fields.Monetary(
        string="Overdue",
        compute="_compute_situation",
        search="_search_overdue_amount",
        help="Charges past their due date.",
    )
    overdue_since = fields.Date(
        compute="_compute_situation",
        search="_search_overdue_since",
        help="Due date of the oldest overdue invoice.",
    )
    credit_balance = fields.Monetary(
        compute="_compute_situation",
        search="_search_credit_balance",
        help="Money of the payer not allocated yet.",
    )
    last_payment_date = fields.Datetime(string="Last payment", compute="_compute_last_payment_date")

    # === COMPUTE METHODS === #

    @api.depends("period_ids.amount_open", "period_ids.state")
    def _compute_situation(self):
        situations = self._isp_situation()
        for subscription in self:
            found = situations.get(subscription._origin.id, Situation())
            subscription.balance_due = found.balance
            subscription.overdue_amount = found.overdue
            subscription.overdue_since = found.oldest_due
            subscription.credit_balance = found.credit

    def _compute_last_payment_date(self):
        groups = (
            self.env["account.payment"]
            .sudo()
            ._read_group(
                [
                    ("isp_subscription_id", "in", self.ids),
                    ("state", "in", ("in_process", "paid")),
                ],
                ["isp_subscription_id"],
                ["isp_paid_at:max"],
            )
        )
        dates = {subscription.id: moment for subscription, moment in groups}
        for subscription in self:
            subscription.last_payment_date = dates.get(subscription.id, False)

    def _search_balance_due(self, operator, value):
        return self._isp_search_situation("balance", operator, value)

    def _search_overdue_amount(self, operator, value):
        return self._isp_search_situation("overdue", operator, value)

    def _search_credit_balance(self, operator, value):
        return self._isp_search_situation("credit", operator, value)

    def _search_overdue_since(self, operator, value):
        if operator in ("in", "not in") and list(value) == [False]:
            return self._search_overdue_amount(">" if operator == "not in" else "<=", 0.0)
        if operator not in ("<", "<=", ">", ">=") or not value:
            return NotImplemented
        column = SQL("oldest_due %s %s", SQL(operator), fields.Date.to_date(value))
        return self._isp_situation_domain(column)

    def _isp_search_situation(self, column, operator, value):
        """Return the domain of the services whose ``column`` compares so; nobody owes is 0."""
        if operator not in COMPARISONS or not isinstance(value, int | float):
            return NotImplemented
        test = SQL("%s %s %s", SQL(column), SQL(COMPARISONS[operator]), value)
        zero_passes = {
            "<": value > 0,
            "<=": value >= 0,
            ">": value < 0,
            ">=": value <= 0,
            "=": value == 0,
            "!=": value != 0,
        }[operator]
        if zero_passes:
            return ~self._isp_situation_domain(SQL("NOT (%s)", test))
        return self._isp_situation_domain(test)

    def _isp_situation_domain(self, condition):
        """Return the domain of the services with a row in the situation that meets a condition."""
        self._isp_flush_situation()
        rows = self._isp_situation_query(self.env.companies)
        # An array is worked out once; as a subquery the planner may ask it again for every row.
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%s = ANY(ARRAY(SELECT subscription_id FROM (%s) AS situation WHERE %s))",
                SQL.identifier(alias, "id"),
                rows,
                condition,
            )
        )

    # === BUSINESS METHODS: SITUATION === #

    def _isp_situation(self, date=None):
        """Return ``{id: Situation}`` of these services, fresh from the journal items.

        :param date: day on which "overdue" is judged (default: today where the company is)
        """
        if not self.ids:
            return {}
        self._isp_flush_situation()
        query = self._isp_situation_query(self.sudo().company_id, date, self.ids)
        rows = self.env.execute_query(query)
        return {
            sub_id: Situation(float(balance), float(overdue), oldest_due, float(credit))
            for sub_id, balance, overdue, oldest_due, credit in rows
        }

    def _isp_flush_situation(self):
        """Write what is still only in memory, so that the query sees it."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["isp.subscription"].flush_model()

    @api.model
    def _isp_situation_query(self, companies, date=None, ids=None, grace_days=None):
        """Return the SQL of ``(subscription_id, balance, overdue, oldest_due, credit)``.

        One row per service that owes something or whose payer has credit. An invoice of several
        services counts for each by its share of the total. Callers flush before
        (`_isp_flush_situation`).

        :param companies: the companies of the services
        :param date: day on which "overdue" is judged, default each company's own today
        :param ids: only these services
        :param int grace_days: adds a column ``late``, what is due for more than these days
        """
        days = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, date or company._isp_today())
            for company in companies.sudo()
        )
        return SQL(
            SITUATION,
            days=days,
            companies=tuple(companies.ids),
            **self._isp_situation_filters(ids),
            **self._isp_situation_late(grace_days),
        )

    def _isp_situation_filters(self, ids):
        """Return the conditions that narrow the situation to the services ``ids``, or none."""
        if ids is None:
            return dict.fromkeys(("only", "own", "moves", "payers"), SQL())
        ids = tuple(ids)
        return {
            "only": SQL("AND sub.id IN %s", ids),
            "own": SQL("AND line.isp_subscription_id IN %s", ids),
            "moves": SQL(
                "AND move.id IN (SELECT line.move_id FROM account_move_line line"
                " WHERE line.isp_subscription_id IN %s)",
                ids,
            ),
            "payers": SQL(
                "AND partner.commercial_partner_id IN"
                " (SELECT commercial_partner_id FROM isp_subscription WHERE id IN %s)",
                ids,
            ),
        }

    def _isp_situation_late(self, grace_days):
        """Return the column of what is due for more than ``grace_days`` days, or none."""
        if grace_days is None:
            return {"late": SQL(), "late_shown": SQL()}
        late = SQL(
            ", COALESCE(SUM(debt.amount)"
            " FILTER (WHERE debt.due_date < today.day - %s::int), 0) AS late",
            grace_days,
        )
        return {"late": late, "late_shown": SQL(", COALESCE(owed.late, 0) AS late")}

    def _isp_invalidate_balances(self):
        """Forget cached figures after journal items changed."""
        self.invalidate_model(
            ["balance_due", "overdue_amount", "overdue_since", "credit_balance"]
            + ["last_payment_date"]
        )
