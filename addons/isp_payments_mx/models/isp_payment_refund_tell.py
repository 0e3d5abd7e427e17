from odoo import models


class IspPaymentRefund(models.Model):
    """The story of a refund: for the staff in the chatter, for the customer by mail."""

    _inherit = "isp.payment.refund"

    # === BUSINESS METHODS: STAFF === #

    def _tell(self, text):
        """Write on the service, or the customer, and on the payment."""
        self._record().sudo().message_post(body=text)
        self.payment_id.sudo().message_post(body=text)

    def _tell_ordered(self):
        self._tell(
            self.env._(
                "%(user)s ordered refund %(folio)s of %(amount)s to the card: %(reason)s",
                user=self.ordered_by_id.name,
                **self._words(),
            )
        )

    def _tell_refused(self, text):
        self._tell(
            self.env._(
                "Refund %(folio)s of %(amount)s was not made. %(why)s", why=text, **self._words()
            )
        )

    def _tell_given(self):
        """Tell staff and customer that the money is on its way, and what it did to the bills."""
        if self.kind == "payout":
            text = self.env._(
                "%(amount)s were given back by transfer %(reference)s, folio %(folio)s: %(reason)s",
                reference=self.refund_payment_id.isp_reference,
                **self._words(),
            )
        elif self.origin == "openpay":
            text = self.env._(
                "%(amount)s was given back to the card in Openpay's dashboard, folio %(folio)s.",
                **self._words(),
            )
        else:
            text = self.env._(
                "%(amount)s was given back to the card, folio %(folio)s.", **self._words()
            )
        self._tell(" ".join(filter(None, (text, self.effect))))
        self._tell_customer()

    def _words(self):
        return {
            "folio": self.name,
            "amount": self.currency_id.format(self.amount),
            "reason": self.reason or "",
        }

    # === BUSINESS METHODS: CUSTOMER === #

    def _tell_customer(self):
        """Write to the customer what he gets back, how, and what he owes now."""
        partner = self.subscription_id.partner_id or self.partner_id
        lang = partner.lang or self.company_id._isp_lang()
        text = self.with_context(lang=lang)._customer_text()
        if self.subscription_id:
            self.subscription_id._isp_notify("refund", self.name, text=text)
        elif self.payment_id:
            self.payment_id.sudo().message_post(
                body=text, partner_ids=partner.ids, subtype_xmlid="mail.mt_comment"
            )

    def _customer_text(self):
        """Return the words of the mail, in the language of the context."""
        _ = self.env._
        words = {
            **self._words(),
            "number": self.payment_id._isp_payment_label(),
            "card": self.charge_id._get_card_label(),
        }
        if self.kind == "payout":
            lines = [
                _(
                    "we gave %(amount)s of your payment no. %(number)s back to you by transfer,"
                    " folio %(folio)s.",
                    **words,
                )
            ]
        else:
            lines = [
                _(
                    "we gave %(amount)s of your payment no. %(number)s back to your card %(card)s,"
                    " folio %(folio)s. Your bank shows it within some days.",
                    **words,
                )
            ]
        money = self.currency_id.format
        if self.from_credit:
            lines.append(_("It came from your credit balance: %s.", money(self.from_credit)))
        if self.reopened:
            lines.append(_("That payment covered %s that you owe again.", money(self.reopened)))
        return "\n".join(lines)
