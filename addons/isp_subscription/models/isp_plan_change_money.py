from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

LATE_DAYS = 30


class IspPlanChange(models.Model):
    """What money does to a request: pays it, part of it, something else, or comes too late."""

    _inherit = "isp.plan.change"

    # === BUSINESS METHODS: QUOTE === #

    def _get_payment_quote(self):
        """Return what paying this request costs now, in the shape of a service's quote.

        :return: the dict of `isp.subscription._get_payment_quote` with ``change_id``, ``plan``
            (the new one) and lines that also have ``factors``
        """
        self.ensure_one()
        terms = self._isp_terms()
        subscription = self.subscription_id
        lines = [
            subscription._quote_line(line.kind, line.concept, float(line.amount))
            | {"factors": line.factors}
            for line in terms.lines
        ]
        return {
            "subscription": subscription,
            "change_id": self.id,
            "plan": self.plan_to_id,
            "months": 0,
            "lines": lines,
            "total": float(terms.amount_due),
            "cutoff_date": subscription.cutoff_date,
            "new_cutoff_date": terms.covered_until,
            "currency": self.currency_id,
        }

    # === BUSINESS METHODS: MONEY === #

    @api.model
    def _isp_waiting_domain(self, subscriptions):
        """Return the domain of the requests of ``subscriptions`` that money may concern."""
        recent = fields.Datetime.now() - timedelta(days=LATE_DAYS)
        lapsed = (
            Domain("state", "=", "expired")
            & Domain("is_late_noted", "=", False)
            & Domain("expires_at", ">=", recent)
        )
        waiting = Domain("state", "=", "awaiting_payment") | lapsed
        return Domain("subscription_id", "in", subscriptions.ids) & waiting

    def _isp_on_money(self):
        """The payer has credit: apply the request when it is enough; return the invoices paid.

        A change that cannot be made never keeps money from being booked: the error is noted on
        the service, the request stays open and the money is credit.
        """
        self.ensure_one()
        self._isp_lock()
        try:
            with self.env.cr.savepoint():
                return self._isp_decide()
        except UserError as error:
            self.env.invalidate_all()
            self.subscription_id._note_billing_error(self.company_id._isp_today(), error)
            return self.env["account.move"]

    def _isp_decide(self):
        """Apply, quote again or leave this request, as the ledger and the credit say now."""
        moves = self.env["account.move"]
        if self.state == "expired":
            self._isp_note_late_money()
            return moves
        if self.state != "awaiting_payment":
            return moves
        terms = self._isp_terms()
        if not terms.amount_due:
            return self._isp_apply(terms)
        if self._isp_is_over():
            return moves  # what was asked for until its last day stays on the record
        if self.currency_id.compare_amounts(float(terms.amount_total), self.amount_total) > 0:
            self._isp_quote_again(terms)
        elif self.currency_id.compare_amounts(float(terms.amount_due), self.amount_due):
            # Lines, total and what is left of it are always of the same moment.
            self.write(self._prepare_terms_vals(terms))
            self._isp_draft_invoice(terms)
        return moves

    def _isp_quote_again(self, terms):
        """The ledger changed meanwhile and the change costs more: ask for the new amount."""
        self.write(self._prepare_terms_vals(terms))
        self._isp_draft_invoice(terms)
        change = self._isp_speaking()
        change._isp_tell(
            f"quoted-{self.amount_total:.2f}",
            change.env._(
                "The change to %(plan)s now comes to %(amount)s.",
                plan=change.plan_to_id.name,
                amount=change.currency_id.format(change.amount_due),
            ),
        )

    def _isp_note_late_payment(self, payment):
        """Tell of ``payment``, which was asked for by a request that has ended meanwhile."""
        ended = self.filtered(
            lambda change: (
                change.state in ("expired", "cancelled")
                and not change.subscription_id.open_change_id
            )
        )
        if ended and not payment.isp_settled:
            ended._isp_note_late_money(payment.amount)

    def _isp_note_late_money(self, amount=None):
        """Money of a lapsed request stays as credit; customer and staff are told, once.

        :param float amount: money known to be for this request; without it, credit of exactly
            the amount that was asked for, or of the whole cost, is taken for it
        """
        subscription = self.subscription_id
        credit = amount or subscription._isp_credit_amount()
        compare, asked = self.currency_id.compare_amounts, (self.amount_due, self.amount_total)
        is_other = amount is None and all(compare(credit, part) for part in asked)
        if self.is_late_noted or is_other:
            return
        self.is_late_noted = True
        text = self.env._(
            "%(amount)s arrived after the change to %(plan)s had lapsed. It is credit of the "
            "customer: ask whether the change is still wanted.",
            amount=self.currency_id.format(credit),
            plan=self.plan_to_id.name,
        )
        subscription.activity_schedule(
            "mail.mail_activity_data_todo",
            note=text,
            user_id=self._isp_responsible().id,
            date_deadline=self.company_id._isp_today(),
        )
        change = self._isp_speaking()
        change._isp_tell(
            "late",
            change.env._(
                "Your payment arrived after the change to %s had lapsed. It is your credit "
                "balance; ask for the change again if you still want it.",
                change.plan_to_id.name,
            ),
        )

    def _isp_responsible(self):
        """Return who looks after the request: staff who made it, or made the service."""
        users = self.requested_by_id | self.subscription_id.create_uid
        staff = users.filtered(lambda user: user.active and user._is_internal())
        return staff[:1] or self.env.ref("base.user_root")

    def _isp_yield_to_months(self, payment, amount_due):
        """Close the request when ``payment`` is exactly the price of months of the old plan."""
        self.ensure_one()
        compare = self.currency_id.compare_amounts
        if (
            self.state == "awaiting_payment"
            and payment.isp_change_id != self
            and not compare(payment.amount, amount_due)
            and compare(payment.amount, self.amount_due)
        ):
            self._isp_close("cancelled", self.env._("Months of the present plan were paid"))

    def _isp_on_old_plan_paid(self, periods):
        """Close the request when the month it would replace has been paid as it was billed."""
        self.ensure_one()
        running = periods.filtered(lambda row: row.date_end > self.requested_on)
        if self.state == "awaiting_payment" and self.policy == "on_payment" and running:
            self._isp_close("cancelled", self.env._("The present plan was paid"))
