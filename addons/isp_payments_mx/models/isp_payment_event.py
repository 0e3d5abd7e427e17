from datetime import timedelta

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from odoo.addons.isp_subscription.exceptions import OutboxUnknown

from .. import const
from ..services.wire import parse_charge

# Another worker has the same records: its commit is a moment away.
BUSY = (LockError, SerializationFailure, DeadlockDetected, LockNotAvailable)


class IspPaymentEvent(models.Model):
    """Inbox of Openpay's messages, one row per message however often it is sent.

    A message is only a hint: its outbox call reads the charge again with our own key, and that
    answer is what is booked.
    """

    _name = "isp.payment.event"
    _description = "Message of Openpay"
    _inherit = ["isp.outbox.mixin"]
    _outbox_lease = const.OUTBOX_LEASE
    _order = "id desc"
    _rec_name = "event_type"

    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    event_type = fields.Char(string="Type", required=True, readonly=True)
    charge_id = fields.Char(string="Openpay charge", readonly=True, index="btree_not_null")
    charge_status = fields.Char(readonly=True)
    customer_ref = fields.Char(string="Openpay customer", readonly=True)
    payload = fields.Text(readonly=True, help="The message without names and card data.")
    received_at = fields.Datetime(readonly=True, index=True)
    is_found = fields.Boolean(
        string="Found by asking", readonly=True, help="No message came: Openpay's list had it."
    )
    transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, index="btree_not_null", ondelete="set null"
    )

    # === BUSINESS METHODS === #

    @api.model
    def _receive(self, provider, event, is_found=False):
        """Store a message; a copy of one that is stored changes nothing.

        Parallel copies wait for each other in the database and one row comes out. A copy of a
        message that was left to people, or about a refund or a dispute, gives the worker another
        try: Openpay may have learned more, and a charge is disputed a second time with the same
        message. Messages that say nothing about money are kept and not worked on.

        :param provider: ``payment.provider`` the message was meant for
        :param event: `services.events.Event`
        :param bool is_found: Openpay did not send it, the charge was found by asking
        :return: whether there is something to do
        """
        relevant = bool(event.charge_id) and event.type in const.CHARGE_EVENTS
        again = ("error", "done") if event.type in const.AFTERMATH else ("error",)
        now = fields.Datetime.now()
        values = {
            "provider_id": provider.id,
            "company_id": provider.company_id.id,
            "event_type": event.type,
            "charge_id": event.charge_id or None,
            "charge_status": event.status or None,
            "customer_ref": event.customer_id or None,
            "payload": event.payload,
            "received_at": now,
            "is_found": is_found,
            "idempotency_key": f"{provider.id}|{event.key}" if event.charge_id else None,
            "outbox_state": "ready" if relevant else "done",
            "attempts": 0,
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": now,
            "write_date": now,
        }
        columns = SQL(", ").join(SQL.identifier(name) for name in values)
        query = SQL(
            "INSERT INTO isp_payment_event (%s) VALUES %s "
            "ON CONFLICT (idempotency_key) DO UPDATE"
            " SET outbox_state = 'ready', attempts = 0, next_attempt_at = NULL"
            " WHERE isp_payment_event.outbox_state IN %s"
            " AND COALESCE(isp_payment_event.last_error_code, '') <> %s RETURNING id",
            columns,
            tuple(values.values()),
            again,
            # what belongs to nobody is found every hour
            "unmatched" if is_found else "-",
        )
        # A copy that comes at the same moment fails here, which is no error: it is run again.
        self.env.cr.execute(query, log_exceptions=False)
        return relevant and bool(self.env.cr.fetchall())

    def _outbox_call(self):
        """Read the charge the message is about, with our own key."""
        return self.provider_id._openpay_get_charge(self.charge_id, self.customer_ref or "")

    def _outbox_recover(self):
        """Reading again is harmless."""
        return self._outbox_call()

    def _outbox_store(self, answer):
        """Book the charge.

        :raise OutboxUnknown: Openpay does not say yet what its message said
        """
        charge = parse_charge(answer)
        tx = self.env["payment.transaction"].sudo()._openpay_receive(self.provider_id, answer)
        self.transaction_id = tx
        paid = const.STATUS_MAPPING["done"]
        waiting = const.STATUS_MAPPING["pending"]
        if self.charge_status in paid and charge.status in waiting:
            raise OutboxUnknown(
                self.env._("The message says that it is paid, Openpay says: %s.", charge.status)
            )

    def _outbox_finish(self, answer):
        """Extend: what cannot be booked now stays due, and the next messages go on."""
        try:
            with self.env.cr.savepoint():
                super()._outbox_finish(answer)
        except BUSY as error:
            self.invalidate_recordset()
            self._outbox_note("unknown", error)
            if self.attempts < const.EVENT_ATTEMPTS:
                self.next_attempt_at = fields.Datetime.now()
            return
        except UserError as error:
            self.invalidate_recordset()
            self._outbox_note("unknown", error)
            return
        except (OutboxUnknown, ValueError) as error:
            self.invalidate_recordset()
            again = self.last_error_code == "contradiction"
            final = again and self.attempts >= const.EVENT_ATTEMPTS
            self._outbox_note("error" if final else "unknown", error, "contradiction")
            return
        self._note_unbooked(parse_charge(answer))

    def _note_unbooked(self, charge):
        """Leave money that arrived and could not be booked to people, with the reason."""
        if not self.transaction_id:
            reason = self.env._("No voucher belongs to this charge.")
            self._outbox_note("error", reason, "unmatched")
        elif charge.was_paid and self.transaction_id.state != "done":
            reason = self.transaction_id.state_message or self.transaction_id.state
            self._outbox_note("error", reason, "not_booked")

    def _outbox_next_attempt(self, attempts):
        """Override: asking again costs nothing, and money waits for it."""
        index = min(max(attempts, 1), len(const.EVENT_BACKOFF_MINUTES)) - 1
        return fields.Datetime.now() + timedelta(minutes=const.EVENT_BACKOFF_MINUTES[index])
