from odoo import fields, models
from odoo.tools import format_date


class IspCancellation(models.Model):
    """The final statement on paper."""

    _inherit = "isp.cancellation"

    def _isp_statement_name(self):
        """Return the name of the file of the statement, without extension."""
        self.ensure_one()
        return self.env._("Final statement %s", self.name)

    def _isp_typst_data(self, report):
        """Return the data of the final statement; dates in words, moments local with their zone."""
        self.ensure_one()
        cancellation = self.sudo()
        return {
            "title": self.env._("Final statement"),
            "stamp": cancellation._statement_moment(fields.Datetime.now()),
            "folio_label": self.env._("Folio"),
            "folio": cancellation.name,
            "state": cancellation._statement_state(),
            "rows": cancellation._statement_rows(),
            "header": [self.env._("Concept"), self.env._("Arithmetic"), self.env._("Amount")],
            "lines": [
                [line.name, line.detail or "", cancellation._statement_money(line.amount)]
                for line in cancellation.line_ids
            ],
            "empty": self.env._("No open bills and no unused days."),
            "total_label": cancellation._statement_total_label(),
            "total": cancellation._statement_money(abs(cancellation.balance), bare=False),
            "favour": cancellation.currency_id.compare_amounts(cancellation.balance, 0.0) < 0,
            "notes": cancellation._statement_notes(),
        }

    def _statement_state(self):
        """Return the stamp on the document, in capitals."""
        self.ensure_one()
        return {
            "requested": self.env._("IN PROCESS"),
            "done": self.env._("CANCELLED"),
            "withdrawn": self.env._("WITHDRAWN"),
        }[self.state]

    def _statement_rows(self):
        """Return ``[label, text]`` of who, what and when; nothing empty."""
        self.ensure_one()
        subscription = self.subscription_id
        channels = dict(self._fields["channel"]._description_selection(self.env))
        address = subscription.service_address_id
        rows = [
            (self.env._("Customer"), self.partner_id.display_name),
            (self.env._("Contract"), subscription.name),
            (self.env._("Plan"), subscription.plan_id.name),
            (self.env._("Address"), ", ".join(filter(None, (address.street, address.city)))),
            (self.env._("Requested"), self._statement_moment(self.requested_at)),
            (self.env._("Channel"), channels[self.channel]),
            (self.env._("Reason"), self.reason_id.name or ""),
            (self.env._("Last day of service"), self._statement_last_day()),
        ]
        return [row for row in rows if row[1]]

    def _statement_last_day(self):
        """Return the day before the first day without service, in words."""
        self.ensure_one()
        return self._statement_day(fields.Date.subtract(self.effective_date, days=1))

    def _statement_total_label(self):
        self.ensure_one()
        sign = self.currency_id.compare_amounts(self.balance, 0.0)
        if sign > 0:
            return self.env._("Balance to pay")
        return self.env._("Balance to refund") if sign < 0 else self.env._("Final balance")

    def _statement_notes(self):
        """Return the sentences below the total: estimate, refund, equipment."""
        self.ensure_one()
        notes = [
            self.env._(
                "Amounts include tax. The unused days are the price of the month times the days"
                " left, divided by the days of that period, rounded once to the cent."
            )
        ]
        if self.state == "requested":
            day = self._statement_day(self.effective_date)
            notes.append(
                self.env._(
                    "These are the figures for an end of the service on %s. You can withdraw the"
                    " request until the day before.",
                    day,
                )
            )
        notes += filter(None, (self._statement_refund(), self._statement_equipment()))
        return notes

    def _statement_refund(self):
        """Return what happens, or happened, with the money in favour of the customer."""
        self.ensure_one()
        amount = self._statement_money(self.refund_amount, bare=False)
        payment = self.refund_payment_id
        if self.refund_state == "refunded":
            return self.env._(
                "Refunded %(amount)s on %(day)s (%(payment)s).",
                amount=self._statement_money(payment.amount, bare=False),
                day=self._statement_day(payment.date),
                payment=payment.name,
            )
        return {
            "to_refund": self.env._("We give %s back to you by the means you choose.", amount),
            "kept": self.env._("%s stay as your credit balance.", amount),
        }.get(self.refund_state, "")

    def _statement_equipment(self):
        self.ensure_one()
        if self.pickup_done:
            return self.env._("The equipment was collected.")
        if self.pickup_date:
            day = self._statement_day(self.pickup_date)
            text = self.env._("We collect the equipment on %s.", day)
            return f"{text} {self.pickup_note}" if self.pickup_note else text
        return self.pickup_note or ""

    def _statement_day(self, day):
        return format_date(self.env, day, date_format="d MMM y")

    def _statement_moment(self, moment):
        """Return a UTC ``moment`` where the company is, with the name of the zone."""
        zone = self.company_id._isp_zone_name()
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        return f"{local:%d/%m/%Y %H:%M:%S} ({zone})"

    def _statement_money(self, amount, bare=True):
        """Return "$349.00", negative with a minus sign; with the currency unless ``bare``."""
        sign = "−" if self.currency_id.compare_amounts(amount, 0.0) < 0 else ""
        text = f"{sign}{self.currency_id.symbol}{abs(amount):,.2f}"
        return text if bare else f"{text} {self.currency_id.name}"
