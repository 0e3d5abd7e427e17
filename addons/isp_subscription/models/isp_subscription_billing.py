from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..services.periods import Period, cut_off, next_periods, period_amount, periods_until


class IspSubscription(models.Model):
    """From periods to invoices: one line and one ledger row per month."""

    _inherit = "isp.subscription"

    # === ACTION METHODS === #

    def action_bill_next_period(self):
        """Invoice the next period now, by hand, and open the invoice."""
        self.ensure_one()
        self._isp_check_role("billing")
        move = self._bill_periods(1)
        self._apply_credit()
        return move._get_records_action(name=self.env._("Invoice"))

    # === BUSINESS METHODS === #

    def _bill_periods(self, n=None, until=None, date=None):
        """Bill the next free periods on ONE posted invoice and return it.

        :param int n: how many periods, or
        :param date until: all the periods that start before this day
        :param date date: day of billing (default today); the invoice is dated by rule, never
            later than this day
        :return: the posted invoice, empty when there was nothing to bill
        :raise UserError: when the service has no start date yet
        """
        self.ensure_one()
        date = date or self.company_id._isp_today()
        periods = self._next_periods(n, until)
        if not periods:
            return self.env["account.move"]
        return self._isp_invoice([(self, periods)], date)

    def _next_periods(self, n=None, until=None, start=None):
        """Return the next free periods: ``n`` of them, or all that start before ``until``.

        Nothing is billed from the end of the service on, nor on days off.

        :param date start: first day to look at (default: the first day not billed yet)
        """
        self.ensure_one()
        start = start or self.next_billing_date
        if not start:
            raise UserError(self.env._("%s has no start date yet.", self.name))
        taken = [
            (row.date_start, row.date_end)
            for row in self.sudo().period_ids
            if row.state != "void" and row.date_end > start
        ]
        if n is not None:
            periods = next_periods(start, self.anchor_day, n, taken)
        else:
            periods = periods_until(start, self.anchor_day, until, taken)
        return cut_off(periods, self.date_end or None)

    def _period_price(self, period):
        """Return the price of ``period`` with tax, as the tax engine will arrive at it."""
        self.ensure_one()
        amount = float(period_amount(self.price_total, period, self.anchor_day))
        plan, taxes = self._isp_plan_and_taxes()
        if not taxes or all(tax.price_include for tax in taxes):
            return amount
        unit = plan._isp_price_unit(amount, taxes, self.currency_id)
        return taxes.compute_all(unit, currency=self.currency_id)["total_included"]

    def _isp_plan_and_taxes(self):
        self.ensure_one()
        plan = self.plan_id.sudo()
        if self.env.company != self.company_id:
            plan = plan.with_company(self.company_id)
        return plan, plan._isp_taxes(self.partner_id, self.company_id)

    def _invoice_dates(self, periods, date):
        """Return ``(invoice date, due date)`` by rule, whatever day the run happens.

        Prepaid: issued ``isp_lead_days`` before the cut-off, due on it. Postpaid: issued when
        the period has ended, due ``isp_statement_days`` later. Never issued after ``date``.

        Days whose first bill was taken back are billed anew as of ``date``: the customer cannot
        have been late with a bill that he had not got.
        """
        self.ensure_one()
        company = self.company_id
        if self._isp_billed_before(periods):
            days = company.isp_statement_days if self.billing_mode == "postpaid" else 0
            return date, max(date, periods[0].start) + timedelta(days)
        if self.billing_mode == "postpaid":
            issued = min(periods[-1].end, date)
            return issued, max(issued, periods[-1].end) + timedelta(company.isp_statement_days)
        issued = periods[0].start - timedelta(company.isp_lead_days)
        # No invoice is older than the service itself.
        issued = min(max(issued, self.date_start), date)
        return issued, max(issued, periods[0].start)

    def _isp_billed_before(self, periods):
        """Return whether an earlier bill of these days was cancelled or credited."""
        first, last = periods[0].start, periods[-1].end
        return any(
            row.state == "void" and row.kind == "service"
            and row.date_start < last and row.date_end > first
            for row in self.sudo().period_ids
        )  # fmt: skip

    def _prepare_period_vals(self, period):
        """Return the values of the ledger row of ``period``."""
        self.ensure_one()
        return {
            "subscription_id": self.id,
            "date_start": period.start,
            "date_end": period.end,
            "plan_id": self.plan_id.id,
            "price": self.price_total,
            "anchor_day": self.anchor_day,
        }

    def _prepare_invoice_vals(self, periods, date):
        """Return the values of the invoice of ``periods`` (one line each)."""
        self.ensure_one()
        invoice_date, due_date = self._invoice_dates(periods, date)
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": invoice_date,
            "invoice_date_due": due_date,
            "invoice_payment_term_id": False,
            "invoice_origin": self.name,
            "invoice_user_id": False,
            "invoice_line_ids": [
                Command.create(self._prepare_invoice_line_vals(period)) for period in periods
            ],
        }

    def _prepare_invoice_line_vals(self, period):
        """Return the values of the invoice line of one period; its ledger row comes with it."""
        self.ensure_one()
        plan, taxes = self._isp_plan_and_taxes()
        amount = float(period_amount(self.price_total, period, self.anchor_day))
        return {
            "product_id": plan.product_variant_id.id,
            "name": self._period_label(period),
            "quantity": 1.0,
            "price_unit": plan._isp_price_unit(amount, taxes, self.currency_id),
            "tax_ids": [Command.set(taxes.ids)],
            "isp_subscription_id": self.id,
        }

    def _period_label(self, period: Period, plan=None):
        """Return the text of a period in the customer's language.

        :param plan: plan of the period, default the present one

        Example: "Residencial 50, 25 nov 2026 – 25 dic 2026".
        """
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        plan = plan or self.plan_id
        once = self.env["isp.billing.memo"]._isp_once
        return once(("label", plan.id, period, lang), lambda: plan._isp_period_label(period, lang))
