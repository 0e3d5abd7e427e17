from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import MockSmtplibCase

from .run_common import IspRunCommon

MAIL = "odoo.addons.mail.models.mail_mail"


@tagged("post_install", "-at_install")
@freeze_time("2026-02-24 18:00:00")
class TestNoticeMail(IspRunCommon, MockSmtplibCase):
    """The mail queue: a notice goes out at most once, and what became of it is known."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "isp@example.com"
        cls.subscription = cls._create_subscription(date_start=date(2026, 2, 21))
        cls.subscription._bill_periods(1)

    def _notify(self):
        return self.subscription._isp_notify(
            "suspension", "2026-02-21", amount=349.0, date_due=date(2026, 2, 21)
        )

    def _send(self, notice):
        with self.mock_smtplib_connection():
            notice.mail_mail_id.sudo().send()
        self.env.invalidate_all()
        return len(self.emails)

    def test_sent(self):
        notice = self._notify()
        self.assertEqual(self._send(notice), 1)
        self.assertEqual(notice.state, "sent")
        self.assertTrue(notice.sent_at)
        self.assertEqual(notice.mail_mail_id.state, "sent")
        self.assertTrue(self.subscription._isp_notice_proof("suspension", "2026-02-21"))
        self.assertEqual(self._send(notice), 0)

    def test_an_attempt_that_was_interrupted_is_not_repeated(self):
        notice = self._notify()
        notice.sudo().state = "sending"
        self.assertEqual(self._send(notice), 0)
        self.assertEqual((notice.state, notice.mail_mail_id.state), ("failed", "exception"))
        self.assertTrue(notice.reason)
        notice.with_user(self.user_cashier).action_send_again()
        self.assertEqual(self._send(notice), 1)
        self.assertEqual(notice.state, "sent")

    def test_paid_while_it_waited_in_the_queue(self):
        notice = self._notify()
        self._pay(self.subscription, 349.0)
        self.assertEqual(self._send(notice), 0)
        self.assertEqual((notice.state, notice.mail_mail_id.state), ("skipped", "cancel"))

    def test_the_server_refuses(self):
        notice = self._notify()
        notice.recipient_id.email = "not an address"
        with mute_logger(MAIL):
            self._send(notice)
        self.assertEqual(notice.state, "failed")
        self.assertTrue(notice.reason)
        self.assertFalse(self.subscription._isp_notice_proof("suspension", "2026-02-21"))

    def test_no_connection(self):
        notice = self._notify()
        server = self.env.registry["ir.mail_server"]
        refused = ConnectionRefusedError("no mail server")
        with patch.object(server, "_connect__", side_effect=refused), mute_logger(MAIL):
            notice.mail_mail_id.sudo().send()
        self.assertEqual((notice.state, notice.mail_mail_id.state), ("failed", "exception"))

    def test_other_mails_are_sent_as_always(self):
        notice = self._notify()
        plain = self.env["mail.mail"].create(
            {"email_to": "a@example.com", "subject": "x", "body_html": "<p>x</p>"}
        )
        with self.mock_smtplib_connection():
            (plain | notice.mail_mail_id.sudo()).send()
        self.assertEqual(len(self.emails), 2)
        self.assertEqual((plain.state, notice.state), ("sent", "sent"))

    def test_a_late_statement_of_a_postpaid_service_moves_the_cut(self):
        self.company.isp_cut_needs_notice = True
        plan = self._create_plan("Pospago", 300.0, 1.0, 1.0, isp_billing_mode="postpaid")
        service = self._create_subscription(
            partner_id=self.other_customer.id,
            plan_id=plan.id,
            date_start=date(2026, 1, 5),
            anchor_day=5,
        )
        # The server was off: the invoice is of February 5 and due on the 15th.
        self._run_billing(date(2026, 2, 24))
        self._run_notices(date(2026, 2, 24))
        statement = self._notices(service, "invoice")
        self.assertTrue(statement.is_late)
        warning = self._notices(service, "suspension")
        warning.sudo().write({"state": "sent", "sent_at": datetime(2026, 2, 24, 18)})
        # Ten days to pay and more than five of grace, from the statement on.
        self.assertFalse(service._may_be_suspended(date(2026, 2, 26)))
        self.assertFalse(service._may_be_suspended(date(2026, 3, 11)))
        self.assertTrue(service._may_be_suspended(date(2026, 3, 12)))
        found = service._isp_cut_verdicts(date(2026, 3, 11), self.company, service.ids)
        self.assertEqual(found[service.id].reason, "notice")
