from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, float_round

from ..services.money import affordable
from ..services.periods import Period, count_months, cut_off, first_gap, next_months


class IspSubscription(models.Model):
    """What the customer is asked to pay, and where his money goes."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS: QUOTE === #

    def _get_payment_quote(self, months=1):
        """Return what paying ``months`` months from the cut-off date costs, line by line.

        Open invoices always come first and whole: months they already bill count as months.
        Credit of the payer that is left is deducted.

        :param int months: 0 (only what is open) to the company's maximum
        :return: dict with ``subscription``, ``months``, ``lines`` (dicts with ``kind``
            ``open_invoice``/``charge``/``period``/``credit``, ``name``, ``date_start``,
            ``date_end``, ``amount``, ``move_id``), ``total``, ``cutoff_date``,
            ``new_cutoff_date`` and ``currency``
        :raise UserError: when ``months`` is out of range
        """
        self.ensure_one()
        if not 0 <= months <= self.company_id.isp_max_months:
            raise UserError(
                self.env._("Choose between 0 and %s months.", self.company_id.isp_max_months)
            )
        record = self.sudo()
        lines = [record._quote_open_line(move) for move in record._isp_open_moves()]
        ahead = record._periods_ahead(months)
        lines += [record._quote_period_line(period) for period in ahead]
        due = sum(line["amount"] for line in lines)
        credit = min(record.credit_balance, due)
        if float_compare(credit, 0.0, precision_digits=2) > 0:
            lines.append(self._quote_line("credit", self.env._("Credit balance"), -credit))
        return {
            "subscription": self,
            "months": months,
            "lines": lines,
            "total": float_round(due - max(credit, 0.0), precision_digits=2),
            "cutoff_date": self.cutoff_date,
            "new_cutoff_date": record._cutoff_after(ahead),
            "currency": self.currency_id,
        }

    def _quote_line(self, kind, name, amount, date_start=False, date_end=False, move=None):
        return {
            "kind": kind,
            "name": name,
            "date_start": date_start,
            "date_end": date_end,
            "amount": amount,
            "move_id": move.id if move else False,
        }

    def _quote_open_line(self, move):
        """Return the quote line of an open invoice; without periods it is a charge."""
        lines = move.line_ids.filtered(lambda line: line.isp_subscription_id == self)
        rows = lines.isp_period_ids.filtered(lambda row: row.state == "billed")
        rows = rows.sorted("date_start")
        if not rows:
            name = lines[:1].name or move.name
            return self._quote_line("charge", name, move.amount_residual, move=move)
        period = Period(rows[0].date_start, rows[-1].date_end)
        name = self._period_label(period)
        return self._quote_line("open_invoice", name, move.amount_residual, *period, move)

    def _quote_period_line(self, period):
        return self._quote_line(
            "period", self._period_label(period), self._period_price(period), *period
        )

    def _periods_ahead(self, months):
        """Return the periods still to be billed so that ``months`` months follow the cut-off."""
        return self._next_months(self._months_ahead(months))

    def _months_ahead(self, months):
        """Return how many of ``months`` months from the cut-off are not billed yet."""
        self.ensure_one()
        billed = self.period_ids.filtered(lambda row: row.state == "billed")
        return max(months - count_months(billed.mapped("date_start"), self.anchor_day), 0)

    def _next_months(self, months):
        """Return the free periods of the next ``months`` months that can be paid ahead."""
        self.ensure_one()
        start = self._first_day_ahead()
        if not start:
            return []
        taken = [
            (row.date_start, row.date_end)
            for row in self.sudo().period_ids
            if row.state != "void" and row.date_end > start
        ]
        periods = next_months(start, self.anchor_day, months, taken)
        return cut_off(periods, self.date_end or None)

    def _cutoff_after(self, ahead):
        """Return the cut-off date when the debt and the periods ``ahead`` are paid."""
        self.ensure_one()
        if not ahead:
            return self._first_day_ahead()
        off = [
            (row.date_start, row.date_end)
            for row in self.period_ids
            if row.state == "off" and row.date_end > ahead[-1].start
        ]
        return first_gap(ahead[-1].start, [*off, *ahead])

    def _first_day_ahead(self):
        """Return the first day that a payment now would pay ahead.

        Days without service that were not billed are skipped when the payment reactivates.
        """
        self.ensure_one()
        today = self.company_id._isp_today()
        if self._skips_days_off() and self.next_billing_date and self.next_billing_date < today:
            return today
        return self.next_billing_date

    # === BUSINESS METHODS: SETTLEMENT === #

    def _isp_settle_payment(self, payment, months=0, amount_due=None, plan=None):
        """Allocate ``payment``: this service's debt, months ahead, then the payer's other debt.

        What was quoted is honoured first. The rest stays as credit of the payer. Calling it
        again for the same payment changes nothing.

        :param payment: posted inbound ``account.payment`` of the payer
        :param int months: months from the cut-off date the customer chose
        :param float amount_due: total that was asked for ("Total" of the payment row)
        :param dict plan: ``{subscription: months}`` when one payment covers several services of
            the payer; ``self`` is the one shown on the payment row
        :return: the invoices that the payment touched
        """
        self.ensure_one()
        subscription, payment_sudo = self.sudo(), payment.sudo()
        plan = {sub.sudo(): count for sub, count in (plan or {self: months}).items()}
        services = subscription.union(*plan)
        services._lock_for_settlement()
        if payment_sudo.isp_settled:
            return self.env["account.move"]
        for service in services:
            payment_sudo._isp_check_settlable(service)
        cutoffs = {service: service.cutoff_date for service in services}
        if amount_due is None:
            amount_due = subscription._amount_asked(payment_sudo, plan)
        payment_sudo.write({"isp_subscription_id": subscription.id, "isp_settled": True})
        moves = services._isp_allocate_plan(plan)
        services._isp_invalidate_balances()
        payment_sudo.write(
            {
                "isp_cutoff_from": cutoffs[subscription],
                "isp_cutoff_to": subscription.cutoff_date,
                "isp_amount_due": amount_due,
            }
        )
        payment_sudo._isp_note_services(cutoffs)
        services._isp_refresh_service()
        return moves.with_env(self.env)

    def _isp_allocate_plan(self, plan):
        """Spend the payer's credit: a plan change it completes, debt, months ahead, other debt.

        :param dict plan: ``{subscription: months}``, a subset of ``self``
        :return: the invoices that received money
        """
        moves = self._isp_try_plan_change()
        # months that the debt does not contain, counted before the debt is paid
        ahead = {service: service._months_ahead(months) for service, months in plan.items()}
        for service in plan:
            moves |= service._allocate_credit(service._isp_open_moves())
        for service, count in ahead.items():
            moves |= service._bill_ahead(count)
        last = self[:1]
        return moves | last._allocate_credit(last._isp_payer_open_moves())

    def _isp_try_plan_change(self):
        """Hook: apply the plan changes of these services that the payer's credit now pays.

        Called whenever credit arrives, before it is spent on anything else.

        :return: the invoices that received money
        """
        return self.env["account.move"].sudo()

    def _amount_asked(self, payment, plan):
        """Return the total that was due just before ``payment`` came in, its amount if none."""
        self.ensure_one()
        charges = 0.0
        for service, months in plan.items():
            lines = service._get_payment_quote(months)["lines"]
            charges += sum(line["amount"] for line in lines if line["kind"] != "credit")
        own = -sum(payment._isp_receivable_lines().mapped("amount_residual"))
        other_credit = max(self._isp_credit_amount() - own, 0.0)
        return float_round(max(charges - other_credit, 0.0), precision_digits=2) or payment.amount

    def _lock_for_settlement(self):
        """Let two payments of one service wait for each other (the second sees the first).

        Rows that merely name the service (a line of a simulation, a mail) go on: a stronger lock
        would refuse every longer transaction that began before the payment.
        """
        lock = "SELECT id FROM isp_subscription WHERE id IN %s ORDER BY id FOR NO KEY UPDATE"
        query = SQL(lock, tuple(self.ids))
        # Refused because another one was faster is no error: the server runs the work again.
        self.env.cr.execute(query, log_exceptions=False)

    def _bill_ahead(self, months):
        """Bill and settle the chosen months that the credit pays completely, on one invoice."""
        self.ensure_one()
        if months <= 0:
            return self.env["account.move"]
        periods = self._next_months(months)
        count = affordable(
            self._isp_credit_amount(), [self._period_price(period) for period in periods]
        )
        if not count:
            return self.env["account.move"]
        move = self._isp_invoice([(self, periods[:count])], self.company_id._isp_today())
        self._allocate_credit(move)
        return move

    def _isp_credit_amount(self):
        """Return the unallocated credit of the payer, fresh from the journal items."""
        self.ensure_one()
        key = (self.commercial_partner_id.id, self.company_id.id)
        return self._isp_credits().get(key, 0.0)

    def _apply_credit(self):
        """Settle what is open with the payer's credit, the oldest first; return the invoices."""
        touched = self.env["account.move"]
        subscriptions = self.sudo()
        credits = subscriptions._isp_credits()
        for (payer, company), group in subscriptions.grouped(
            lambda subscription: (subscription.commercial_partner_id, subscription.company_id)
        ).items():
            if credits.get((payer.id, company.id), 0.0) > 0:
                touched |= group._isp_try_plan_change()
                subscription = group[:1]
                open_moves = subscription._isp_payer_open_moves()
                touched |= subscription._allocate_credit(open_moves)
        return touched

    def _allocate_credit(self, moves):
        """Reconcile the payer's open credits with ``moves``, one after the other.

        :return: the invoices that received money
        """
        self.ensure_one()
        touched = self.env["account.move"]
        for move in moves:
            debits = move.line_ids.filtered(
                lambda line: (
                    line.account_id.account_type == "asset_receivable" and not line.reconciled
                )
            )
            credits = self._isp_credit_lines(debits.account_id)
            if not debits or not credits:
                continue
            (debits | credits).reconcile()
            touched |= move
        return touched

    def _isp_credit_lines(self, accounts):
        """Return the payer's open credit lines on ``accounts``, the oldest first."""
        self.ensure_one()
        lines = self.env["account.move.line"].search(
            self._get_credit_line_domain() & Domain("account_id", "in", accounts.ids),
            order="date, id",
        )
        return lines.with_env(self.env)  # without the domain, see _isp_open_moves

    def _isp_check_payable(self):
        """Raise a `UserError` when the service cannot take a payment in its present state."""
        for subscription in self:
            if subscription.state in ("draft", "cancelled"):
                raise UserError(
                    self.env._("%s cannot be paid in its present state.", subscription.name)
                )
