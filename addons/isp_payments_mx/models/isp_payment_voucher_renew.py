from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class IspPaymentVoucher(models.Model):
    """A new reference for the same debt, in one tap (R73).

    The old one stays as it is: paid late, it is still booked.
    """

    _inherit = "isp.payment.voucher"

    def _renew(self):
        """Return the live reference for what this expired one asked for, made now if needed.

        Nothing is sent. The result is empty when the debt is another one by now (it was paid, or
        the price changed): the customer has to see the new amount first.

        :raise UserError: this way to pay is not offered any more
        """
        self.ensure_one()
        if self._get_display_state() != "expired":
            return self
        if self.subscription_id:
            return self._renew_for_subscription()
        return self._renew_for_invoices()

    def _renew_for_subscription(self):
        """Return the reference for the same months or change of plan at the same amount."""
        subscription = self.subscription_id
        tx = self.transaction_id
        if self._paid_since() or subscription.commercial_partner_id != self.partner_id:
            return self.browse()
        quote, _url = (
            self.env["isp.portal.page"]
            .sudo()
            ._openpay_quote(subscription, self.months, tx.isp_change_id.id)
        )
        if not quote or self.currency_id.compare_amounts(quote["total"], self.amount):
            return self.browse()
        return subscription._openpay_get_voucher(quote, self.payment_method_id.code)

    def _paid_since(self):
        """Return whether the service received a payment after this reference was made.

        Then the reference may ask for what is paid already: nobody should pay it unawares.
        """
        if not self.subscription_id:
            return False
        domain = (
            Domain("isp_subscription_id", "=", self.subscription_id.id)
            & Domain("create_date", ">", self.create_date)
            & Domain("state", "in", ("in_process", "paid"))
            & Domain("payment_type", "=", "inbound")
        )
        return bool(self.env["account.payment"].sudo().search(domain, limit=1))

    def _renew_for_invoices(self):
        """Return the reference for the same invoices, as long as they owe that much."""
        tx = self.transaction_id
        invoices = tx.invoice_ids
        self._wait_turn_of(invoices)
        if not invoices or not all(move._has_to_be_paid() for move in invoices):
            return self.browse()
        if self.currency_id.compare_amounts(sum(invoices.mapped("amount_residual")), self.amount):
            return self.browse()
        live = self._live_for(self.debt_key, self.payment_method_id, self.amount)
        if live:
            return live
        if self.payment_method_id not in tx.provider_id.payment_method_ids.filtered("active"):
            raise UserError(self.env._("This way to pay is not available now."))
        return self._create_for(self._copy_transaction(), self.description)

    def _copy_transaction(self):
        """Return a new draft transaction for the invoices of this reference."""
        tx = self.transaction_id
        return tx.create(
            {
                "provider_id": tx.provider_id.id,
                "payment_method_id": tx.payment_method_id.id,
                "reference": tx._compute_reference(tx.provider_code, prefix=tx.reference),
                "amount": self.amount,
                "currency_id": tx.currency_id.id,
                "partner_id": tx.partner_id.id,
                "operation": tx.operation,
                "invoice_ids": [(6, 0, tx.invoice_ids.ids)],
            }
        )

    def _get_successor(self):
        """Return the live reference for the same debt as this expired one, if there is one."""
        self.ensure_one()
        if self._get_display_state() != "expired":
            return self.browse()
        if not self.subscription_id:
            return self._live_for(self.debt_key, self.payment_method_id, self.amount)
        return self.search(
            Domain("state", "in", ("preparing", "pending"))
            & Domain("subscription_id", "=", self.subscription_id.id)
            & Domain("partner_id", "=", self.partner_id.id)
            & Domain("payment_method_id", "=", self.payment_method_id.id)
            & Domain("amount", "=", self.amount)
            & Domain("due_at", ">", fields.Datetime.now()),
            limit=1,
        )

    def _send_now(self):
        """Commit the stored request and call Openpay; what fails is left to the worker."""
        self.ensure_one()
        self._trigger_worker()
        self._outbox_commit()
        self._outbox_process_one()
