from datetime import date
from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..services.money import to_money
from ..services.periods import (
    Period,
    cut_off,
    first_gap,
    next_cut,
    next_periods,
)
from ..services.plan_change import (
    Line,
    Terms,
    cheapest,
    cut_for_change,
    is_adjusted,
    period_factors,
    rest,
)

FOREVER = date(9999, 12, 31)


class IspSubscription(models.Model):
    """What changing the plan costs now: read from the ledger, nothing is written."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_change_terms(self, plan, policy, price=0.0, requested=None):
        """Return the ``Terms`` of changing to ``plan`` at this moment.

        :param plan: new plan
        :param str policy: ``on_payment``, ``now_credit`` or ``next_cutoff``
        :param float price: monthly price with tax, default that of the plan
        :param date requested: day of the request; the customer keeps the better of both days
        :raise UserError: when periods that are over were not billed yet
        """
        self.ensure_one()
        today = self.company_id._isp_today()
        lang = self.partner_id.lang or self.company_id._isp_lang()
        record = self.sudo().with_context(lang=lang)
        target = record._isp_as_if(plan, price)
        build = getattr(record, f"_isp_terms_{policy}")
        found, refused = [], None
        for day in dict.fromkeys((requested or today, today)):
            try:
                found.append(build(target, day))
            except UserError as error:
                refused = error
        if not found:
            raise refused
        terms = cheapest(found)
        if policy == "next_cutoff":
            return terms
        return terms.with_credit(record.env._("Credit balance"), record._isp_credit_amount())

    def _isp_as_if(self, plan, price=0.0):
        """Return this service with another plan, in memory only: prices and texts follow.

        It has no origin: Odoo keeps one cache for all the copies of a record that have.
        """
        self.ensure_one()
        return self.new(
            {
                "name": self.name,
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "date_start": self.date_start,
                "anchor_day": self.anchor_day,
                "plan_id": plan.id,
                "price_override": price,
            }
        )

    # === HELPERS: POLICIES === #

    def _isp_terms_on_payment(self, target, day):
        """Return the terms of one month of the new plan from the first day not covered.

        Unpaid periods that are not over are replaced, the ones that are over stay a debt.
        """
        replaced = self._isp_replaced_rows(day)
        month = self._isp_month_to_bill(replaced, day)
        quotes = [
            quote
            for quote in self._isp_quote_credit_days(day, FOREVER)
            if quote["row"].state == "paid" and self._isp_is_adjusted(quote, target, day)
        ]
        charges = [Period(quote["date_start"], quote["date_end"]) for quote in quotes]
        lines = [*self._isp_debt_lines(replaced), target._isp_charge_line("month", month)]
        lines += [target._isp_charge_line("days", period) for period in charges]
        lines += [self._isp_unused_line(quote) for quote in quotes]
        lines += self._isp_released_lines(replaced)
        credits = [Period(row.date_start, row.date_end) for row in replaced]
        return Terms(
            "on_payment",
            day,
            tuple(lines),
            (*charges, *credits),
            (*charges, month),
            max(month.end, self.cutoff_date),
        )

    def _isp_terms_now_credit(self, target, day):
        """Return the terms of crediting billed days from ``day`` on and charging them anew."""
        if self.billing_mode == "postpaid":
            return self._isp_terms_used_days(day)
        quotes = self._isp_quote_credit_days(day, FOREVER)
        periods = [Period(quote["date_start"], quote["date_end"]) for quote in quotes]
        charges = [target._isp_charge_line("days", period) for period in periods]
        unused = [self._isp_unused_line(quote) for quote in quotes]
        net = sum((line.amount for line in (*charges, *unused)), Decimal(0))
        # A change that costs nothing more does not wait for a debt to be paid.
        debts = self._isp_debt_lines(overdue=day) if net > 0 else []
        return Terms(
            "now_credit",
            day,
            (*debts, *charges, *unused),
            tuple(periods),
            tuple(periods),
            self.cutoff_date,
        )

    def _isp_terms_used_days(self, day):
        """Return the terms of a postpaid service: days used so far are billed at the old price."""
        used = cut_off(self._next_periods(until=day), day)
        lines = (self._isp_charge_line("used", period) for period in used)
        # They are billed as usual, with their days to pay: nothing has to arrive now.
        shown = tuple(line._replace(amount=Decimal(0)) for line in lines)
        return Terms("now_credit", day, shown, (), tuple(used), self.cutoff_date)

    def _isp_terms_next_cutoff(self, target, day):
        """Return the terms of a change at the next cut: nothing is paid now."""
        covered = self.next_billing_date if self.billing_mode == "postpaid" else self.cutoff_date
        cut = cut_for_change(covered, day, self.anchor_day)
        concept = self.env._(
            "%(plan)s from %(date)s on, %(price)s a month",
            plan=target.plan_id.name,
            date=self._isp_day_text(cut),
            price=self.currency_id.format(target.price_total),
        )
        line = Line("later", concept, "", Decimal("0.00"))
        return Terms("next_cutoff", cut, (line,), covered_until=covered)

    # === HELPERS: PARTS === #

    def _isp_replaced_rows(self, day):
        """Return the unpaid ledger rows whose days are not over: the change replaces them."""
        return self._isp_live_rows().filtered(
            lambda row: row.state == "billed" and row.date_end > day
        )

    def _isp_month_to_bill(self, replaced, day):
        """Return the first period that neither a paid nor an ended row covers.

        :raise UserError: when it is over already, so that it has to be billed at the old price
        """
        kept = self.period_ids.filtered(lambda row: row.state != "void") - replaced
        taken = [(row.date_start, row.date_end) for row in kept]
        start = first_gap(self.date_start, taken)
        ahead = self._first_day_ahead()
        if not replaced and ahead:
            start = max(start, ahead)
        periods = cut_off(next_periods(start, self.anchor_day, 1, taken), self.date_end or None)
        if not periods or periods[0].end <= day:
            raise UserError(
                self.env._(
                    "%s has a period that is over and not billed yet: bill it first.", self.name
                )
            )
        return periods[0]

    def _isp_is_adjusted(self, quote, target, day):
        mode = self.company_id.isp_change_unused_days
        is_ahead = quote["date_start"] >= next_cut(day, self.anchor_day)
        return is_adjusted(mode, quote["price"], target.price_total, is_ahead)

    def _isp_debt_lines(self, replaced=(), overdue=None):
        """Return the lines of the open invoices, without what the change replaces of them.

        :param date overdue: only the invoices due before this day
        """
        lines = []
        for entry in self._get_payment_quote(0)["lines"]:
            move = self.env["account.move"].browse(entry["move_id"] or [])
            if not move or (overdue and move.invoice_date_due >= overdue):
                continue
            parts = [row.amount_open for row in replaced or () if row.move_id == move]
            amount = rest(entry["amount"], parts)
            if amount:
                concept = self.env._("Pending: %s", entry["name"])
                lines.append(Line("debt", concept, "", amount))
        return lines

    def _isp_released_lines(self, replaced):
        """Return the line of what was paid on the invoices that the change replaces."""
        paid = to_money(sum(replaced.mapped("amount_paid")))
        if not paid:
            return []
        concept = self.env._("Already paid of %s", self.plan_id.name)
        return [Line("released", concept, "", -paid)]

    def _isp_charge_line(self, kind, period):
        """Return the line of billing ``period`` with the plan and price of this service."""
        amount = to_money(self._period_price(period))
        factors = period_factors(self.price_total, period, self.anchor_day)
        return Line(kind, self._period_label(period), factors, amount)

    def _isp_unused_line(self, quote):
        """Return the line of giving days back, with the factors of the credit note."""
        label = self._period_label(
            Period(quote["date_start"], quote["date_end"]), quote["row"].plan_id
        )
        factors = quote["text"] if quote["days"] != quote["reference_days"] else ""
        concept = self.env._("Not used: %s", label)
        return Line("unused", concept, factors, -to_money(quote["amount"]))

    def _isp_day_text(self, day):
        lang = self.partner_id.lang or self.env.lang
        return format_date(self.env, day, lang_code=lang, date_format="d MMM y")
