import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from .. import const
from ..services.wire import WireError, parse_charge
from .isp_payment_event import BUSY

# What may go wrong here is told when the message is worked on in its turn.
EXPECTED = (OutboxRetry, OutboxUnknown, OutboxReject, UserError, WireError, *BUSY)


class IspPaymentEvent(models.Model):
    """The worker of the messages: whoever has paid is switched on before the books are written.

    Booking takes a tenth of a second and more; after a night of cuts many pay at once. That a
    charge is completed is known as soon as Openpay was asked, and that is enough to switch on.
    """

    _inherit = "isp.payment.event"

    @api.model
    def _cron_process(self):
        """Work on the messages that came; called as soon as one is stored, and regularly."""
        events_sudo = self.sudo()
        seen: set[int] = set()
        while True:
            patience = time.monotonic() + const.SWITCH_SECONDS
            while time.monotonic() < patience:
                found = events_sudo._switch_on_first(seen)
                seen |= found
                if not found:
                    break
            deadline = time.monotonic() + const.BOOKING_SECONDS
            handled = events_sudo._outbox_process(limit=100, deadline=deadline)
            due = events_sudo.search_count(self._outbox_due_domain())
            left = self.env["ir.cron"]._commit_progress(handled, remaining=due)
            if not (due and handled and left):
                break

    @api.model
    def _switch_on_first(self, seen):
        """Switch on the cut services whose money has arrived; return the ids looked at.

        :param set seen: ids of messages that were looked at before
        """
        ids = self._cut_and_paid_ids(seen)
        for start in range(0, len(ids), const.SWITCH_BATCH):
            self.browse(ids[start : start + const.SWITCH_BATCH])._switch_on_together()
        return set(ids)

    @api.model
    def _cut_and_paid_ids(self, seen):
        """Return the ids of new messages that announce money for a service that is cut.

        :param set seen: ids to leave out
        """
        for model in ("isp.payment.event", "isp.payment.voucher", "isp.card.charge"):
            self.env[model].flush_model()
        self.env["isp.subscription"].flush_model(["state"])
        query = SQL(
            """
            SELECT event.id
              FROM isp_payment_event event
              JOIN (SELECT charge_id, subscription_id FROM isp_payment_voucher
                     UNION ALL
                    SELECT charge_id, subscription_id FROM isp_card_charge) charge
                ON charge.charge_id = event.charge_id
              JOIN isp_subscription service ON service.id = charge.subscription_id
             WHERE event.outbox_state = 'ready'
               AND event.event_type = 'charge.succeeded'
               AND service.state = 'suspended'
               AND event.id != ALL(%s)
               AND (event.next_attempt_at IS NULL OR event.next_attempt_at <= %s)
          ORDER BY event.id
             LIMIT 20
            """,
            list(seen),
            fields.Datetime.now(),
        )
        return [event_id for (event_id,) in self.env.execute_query(query)]

    def _switch_on_together(self):
        """Ask Openpay about each message, then switch on in one transaction, a savepoint each.

        While Openpay is asked no lock is held. Safe to repeat: a service that is on is left alone.
        Until the money is booked nothing cuts it again, see ``_isp_pending_payment_ids``.
        """
        answers = [event._ask_about_charge() for event in self]
        self._outbox_commit()  # what is done now sees what happened while Openpay was asked
        for event, answer in zip(self, answers, strict=True):
            if answer:
                event._switch_on_one(answer)
        self._outbox_commit()

    def _ask_about_charge(self):
        """Return what Openpay says about the charge, None when it cannot be known now."""
        self.ensure_one()
        try:
            return self._outbox_call()
        except EXPECTED:
            return None

    def _switch_on_one(self, answer):
        """Switch the service on when the money covers what it was cut for.

        :param dict answer: the charge, read from Openpay just now
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._switch_on_by(parse_charge(answer))
        except EXPECTED:
            self.env.invalidate_all()

    def _switch_on_by(self, charge):
        tx = self.env["payment.transaction"]._openpay_find(self.provider_id, charge)
        service = tx.isp_subscription_id
        service = service.with_context(lang=service.company_id._isp_lang())
        good = charge.is_paid and charge.currency == tx.currency_id.name
        if not good or tx.state == "done" or tx.isp_change_id or not service:
            return
        service.lock_for_update(allow_referencing=True)
        service.invalidate_recordset(["state"])
        overdue = service._isp_overdue_amount(service.company_id._isp_today())
        if service._isp_suspended_for_debt() and float(charge.amount) >= overdue:
            service._isp_debt_gone()
