from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from .. import const


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
    received_at = fields.Datetime(readonly=True)
    transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, index="btree_not_null", ondelete="set null"
    )

    # === BUSINESS METHODS === #

    @api.model
    def _receive(self, provider, event):
        """Store a message; a copy of one that is stored changes nothing.

        Parallel copies wait for each other in the database and one row comes out. Messages that
        say nothing about money are kept for the record and not worked on.

        :param provider: ``payment.provider`` the message was meant for
        :param event: `services.events.Event`
        :return: whether there is something to do
        """
        relevant = bool(event.charge_id) and event.type in const.CHARGE_EVENTS
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
            "ON CONFLICT (idempotency_key) DO NOTHING RETURNING id",
            columns,
            tuple(values.values()),
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
        """Book the charge."""
        tx = self.env["payment.transaction"].sudo()._openpay_receive(self.provider_id, answer)
        self.transaction_id = tx

    def _outbox_finish(self, answer):
        """Extend: what cannot be booked now stays due, and the next messages go on."""
        try:
            with self.env.cr.savepoint():
                super()._outbox_finish(answer)
        except (LockError, UserError, ValueError) as error:
            self.invalidate_recordset()
            self._outbox_note("unknown", error)
            return
        if not self.transaction_id:
            self.write({"outbox_state": "error", "last_error_code": "unmatched"})
            self.last_error = self.env._("No voucher belongs to this charge.")

    @api.model
    def _cron_process(self):
        """Work on the messages that came; called as soon as one is stored, and regularly."""
        handled = self.sudo()._outbox_process(limit=100)
        due = self.sudo().search_count(self._outbox_due_domain())
        self.env["ir.cron"]._commit_progress(handled, remaining=due)

    def action_retry(self):
        """Button: work on the selected messages again."""
        self.check_access("write")
        events = self.filtered(lambda event: event.charge_id and event.outbox_state != "done")
        events.write({"outbox_state": "ready", "next_attempt_at": False})
        self.env.ref("isp_payments_mx.cron_process_events").sudo()._trigger()
