from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_round

OPEN_PAYMENT_STATES = ("not_paid", "partial")
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
        only = own = moves = payers = late = SQL()
        if grace_days is not None:
            late = SQL(
                ", COALESCE(SUM(debt.amount)"
                " FILTER (WHERE debt.due_date < today.day - %s::int), 0) AS late",
                grace_days,
            )
        if ids is not None:
            only = SQL("AND sub.id IN %s", tuple(ids))
            own = SQL("AND line.isp_subscription_id IN %s", tuple(ids))
            moves = SQL(
                "AND move.id IN (SELECT line.move_id FROM account_move_line line"
                " WHERE line.isp_subscription_id IN %s)",
                tuple(ids),
            )
            payers = SQL(
                "AND partner.commercial_partner_id IN"
                " (SELECT commercial_partner_id FROM isp_subscription WHERE id IN %s)",
                tuple(ids),
            )
        return SQL(
            """
            WITH today(company_id, day) AS (VALUES %(days)s),
            debt AS (
                SELECT share.subscription_id,
                       move.company_id,
                       ROUND(move.amount_residual * share.total
                             / NULLIF(move.amount_total, 0), 2) AS amount,
                       move.invoice_date_due AS due_date
                  FROM account_move move
            -- lateral: the open invoices are few among all, their lines are looked up one by one
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
            """,
            days=days,
            companies=tuple(companies.ids),
            only=only,
            own=own,
            moves=moves,
            payers=payers,
            late=late,
            late_shown=SQL(", COALESCE(owed.late, 0) AS late") if late else SQL(),
        )

    # === BUSINESS METHODS: OPEN ITEMS === #

    def _isp_credits(self):
        """Return ``{(payer id, company id): unallocated credit}`` of the payers of ``self``."""
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                self._get_credit_line_domain(),
                ["partner_id", "company_id"],
                ["amount_residual:sum"],
            )
        )
        credits = {}
        for partner, company, residual in groups:
            key = (partner.commercial_partner_id.id, company.id)
            credits[key] = float_round(credits.get(key, 0.0) - residual, precision_digits=2)
        return credits

    def _get_credit_line_domain(self):
        """Return the domain of the open credits (payments, credit notes) of the payers."""
        return (
            Domain("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("amount_residual", "<", 0)
            & Domain("reconciled", "=", False)
        )

    def _isp_open_moves(self):
        """Return the open customer invoices of these subscriptions, the oldest first."""
        lines = self.env["account.move.line"].search(
            Domain("isp_subscription_id", "in", self.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("move_id.move_type", "=", "out_invoice")
            & Domain("move_id.payment_state", "in", OPEN_PAYMENT_STATES)
        )
        return lines.move_id._isp_oldest_first()

    def _isp_payer_open_moves(self):
        """Return every open customer invoice of the payer in this company, the oldest first."""
        self.ensure_one()
        moves = self.env["account.move"].search(
            Domain("commercial_partner_id", "=", self.commercial_partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "posted")
            & Domain("move_type", "=", "out_invoice")
            & Domain("payment_state", "in", OPEN_PAYMENT_STATES)
        )
        return moves._isp_oldest_first()

    def _isp_overdue_amount(self, date, grace_days=0):
        """Return the open amount due more than ``grace_days`` days before ``date``."""
        self.ensure_one()
        overdue = (
            self.sudo()
            ._isp_open_moves()
            .filtered(lambda move: (date - move.invoice_date_due).days > grace_days)
        )
        shares = [move._isp_open_share(self) for move in overdue]
        return float_round(sum(shares), precision_digits=2)

    def _isp_invalidate_balances(self):
        """Forget cached figures after journal items changed."""
        self.invalidate_model(
            ["balance_due", "overdue_amount", "overdue_since", "credit_balance"]
            + ["last_payment_date"]
        )
