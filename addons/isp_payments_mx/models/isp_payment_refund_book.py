from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.isolation import reason_of
from odoo.addons.isp_subscription.models.account_payment import POSTED_STATES

ACTIVITY = "isp_payments_mx.mail_activity_refund_booking"


class IspPaymentRefund(models.Model):
    """What a refund does to the books: an outgoing payment, settled with what was paid."""

    _inherit = "isp.payment.refund"

    # === BUSINESS METHODS === #

    def _note_given(self, shown):
        """Write down that Openpay gave the money back.

        :param shown: `services.refunds.Refund`
        """
        self.ensure_one()
        amount = float(shown.amount)
        if self.currency_id.compare_amounts(amount, self.amount):
            self.transaction_id.amount = -amount  # what was really given back counts
        self.write(
            {
                "openpay_id": shown.id,
                "amount": amount,
                "given_at": shown.moment or fields.Datetime.now(),
                "outbox_state": "done",
                "next_attempt_at": False,
                "last_error_code": False,
                "last_error": False,
            }
        )

    def _book_safely(self):
        """Book the refund; what cannot be booked is left to people, once."""
        self.ensure_one()
        if self.booked_at or self.booking_note:
            return
        try:
            with self.env.cr.savepoint():
                self._book()
        except (UserError, ValueError) as error:
            self.invalidate_recordset()
            self.booking_note = reason_of(error)
            self._call_somebody()

    def _book(self, outgoing=None):
        """Book the outgoing payment and settle it with the money it gives back.

        :param outgoing: posted payment of a transfer; made by the transaction for a card
        :raise UserError: the payment is not in the books any more
        """
        self.ensure_one()
        payment = self.payment_id or self.charge_id.transaction_id.payment_id
        if not payment or payment.state not in POSTED_STATES:
            raise UserError(
                self.env._(
                    "Refund %s belongs to a payment that is not in the books, or was reversed:"
                    " the customer may have got his money twice. Ask Openpay.",
                    self.name,
                )
            )
        self.payment_id = payment
        self.subscription_id = self.subscription_id or payment.isp_subscription_id
        services = payment.isp_subscription_id | payment.isp_coverage_ids.subscription_id
        if services:
            services._lock_for_settlement()
        outgoing = outgoing or self._make_outgoing()
        credit, reopened = payment._isp_take_back(outgoing)
        self.write(
            {
                "refund_payment_id": outgoing.id,
                "booked_at": fields.Datetime.now(),
                "booking_note": False,
                "from_credit": credit,
                "reopened": sum(reopened.values()),
                "effect": self._effect_text(credit, reopened),
            }
        )
        self._close_folios(outgoing)
        self._activities().action_feedback()
        self._tell_given()

    def _make_outgoing(self):
        """Return the outgoing payment that Odoo's engine makes of the child transaction."""
        tx = self.transaction_id
        tx.write({"provider_reference": self.openpay_id, "isp_paid_at": self.given_at})
        tx._set_done()
        tx._post_process()
        return tx.payment_id

    def _close_folios(self, outgoing):
        """Close the cancellation whose credit this refund has given back completely."""
        if not self.from_credit or not self.subscription_id:
            return
        waiting = self.env["isp.cancellation"].search(
            [
                ("subscription_id", "=", self.subscription_id.id),
                ("refund_state", "=", "to_refund"),
            ],
            limit=1,
        )
        if waiting and self.currency_id.is_zero(waiting.refundable):
            waiting.refund_payment_id = outgoing
            waiting._close_refund("refunded", self.env._("Refunded: %s", self.name))

    def _effect_text(self, credit, reopened):
        """Return in words what the refund did, one line each."""
        money = self.currency_id.format
        lines = []
        if credit:
            lines.append(self.env._("%s came from the credit balance.", money(credit)))
        lines += [
            self.env._(
                "%(invoice)s: %(amount)s is owed again.", invoice=move.name, amount=money(amount)
            )
            for move, amount in reopened.items()
        ]
        return "\n".join(lines)

    # === BUSINESS METHODS: SOMEBODY HAS TO LOOK === #

    def _record(self):
        """Return where people read about it: the service, or the customer."""
        return self.subscription_id or self.partner_id

    def _call_somebody(self):
        """Open an activity for a manager about a refund that is not booked."""
        company = self.company_id
        user = company.isp_payment_alarm_user_id or company._isp_manager()
        self._record().activity_schedule(
            ACTIVITY,
            date_deadline=company._isp_today(),
            note=f"{self.name}: {self.booking_note}",
            user_id=user.id,
        )

    def _activities(self):
        """Return the activities about refunds of this customer that are not booked."""
        found = self._record().activity_search([ACTIVITY])
        return found.filtered(lambda activity: self.name in (activity.note or ""))
