from datetime import datetime

from freezegun import freeze_time

from odoo import fields

from .card_common import VISA, CardMixin

# 10:00 in Mexico City, within the hours of the charges.
MORNING = "16:00:00"


class DebitMixin(CardMixin):
    """Direct debit against the simulator: consent, notices that went out, days that pass.

    The service is prepaid, cut-off day 21, billed 7 days before: what is due on 2026-03-21 is
    billed on 03-14, told on 03-15 and charged on 03-21.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.lang = "en_US"
        cls.provider.openpay_public_key = "pk_" + "b2" * 16

    def _on(self, day, hour=MORNING):
        """Return a context in which it is ``day`` at ``hour`` UTC, at Openpay too."""
        self.simulator.post("/_control/clock", {"now": f"{day}T{hour}+00:00"})
        return freeze_time(f"{day} {hour}")

    def _agree(self, subscription, number=VISA, day=None, send=True, **values):
        """Return the mandate of a customer who agreed and gave a card."""
        offer = subscription._isp_debit_offer(day)
        rows = self.env["isp.card.registration"].sudo()
        row = rows._create_for(
            self.provider,
            subscription.partner_id,
            self._browser_token(number),
            "device-1",
            "10.0.0.7",
            subscription,
        )
        mandates = self.env["isp.card.mandate"].sudo()
        seen = {"ip": "203.0.113.9", "user_agent": "Tests/1.0"}
        mandate = mandates._isp_accept(subscription, offer, row, seen, **values)
        if send:
            row._outbox_process_one()
        return mandate

    def _bill(self, day="2026-03-14", subscription=None):
        """Bill what is due on ``day``."""
        service = subscription or self.subscription
        with freeze_time(f"{day} {MORNING}"):
            return service._bill_due(datetime.fromisoformat(day).date())

    def _announce(self, day="2026-03-15", deliver=True):
        """Announce what is to be announced on ``day``; the mails go out at once."""
        with self._on(day):
            date = self.company._isp_today()
            debits = self.env["isp.card.debit"].sudo()
            for mandate_id in debits._isp_unannounced_mandates(self.company):
                mandate = self.env["isp.card.mandate"].sudo().browse(mandate_id)
                debits |= debits._isp_announce(mandate, date)
            if deliver:
                self._deliver(debits.notice_id)
        return debits

    def _deliver(self, notices):
        """The mail server takes the mails of these notices."""
        for notice in notices:
            notice.mail_mail_id._postprocess_sent_message(notice.recipient_id.ids, [])

    def _work(self, debit, day, hour=MORNING):
        """The hourly job looks at one charge; returns it."""
        with self._on(day, hour):
            company = debit.company_id
            is_open = company._isp_debit_window().holds(fields.Datetime.now())
            debit._isp_work(company._isp_today(), is_open)
        return debit

    def _card_declines(self, mandate, code):
        """The bank refuses the stored card from now on; 0 accepts it again."""
        data = {"card_id": mandate.token_id.openpay_card_id, "decline": code}
        self.simulator.post("/_control/card", data)

    def _completed(self):
        """The charges that took money at Openpay."""
        return [charge for charge in self._charges() if charge["status"] == "completed"]

    def _notices(self, kind, subscription=None):
        service = subscription or self.subscription
        own = [("subscription_id", "=", service.id), ("kind", "=", kind)]
        return self.env["isp.notice"].search(own, order="id")
