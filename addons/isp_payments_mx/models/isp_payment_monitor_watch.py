from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown
from odoo.addons.isp_subscription.isolation import reason_of

from ..services.events import EventError, announcement
from .isp_payment_monitor import WAITING

ACTIVITY = "isp_payments_mx.mail_activity_payment_alarm"


class IspPaymentMonitor(models.Model):
    """The alarm, and the comparison of the books with Openpay's list."""

    _inherit = "isp.payment.monitor"

    # === CRONS === #

    @api.model
    def _cron_watch(self):
        """Look at every account, raise and close the alarms."""
        for monitor in self.sudo()._ensure():
            # a fresh look at the database, so that the lock meets no change made meanwhile
            self.env["ir.cron"]._commit_progress(1)
            if monitor.try_lock_for_update():
                monitor.with_context(lang=monitor.company_id._isp_lang())._watch()

    @api.model
    def _cron_reconcile(self):
        """Compare the charges that Openpay completed lately with the books."""
        for monitor in self.sudo()._ensure():
            note = monitor.with_context(lang=monitor.company_id._isp_lang())._reconcile()
            self.env["ir.cron"]._commit_progress(1)
            if monitor.try_lock_for_update():
                monitor.write({"reconciled_at": fields.Datetime.now(), "reconcile_note": note})

    # === BUSINESS METHODS: ALARM === #

    def _watch(self):
        """Note what is wrong now, with one activity while it lasts."""
        self.ensure_one()
        self.invalidate_recordset(["last_event_at"])
        self.write(
            {
                "checked_at": fields.Datetime.now(),
                "silent_since": self._find_silence(),
                "stuck_count": self._count_stuck(),
                "failed_count": self.env["isp.payment.event"].search_count(self._failed_domain()),
            }
        )
        reasons = self._alarm_reasons()
        self.is_alarm = bool(reasons)
        self._raise_alarm(reasons)

    def _find_silence(self):
        """Return the moment of the oldest charge whose messages are missing, False for none.

        Openpay announces each charge that it makes. When the newest message is older than a
        charge that is older than the company's patience, its messages do not arrive.
        """
        minutes = self.company_id.isp_webhook_silence_minutes
        if not minutes or self.provider_id.state == "disabled":
            return False
        now = fields.Datetime.now()
        since = max(self.last_event_at or _horizon(now), _horizon(now))
        moments = []
        for model, field in self._charge_models():
            domain = [
                ("provider_id", "=", self.provider_id.id),
                ("charge_id", "!=", False),
                # the clock of Openpay may differ a little from ours
                (field, ">", since + timedelta(minutes=2)),
                (field, "<=", now - timedelta(minutes=minutes)),
            ]
            moments += self.env[model].search(domain, order=f"{field}, id", limit=1).mapped(field)
        return min(moments, default=False)

    def _count_stuck(self):
        """Return how many calls to Openpay have an open outcome for too long."""
        patience = timedelta(minutes=self.company_id.isp_payment_stuck_minutes)
        domain = [
            ("provider_id", "=", self.provider_id.id),
            ("outbox_state", "in", WAITING),
            ("create_date", "<=", fields.Datetime.now() - patience),
        ]
        names = ["isp.payment.event", *(name for name, _field in self._charge_models())]
        return sum(self.env[name].search_count(domain) for name in names)

    def _alarm_reasons(self):
        """Return what is wrong, in words for the staff."""
        reasons = []
        if self.silent_since:
            text = self.env._(
                "Openpay sends no messages: the last one came %(last)s, a charge was made"
                " %(made)s. Payments are found by asking, which is slower. Look at the webhook in"
                " Openpay's dashboard.",
                last=self._told(self.last_event_at) or self.env._("never"),
                made=self._told(self.silent_since),
            )
            reasons.append(text)
        if self.stuck_count:
            text = self.env._("Calls to Openpay that have been waiting too long: %s.")
            reasons.append(text % self.stuck_count)
        if self.failed_count:
            text = self.env._("Messages about money that could not be booked: %s.")
            reasons.append(text % self.failed_count)
        return reasons

    def _told(self, moment):
        """Return a moment as people of the company write it, "" for none."""
        if not moment:
            return ""
        zone = self.company_id.partner_id.tz or "America/Mexico_City"
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        return local.strftime("%d/%m/%Y %H:%M")

    def _raise_alarm(self, reasons):
        """Keep one open activity that says what is wrong; close it when nothing is."""
        found = self.activity_search([ACTIVITY])
        note = " ".join(reasons)
        if not reasons:
            if found:
                found.action_feedback(feedback=self.env._("All is well again."))
        elif not found:
            company = self.company_id
            user = company.isp_payment_alarm_user_id or company._isp_manager()
            today = company._isp_today()
            self.activity_schedule(ACTIVITY, date_deadline=today, note=note, user_id=user.id)
        else:
            found[:1].note = note

    # === BUSINESS METHODS: COMPARISON === #

    def _reconcile(self):
        """Put into the inbox what Openpay completed and we have not booked.

        The worker of the messages does the rest, so that this cannot book anything twice.

        :return: the result in words for the staff
        """
        self.ensure_one()
        try:
            charges = self.provider_id._openpay_completed()
            aftermath = self.provider_id._openpay_aftermath()
        except (OutboxRetry, OutboxUnknown, OutboxReject) as error:
            return self.env._("Openpay could not be asked: %s", reason_of(error))
        found = sum(self._announce(charge) for charge in self._unbooked(charges))
        later = sum(self._announce(charge) for charge in self._unnoted(aftermath))
        if found or later:
            self.env.ref("isp_payments_mx.cron_process_events").sudo()._trigger()
        return self.env._(
            "Payments of the last days: %(count)s. Not booked before: %(found)s. Refunds and"
            " disputes not noted before: %(later)s.",
            count=len(charges),
            found=found,
            later=later,
        )

    def _unbooked(self, charges):
        """Return the charges that no transaction of ours has booked."""
        ids = [str(charge.get("id")) for charge in charges]
        booked = self.env["payment.transaction"].search(
            [("openpay_charge_id", "in", ids), ("state", "=", "done")]
        )
        known = set(booked.mapped("openpay_charge_id"))
        return [charge for charge in charges if str(charge.get("id")) not in known]

    def _announce(self, charge):
        """Store the message that should have come; return whether there is something to do."""
        try:
            event = announcement(charge)
        except EventError:
            return False
        return self.env["isp.payment.event"]._receive(self.provider_id, event, is_found=True)


def _horizon(now):
    """Return how far back messages and charges are compared (UTC)."""
    return now - timedelta(days=7)
