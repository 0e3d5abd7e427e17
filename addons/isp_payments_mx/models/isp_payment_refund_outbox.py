from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from .. import const
from ..services import refunds, wire


class IspPaymentRefund(models.Model):
    """The call of a refund, and how its end is found out when the answer is lost."""

    _inherit = "isp.payment.refund"

    # === CRON === #

    @api.model
    def _cron_work(self, limit=50):
        """Send and recover the refunds that are due."""
        refunds_sudo = self.sudo()
        handled = refunds_sudo._outbox_process(limit=limit)
        due = refunds_sudo.search_count(self._outbox_due_domain())
        self.env["ir.cron"]._commit_progress(handled, remaining=due)

    # === BUSINESS METHODS: OUTBOX === #

    def _outbox_call(self):
        """Look at the charge once more, then give the money back.

        A refund or a dispute that we have not heard of yet stops it: both would be paid by us.
        """
        self.provider_id._openpay_check_open()
        if self.charge_id.dispute_state in ("open", "lost"):
            raise OutboxReject(const.REFUND_CHANGED, "disputed")
        try:
            charge = self._read_charge()
        except OutboxUnknown as error:
            raise OutboxRetry(str(error)) from error  # only asked: nothing was sent
        if wire.parse_charge(charge).status != "completed" or self._unknown_refunds(charge):
            raise OutboxReject(const.REFUND_CHANGED, str(charge.get("status")))
        path = f"{self.charge_id._charges_path()}/{self.charge_id.charge_id}/refund"
        answer = self.provider_id._openpay_request(
            "POST",
            path,
            body=self.sudo().request_body,
            reference=self.transaction_id.reference,
        )
        shown = isinstance(answer, dict) and answer.get("id") == self.charge_id.charge_id
        return answer if shown else self._read_charge()

    def _outbox_recover(self):
        """Read what the charge shows of the refund; it is never sent a second time.

        :raise OutboxReject: it shows none although it had time enough
        """
        charge = self._read_charge()
        if self.openpay_id or self._answer_in(charge):
            return charge
        if fields.Datetime.now() - (self.sent_at or self.create_date) < const.CARD_SETTLE:
            raise OutboxUnknown("not found yet")
        raise OutboxReject(const.CARD_NOT_FOUND)

    def _read_charge(self):
        """Return the charge as Openpay knows it now."""
        charge = self.charge_id
        return self.provider_id._openpay_get_charge(charge.charge_id, charge.customer_ref or "")

    def _unknown_refunds(self, data):
        """Return the refunds that a charge shows and nobody has noted."""
        known = set(self.charge_id.refund_ids.mapped("openpay_id"))
        return [refund for refund in refunds.read_refunds(data) if refund.id not in known]

    def _answer_in(self, data):
        """Return whether a charge shows this refund."""
        order = [self._as_order(is_open=True)]
        found = self._unknown_refunds(data)
        return any(refunds.answered(refund, order) is not None for refund in found)

    def _as_order(self, is_open=None):
        """Return what identifies this refund among those that a charge shows."""
        if is_open is None:
            is_open = self.outbox_state in ("sent", "unknown")
        return refunds.Order(self.idempotency_key or "", Decimal(f"{self.amount:.2f}"), is_open)

    def _outbox_store(self, answer):
        """Note and book what the charge shows, as a message about it would."""
        self.env["payment.transaction"].sudo()._openpay_receive(self.provider_id, answer)
        self.invalidate_recordset()
        if not self.openpay_id:
            raise OutboxUnknown("the charge does not show the refund")

    def _outbox_note(self, state, error, code=False):
        """Extend: a refused refund ends its transaction, is told, and the charge looked at."""
        res = super()._outbox_note(state, error, code)
        if state == "error":
            text = self._refusal_text(code or "", getattr(error, "text", "") or str(error))
            self.last_error = text
            if self.transaction_id.state in ("draft", "pending"):
                self.transaction_id._set_error(text)
            self.charge_id._sum_refunds()
            self.charge_id.aftercare_at = fields.Datetime.now()
            self._tell_refused(text)
        elif self.next_attempt_at:
            self._trigger_worker(self.next_attempt_at)
        return res

    def _outbox_next_attempt(self, attempts):
        """Override: a customer waits for his money, so it is asked about within seconds."""
        return self.env["isp.card.charge"]._outbox_next_attempt(attempts)
