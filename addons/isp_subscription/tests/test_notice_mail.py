from datetime import date
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
