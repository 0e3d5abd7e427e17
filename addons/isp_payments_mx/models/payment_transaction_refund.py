from odoo import models

from .. import const


class PaymentTransaction(models.Model):
    """Refunds of Odoo's payment engine: the request goes through our outbox."""

    _inherit = "payment.transaction"

    def _send_refund_request(self):
        """Override of `payment`: write the request down; the worker sends it.

        The transaction is pending until Openpay answered: whether a lost answer was a refund is
        asked for, it is never an error here.
        """
        if self.provider_code != const.PROVIDER:
            super()._send_refund_request()
            return
        reason = self.env.context.get("isp_refund_reason")
        refunds = self.env["isp.payment.refund"]
        refunds._order_for(self, reason or self.env._("Ordered in the payment"))
        self._set_pending()

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment`: money that leaves names its refund and the same debt."""
        if self.provider_code != const.PROVIDER or self.operation != "refund":
            return super()._create_payment(**extra_create_values)
        refund = self.env["isp.payment.refund"].search([("transaction_id", "=", self.id)])
        values = refund._prepare_outgoing_vals() if refund else {}
        for name in ("payment_type", "partner_type", "partner_id", "currency_id"):
            values.pop(name, None)  # the engine's own
        return super()._create_payment(**values, **extra_create_values)
