import json

from odoo import models


class IspPaymentEvent(models.Model):
    """A message about a refund that the charge does not show is left to people."""

    _inherit = "isp.payment.event"

    def _note_unbooked(self, charge):
        """Extend: a charge shows one refund, an earlier part of it may have been missed."""
        res = super()._note_unbooked(charge)
        refund_id = self._told_refund_id()
        if self.outbox_state == "done" and refund_id:
            rows = self.env["isp.payment.refund"].sudo()
            own = [("provider_id", "=", self.provider_id.id), ("openpay_id", "=", refund_id)]
            if not rows.search_count(own, limit=1):
                reason = self.env._("Openpay does not show this refund: look in its dashboard.")
                self._outbox_note("error", reason, "refund_missing")
        return res

    def _told_refund_id(self):
        """Return the id of the refund that the message is about, "" for none."""
        if self.event_type != "charge.refunded":
            return ""
        transaction = json.loads(self.payload or "{}").get("transaction") or {}
        return (transaction.get("refund") or {}).get("id") or ""
