import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from odoo.addons.isp_subscription.exceptions import OutboxRetry
from odoo.addons.isp_subscription.isolation import reason_of

from .. import const
from ..services import card_wire, wire

_logger = logging.getLogger(__name__)


class IspCardCharge(models.Model):
    """What an answer of Openpay, or its absence, does to an attempt and its transaction."""

    _inherit = "isp.card.charge"

    def _outbox_store(self, answer):
        """Store the charge and book it; what cannot be booked now is booked by the sweep."""
        self._forget_browser_keys()
        self._note_charge(wire.parse_charge(answer), answer)
        self.next_check_at = self._next_check(0)
        try:
            with self.env.cr.savepoint():
                self._book(answer)
        except (LockError, UserError, ValueError, OperationalError) as error:
            # OperationalError: another payment of the service was booked at the same moment
            self.invalidate_recordset()
            self.write({"last_error": reason_of(error), "next_check_at": fields.Datetime.now()})
            self._trigger_worker()
            _logger.info("Card charge %s: to be booked later", self.id)
            return
        if self.state in ("paid", "failed"):
            self.next_check_at = False

    def _book(self, answer):
        """Move the transaction to where the charge is."""
        txs = self.env["payment.transaction"].sudo()
        txs._openpay_receive(self.provider_id.sudo(), answer)

    def _outbox_note(self, state, error, code=False):
        """Extend: a refused attempt ends its transaction with a text for the cardholder.

        An attempt of somebody who waits at the screen is not sent later, when he has gone.
        """
        if state == "ready" and isinstance(error, OutboxRetry) and self.mode != "stored":
            state, code = "error", const.CARD_NOT_SENT
        res = super()._outbox_note(state, error, code)
        if state != "ready":
            self._forget_browser_keys()
        if state == "error":
            self._end_refused(code or "", str(error))
        elif self.transaction_id.state == "draft" and state == "unknown":
            self.transaction_id._set_pending()
        if state != "error" and self.next_attempt_at:
            self._trigger_worker(self.next_attempt_at)
        return res

    def _end_refused(self, code, text):
        """Write down why Openpay refused, and end the transaction."""
        self.write({"error_code": code, "error_text": text[:500]})
        if code == const.CARD_NOT_FOUND:
            # Nobody knows whether it turns up after all: it is asked for some times more.
            self.next_check_at = self._next_check(0)
        if self.transaction_id.state in ("draft", "pending"):
            self.transaction_id._set_error(self._get_error_text())

    def _outbox_next_attempt(self, attempts):
        """Override: somebody may be waiting, so it is asked about within seconds."""
        seconds = const.CARD_ASK_SECONDS
        index = min(attempts, len(seconds)) - 1
        return fields.Datetime.now() + timedelta(seconds=seconds[index])

    def _forget_browser_keys(self):
        """Mask the one-time keys of the browser in the stored request."""
        charge_sudo = self.sudo()
        charge_sudo.request_body = card_wire.mask_body(charge_sudo.request_body)

    def _note_charge(self, charge, data=None):
        """Write what Openpay says about this attempt.

        :param charge: `services.wire.Charge`
        :param dict data: the whole answer, for what only cards have
        """
        for record in self:
            if record.charge_id and record.charge_id != charge.id:
                continue
            vals = {"charge_id": charge.id, "charge_status": charge.status}
            waiting = charge.status in const.STATUS_MAPPING["pending"]
            if waiting and record.transaction_id.state == "done":
                # our own answer is older than the message that overtook it
                vals.pop("charge_status")
            if charge.customer_id:
                vals["customer_ref"] = charge.customer_id
            if not record.charge_created:
                vals["charge_created"] = charge.created or fields.Datetime.now()
            if charge.is_paid:
                vals["fee"] = float(charge.fee)
            if charge.error_message:
                vals["error_text"] = charge.error_message[:500]
            if data:
                vals.update(record._prepare_card_vals(card_wire.card_of_charge(data)))
            record.write(vals)

    def _prepare_card_vals(self, answer):
        """Return the values that only cards have; what an answer leaves out stays as it was."""
        vals = {
            "card_brand": answer.brand,
            "card_last4": answer.last4,
            "card_kind": answer.kind,
            "authorization": answer.authorization,
            "redirect_url": answer.redirect_url,
            "error_code": answer.error_code,
        }
        return {key: value for key, value in vals.items() if value}

    def _get_error_text(self):
        """Return in plain words why the card was not charged, in the language of the context."""
        self.ensure_one()
        return self.env["payment.provider"]._openpay_card_text(self.error_code)
