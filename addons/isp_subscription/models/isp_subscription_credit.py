from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..services.money import to_money
from ..services.periods import Period, prorate, uncovered


class IspSubscription(models.Model):
    """Days given back: credit notes with their arithmetic, and days off in the ledger."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS: QUOTE === #

    def _isp_quote_credit_days(self, start, end):
        """Return what giving back the billed days of ``[start, end)`` comes to, row by row.

        A whole row gives back all that is left of it; some of its days give their part of the
        monthly price, by the days of the anchored month, rounded once.

        :return: list of dicts ``row``, ``date_start``, ``date_end``, ``days``,
            ``reference_days``, ``price``, ``amount`` (with tax) and ``text`` (the factors)
        """
        self.ensure_one()
        quotes = []
        for row in self._isp_live_rows():
            first, last = max(start, row.date_start), min(end, row.date_end)
            if first < last:
                quotes.append(self._isp_quote_row_days(row, Period(first, last)))
        return quotes

    def _isp_live_rows(self):
        """Return the service rows that are billed and not given back, the oldest first."""
        self.ensure_one()
        return (
            self.sudo()
            .period_ids.filtered(
                lambda row: row.kind == "service" and row.state in ("billed", "paid")
            )
            .sorted("date_start")
        )

    def _isp_quote_row_days(self, row, period):
        """Return the quote of giving back the days ``period`` of one row."""
        reference = row._isp_reference_days()
        if period == (row.date_start, row.date_end):
            amount = row.amount_total
        else:
            amount = min(float(prorate(row.price, period.days, reference)), row.amount_total)
        text = f"{to_money(row.price):,.2f} × {period.days}/{reference}"
        return {
            "row": row,
            "date_start": period.start,
            "date_end": period.end,
            "days": period.days,
            "reference_days": reference,
            "price": row.price,
            "amount": amount,
            "text": text,
        }

    # === BUSINESS METHODS: CREDIT === #

    def _isp_credit_days(self, start, end, reason, off_kind=None, **off_vals):
        """Give back the billed days of ``[start, end)``: credit notes posted, ledger shortened.

        A credit note settles its own invoice first; what it leaves is credit of the payer and
        pays the oldest debt at once.

        :param str reason: why, in the customer's words; printed on the credit note
        :param str off_kind: "pause" or "skip" to note all the days as off, with ``off_vals``
        :return: the posted credit notes, one per invoice
        :raise UserError: when an invoice of these days is a draft
        """
        self.ensure_one()
        record = self.sudo()
        record._lock_for_settlement()
        quotes = record._isp_quote_credit_days(start, end)
        notes = self.env["account.move"].sudo()
        for move, group in self._isp_group_quotes(quotes).items():
            if move.state != "posted":
                raise UserError(
                    self.env._("Post or cancel the invoice %s first.", move.display_name)
                )
            notes |= record._isp_create_credit_note(move, group, reason)
        for quote in quotes:
            record._isp_shrink_row(quote["row"], Period(quote["date_start"], quote["date_end"]))
        # The invoices are credited one after the other: Odoo pairs notes and invoices in order.
        for note in notes:
            note._post(soft=False)
        self.env["isp.subscription.period"].flush_model()
        for quote in quotes:
            quote["row"]._isp_mark_unpaid()  # what was given back completely is paid no more
        if off_kind:
            record._isp_add_off_days(start, end, off_kind, **off_vals)
        record._apply_credit()
        record._isp_invalidate_balances()
        return notes.with_env(self.env)

    def _isp_group_quotes(self, quotes):
        groups = {}
        for quote in quotes:
            groups.setdefault(quote["row"].move_id, []).append(quote)
        return groups

    def _isp_create_credit_note(self, move, quotes, reason):
        """Return the draft credit note of ``move`` for the quoted days."""
        self.ensure_one()
        return self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "company_id": self.company_id.id,
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "invoice_date": self.company_id._isp_today(),
                "reversed_entry_id": move.id,
                "invoice_origin": self.name,
                "invoice_payment_term_id": False,
                "invoice_user_id": False,
                "ref": reason,
                "invoice_line_ids": [
                    Command.create(self._prepare_credit_line_vals(quote, reason))
                    for quote in quotes
                ],
            }
        )

    def _prepare_credit_line_vals(self, quote, reason):
        """Return the values of the credit note line of one quote, taxed as its invoice line."""
        line = quote["row"].move_line_id
        plan = quote["row"].plan_id.with_company(self.company_id)
        period = self._period_label(Period(quote["date_start"], quote["date_end"]), plan)
        return {
            "product_id": line.product_id.id,
            "account_id": line.account_id.id,
            "name": f"{reason}: {period} ({quote['text']})",
            "quantity": 1.0,
            "price_unit": plan._isp_price_unit(quote["amount"], line.tax_ids, self.currency_id),
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "isp_subscription_id": self.id,
            "isp_credited_period_id": quote["row"].id,
        }

    def _isp_shrink_row(self, row, period):
        """Take the days ``period`` out of ``row``; its part after them becomes a row of its own."""
        if period.start == row.date_start and period.end == row.date_end:
            return  # fully credited: void, with its days as they were
        if period.start == row.date_start:
            row.date_start = period.end
        elif period.end == row.date_end:
            row.date_end = period.start
        else:
            self._isp_split_row(row, period)
        row.flush_recordset()

    def _isp_split_row(self, row, period):
        """Leave ``row`` before ``period`` and move its days after it to a new row."""
        tail = Period(period.end, row.date_end)
        reference = row._isp_reference_days()
        share = min(float(prorate(row.price, tail.days, reference)), row.amount_billed)
        row.write({"date_end": period.start, "amount_billed": row.amount_billed - share})
        row.flush_recordset()
        row.copy(
            {
                "date_start": tail.start,
                "date_end": tail.end,
                "amount_billed": share,
                "paid_at": row.paid_at,
                "move_line_id": row.move_line_id.id,
            }
        )

    # === BUSINESS METHODS: DAYS OFF === #

    def _isp_add_off_days(self, start, end, kind, **vals):
        """Note the days of ``[start, end)`` that nothing covers as off: they are not billed.

        :param str kind: "pause" or "skip"
        :return: the new rows
        """
        self.ensure_one()
        record = self.sudo()
        taken = [(row.date_start, row.date_end) for row in record.period_ids if row.state != "void"]
        rows = self.env["isp.subscription.period"].sudo()
        vals_list = [
            {
                "subscription_id": self.id,
                "plan_id": self.plan_id.id,
                "kind": kind,
                "date_start": gap.start,
                "date_end": gap.end,
                **vals,
            }
            for gap in uncovered(start, end, taken)
        ]
        return rows.create(vals_list)

    # === BUSINESS METHODS: CHARGES === #

    def _isp_charge(self, product, name, amount, date=None):
        """Bill a charge that is no period (a fee) and return the posted invoice.

        :param product: `product.product` that gives account and taxes
        :param float amount: with tax
        :param date: invoice and due date, default today
        """
        self.ensure_one()
        record = self.sudo()
        date = date or self.company_id._isp_today()
        template = product.product_tmpl_id.with_company(self.company_id)
        taxes = template._isp_taxes(record.partner_id, record.company_id)
        line = {
            "product_id": product.id,
            "name": name,
            "quantity": 1.0,
            "price_unit": template._isp_price_unit(amount, taxes, record.currency_id),
            "tax_ids": [Command.set(taxes.ids)],
            "isp_subscription_id": self.id,
        }
        move = self.env["account.move"].sudo()
        move = move.create(
            {
                "move_type": "out_invoice",
                "company_id": record.company_id.id,
                "partner_id": record.partner_id.id,
                "currency_id": record.currency_id.id,
                "invoice_date": date,
                "invoice_date_due": date,
                "invoice_payment_term_id": False,
                "invoice_origin": self.name,
                "invoice_user_id": False,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        move._post(soft=False)
        record._apply_credit()
        record._isp_invalidate_balances()
        return move.with_env(self.env)
