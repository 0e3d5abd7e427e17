from odoo import models

from .. import const


class IspCardCharge(models.Model):
    """The end of a dispute: direct debit goes on, or the money is taken out of the books."""

    _inherit = "isp.card.charge"

    # === BUSINESS METHODS: WON === #

    def _start_card(self):
        """Give the direct debits back that this dispute stopped; say what people have to do."""
        mandates_sudo = self._disputed_mandates()
        if not mandates_sudo:
            return
        if self._card_is_disputed():
            self._tell(
                self.env._("Direct debit stays off: another charge of the card is disputed.")
            )
            return
        for mandate_sudo in mandates_sudo:
            obstacle = mandate_sudo._isp_resume()
            if obstacle:
                self._call_somebody(obstacle)
            text = obstacle or self.env._(
                "Direct debit %s goes on. What was due meanwhile is not charged: ask the customer"
                " for it.",
                mandate_sudo.name,
            )
            mandate_sudo.subscription_id.message_post(body=text)

    def _disputed_mandates(self):
        """Return the direct debits that stand still because of a dispute about this card."""
        mandates_sudo = self.env["isp.card.mandate"].sudo()
        if self.token_id:
            mandates_sudo |= mandates_sudo.search([("token_id", "=", self.token_id.id)])
        mandates_sudo |= self.mandate_id.sudo()
        return mandates_sudo.filtered(
            lambda row: row.state == "suspended" and row.suspend_code == const.DISPUTED
        )

    def _card_is_disputed(self):
        """Return whether another charge of the same stored card is disputed, or was lost."""
        others = [
            ("id", "!=", self.id),
            ("token_id", "=", self.token_id.id),
            ("dispute_state", "in", ("open", "lost")),
        ]
        return bool(self.token_id and self.sudo().search_count(others, limit=1))

    # === BUSINESS METHODS: LOST === #

    def _book_lost(self, payment):
        """Take the money out of the books that the bank took; the bills are open again.

        What was given back before has left the books already: only the rest leaves now.

        :param payment: sudoed ``account.payment`` of the charge
        """
        reason = self.env._("Dispute of the card payment, lost")
        payment.isp_taken_back = True
        booked = payment.isp_refund_ids.filtered("booked_at")
        if not booked:
            payment._isp_reverse_entry(reason)
            return
        rest = self.currency_id.round(payment.amount - sum(booked.mapped("amount")))
        if self.currency_id.compare_amounts(rest, 0.0) > 0:
            payment._isp_take_back(self._pay_bank_back(payment, rest, reason))

    def _pay_bank_back(self, payment, amount, reason):
        """Return the posted outgoing payment of what the bank took."""
        payments = self.env["account.payment"].sudo().with_context(force_payment_move=True)
        outgoing = payments.create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": payment.partner_id.id,
                "amount": amount,
                "currency_id": payment.currency_id.id,
                "journal_id": payment.journal_id.id,
                "destination_account_id": payment.destination_account_id.id,
                "date": self.company_id._isp_today(),
                "memo": reason,
                "isp_subscription_id": payment.isp_subscription_id.id,
                "isp_reference": self.charge_id,
            }
        )
        outgoing.action_post()
        return outgoing
