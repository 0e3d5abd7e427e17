from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.leave import balance_of
from ..services.periods import Period, cut_off, reference_period

SIMPLE_STATES = ("draft", "to_install")


class IspSubscription(models.Model):
    """The way out: request, final statement, end."""

    _inherit = "isp.subscription"

    cancellation_ids = fields.One2many(
        "isp.cancellation", "subscription_id", string="Cancellations", readonly=True
    )
    cancellation_id = fields.Many2one(
        "isp.cancellation", compute="_compute_cancellation_id", help="In process, or done."
    )

    # === COMPUTE METHODS === #

    @api.depends("cancellation_ids.state")
    def _compute_cancellation_id(self):
        for subscription in self:
            rows = subscription.cancellation_ids.filtered(lambda row: row.state != "withdrawn")
            subscription.cancellation_id = rows[:1]

    # === ACTION METHODS === #

    def action_cancel(self):
        """Ask for the date and show the final statement."""
        self._isp_check_role("billing")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the service"),
            "res_model": "isp.cancellation.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_id": self.id},
        }

    def action_view_cancellations(self):
        self.ensure_one()
        return self._isp_action("isp_cancellation_action", [("subscription_id", "=", self.id)])

    # === BUSINESS METHODS: REQUEST === #

    def _isp_request_cancellation(
        self, date=None, reason=None, channel="counter", note="", **values
    ):
        """Open the folio of a cancellation; when its day is today the service ends now.

        :param date: first day without service (default: the first one allowed)
        :param reason: `isp.cancel.reason`
        :return: the `isp.cancellation`
        :raise UserError: when it is in process already, or the date is outside of the limits
        """
        self.ensure_one()
        record = self.sudo()
        record._lock_for_settlement()
        record.invalidate_recordset(["state", "cancellation_ids"])
        date = date or record._isp_cancel_range()[0]
        record._isp_check_cancellation(date)
        cancellation = record.env["isp.cancellation"].create(
            {
                "name": record.company_id._isp_next_number("isp.cancellation"),
                "subscription_id": record.id,
                "effective_date": date,
                "reason_id": reason.id if reason else False,
                "channel": channel,
                "note": note,
                "previous_state": record.state,
                **values,
            }
        )
        cancellation.flush_recordset()
        cancellation._store_lines(record._isp_quote_cancellation(date))
        record.date_end = date
        if record.state not in SIMPLE_STATES:
            text = self.env._("Cancellation requested, folio %s", cancellation.name)
            record._set_state("cancel_pending", text)
        cancellation._notify("requested")
        if date <= record.company_id._isp_today():
            cancellation._finish()
        return cancellation.with_env(self.env)

    def _isp_cancel_range(self):
        """Return the first and the last day on which the service may end."""
        self.ensure_one()
        company = self.company_id.sudo()
        today = company._isp_today()
        if self.state in SIMPLE_STATES:
            return today, today
        first = today + timedelta(company.isp_cancel_notice_days)
        return first, today + timedelta(company.isp_cancel_max_days)

    def _isp_check_cancellation(self, date):
        """Raise a `UserError` that says what to do unless the service may end on ``date``."""
        self.ensure_one()
        if self.state == "cancelled":
            raise UserError(self.env._("%s is cancelled already.", self.name))
        folio = self.cancellation_ids.filtered(lambda row: row.state == "requested").name
        if folio:
            raise UserError(
                self.env._("The cancellation of this service is in process: folio %s.", folio)
            )
        first, last = self._isp_cancel_range()
        if not first <= date <= last:
            raise UserError(
                self.env._(
                    "Choose a day from %(first)s to %(last)s.",
                    first=self._isp_leave_day(first),
                    last=self._isp_leave_day(last),
                )
            )

    # === BUSINESS METHODS: STATEMENT === #

    def _isp_quote_cancellation(self, date):
        """Return the final statement of a service that ends on ``date``; changes nothing.

        :return: dict with ``lines`` (values of `isp.cancellation.line`), ``balance`` (positive
            is owed, negative is to be refunded) and ``date``
        """
        self.ensure_one()
        record = self.sudo()
        lines = record._isp_final_debt_lines() + record._isp_final_used_lines(date)
        lines += record._isp_final_unused_lines(date) + record._isp_final_credit_lines()
        own = float(balance_of(line["amount"] for line in lines))
        lines += record._isp_final_other_lines(own)
        for index, line in enumerate(lines):
            line["sequence"] = index
        balance = float(balance_of(line["amount"] for line in lines))
        return {"lines": lines, "balance": balance, "date": date}

    def _isp_final_debt_lines(self):
        """Return the open bills of the service, and its charges."""
        lines = []
        for move in self._isp_open_moves():
            own = move.line_ids.filtered(lambda line: line.isp_subscription_id == self)
            kind = "debt" if own.isp_period_id else "fee"
            name = f"{move.name}: {own[:1].name}"
            amount = move._isp_open_share(self)
            lines.append({"kind": kind, "name": name, "amount": amount})
        return lines

    def _isp_unbilled_periods(self, date):
        """Return the days before ``date`` that were used and not billed, as periods."""
        self.ensure_one()
        start = self.next_billing_date
        if not start or start >= date or self._isp_skips_now():
            return []
        return cut_off(self._next_periods(until=date), date)

    def _isp_final_used_lines(self, date):
        lines = []
        for period in self._isp_unbilled_periods(date):
            reference = reference_period(period.start, self.anchor_day).days
            price = self._isp_billed_as(period).price_total
            lines.append(
                {
                    "kind": "used",
                    "name": self.env._("Used days: %s", self._period_label(period)),
                    "detail": f"{price:,.2f} × {period.days}/{reference}",
                    "date_start": period.start,
                    "date_end": period.end,
                    "days": period.days,
                    "amount": self._period_price(period),
                }
            )
        return lines

    def _isp_unused_range(self, date):
        """Return the billed days that are given back; all of them when nothing was installed."""
        self.ensure_one()
        rows = self._isp_live_rows()
        start = date
        if self.state in SIMPLE_STATES and rows:
            start = min(date, rows[0].date_start)
        return start, max(rows.mapped("date_end"), default=start)

    def _isp_final_unused_lines(self, date):
        lines = []
        for quote in self._isp_quote_credit_days(*self._isp_unused_range(date)):
            period = Period(quote["date_start"], quote["date_end"])
            label = self._period_label(period, quote["row"].plan_id)
            lines.append(
                {
                    "kind": "unused",
                    "name": self.env._("Unused days: %s", label),
                    "detail": quote["text"],
                    "date_start": period.start,
                    "date_end": period.end,
                    "days": quote["days"],
                    "amount": -quote["amount"],
                }
            )
        return lines

    def _isp_final_credit_lines(self):
        """Return the credit of a payer who keeps no other service."""
        credit = self.currency_id.round(self._isp_credit_amount() - self._isp_promised_refunds())
        if credit <= 0 or self._isp_other_services():
            return []
        return [{"kind": "credit", "name": self.env._("Credit balance"), "amount": -credit}]

    def _isp_promised_refunds(self):
        """Return what the folios of the payer's other services promise to give back."""
        self.ensure_one()
        domain = [
            ("commercial_partner_id", "=", self.commercial_partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("refund_state", "=", "to_refund"),
            ("subscription_id", "!=", self.id),
        ]
        return sum(self.env["isp.cancellation"].sudo().search(domain).mapped("refund_amount"))

    def _isp_final_other_lines(self, own):
        """Return what the credit of this service pays of the payer's other bills."""
        moves = self._isp_payer_open_moves() - self._isp_open_moves()
        part = min(sum(moves.mapped("amount_residual")), max(-own, 0.0))
        if self.currency_id.is_zero(part):
            return []
        name = self.env._("Open bills of your other services")
        return [{"kind": "other", "name": name, "amount": self.currency_id.round(part)}]

    # === BUSINESS METHODS: END === #

    def _isp_other_services(self):
        """Return the payer's other services that go on."""
        self.ensure_one()
        domain = [
            ("commercial_partner_id", "=", self.commercial_partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "not in", ("draft", "cancelled")),
            ("id", "!=", self.id),
        ]
        return self.sudo().search(domain)

    def _isp_skips_now(self):
        """Return whether the days that were not billed yet are days without service."""
        self.ensure_one()
        billed = "suspended" in self.company_id._isp_billable_states(())
        return self.state in SIMPLE_STATES or (self._isp_is_off() and not billed)

    def _isp_note_days_off(self, date):
        """Note the days without service before the end: they are not billed."""
        self.ensure_one()
        start = self.next_billing_date
        if self.state not in SIMPLE_STATES and self._isp_skips_now() and start and start < date:
            self._isp_add_off_days(start, date, "skip")

    def _isp_bill_used_days(self, date):
        """Bill what was used until ``date`` and not billed yet; return the invoice."""
        self.ensure_one()
        periods = self._isp_unbilled_periods(date)
        if not periods:
            return self.env["account.move"]
        return self._isp_invoice([(self, periods)], self.company_id._isp_today())

    def _isp_close(self, reason):
        """Cancel the service and switch it off; its open suspension ends with it."""
        self.ensure_one()
        rows = self.suspension_ids.filtered(lambda row: not row.date_to)
        # Closed, not reactivated: no clock of a reconnection starts.
        rows.write({"date_to": fields.Datetime.now(), "reactivated_by": reason})
        self._set_state("cancelled", reason)

    def _isp_check_payable(self):
        """Extend: what a cancelled service still owes can be paid."""
        owing = self.filtered(lambda sub: sub.state == "cancelled" and sub.balance_due > 0)
        return super(IspSubscription, self - owing)._isp_check_payable()

    def _apply_credit(self):
        """Extend: while a service ends, its credit waits until its own debt is settled."""
        if self.env.context.get("isp_hold_credit"):
            return self.env["account.move"]
        return super()._apply_credit()
