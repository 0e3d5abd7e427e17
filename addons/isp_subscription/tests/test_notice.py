from datetime import date, datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .run_common import IspRunCommon

DAY = date(2026, 2, 16)


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestNotice(IspRunCommon):
    def test_a_notice_is_made_once_with_its_mail_queued(self):
        subscription = self._create_subscription()
        notice = subscription._isp_notify("pause", "2026-03-01", text="Tu pausa empieza")
        again = subscription._isp_notify("pause", "2026-03-01", text="otra")
        self.assertEqual(notice, again)
        self.assertEqual((notice.state, notice.channel), ("queued", "email"))
        mail = notice.mail_mail_id
        self.assertEqual(mail.state, "outgoing")
        self.assertIn("Tu pausa empieza", mail.body_html)
        self.assertIn(subscription.name, mail.body_html)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(notice.recipient, self.customer.email)
        self.assertEqual(len(notice.body_hash), 64)
        other = subscription._isp_notify("pause", "2026-04-01")
        self.assertNotEqual(other, notice)

    def test_the_database_refuses_a_second_notice(self):
        subscription = self._create_subscription()
        notice = subscription._isp_notify("pause", "x")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            notice.sudo().copy()
            self.env.flush_all()

    def test_every_kind_has_its_text(self):
        subscription = self._create_subscription()
        bodies = set()
        for kind, _label in self.env["isp.notice"]._fields["kind"].selection:
            notice = subscription._isp_notify(
                kind, "1", amount=349.0, date_due=date(2026, 2, 21), text="Detalle"
            )
            self.assertEqual(notice.state, "queued", kind)
            self.assertTrue(notice.subject)
            self.assertIn("349", notice.mail_mail_id.body_html)
            self.assertIn("/my/isp?subscription_id=", notice.mail_mail_id.body_html)
            bodies.add(notice.mail_mail_id.body_html)
        self.assertEqual(len(bodies), 9)

    def test_customer_without_email(self):
        self.customer.email = False
        subscription = self._create_subscription()
        notice = subscription._isp_notify("suspension", "2026-01-21")
        self.assertEqual((notice.state, notice.channel), ("undelivered", "manual"))
        self.assertFalse(notice.mail_mail_id)
        self.assertFalse(subscription._isp_notice_proof("suspension", "2026-01-21"))
        with self.assertRaises(AccessError):
            notice.with_user(self.user_technician).action_mark_delivered()
        notice.with_user(self.user_cashier).action_mark_delivered()
        self.assertEqual((notice.state, notice.delivered_by), ("delivered", self.user_cashier))
        self.assertTrue(subscription._isp_notice_proof("suspension", "2026-01-21"))
        self.assertFalse(subscription._isp_notice_proof("suspension", "2026-02-21"))
        with self.assertRaises(UserError):
            notice.with_user(self.user_cashier).action_mark_delivered()

    def test_an_address_that_came_later(self):
        self.customer.email = False
        notice = self._create_subscription()._isp_notify("suspension", "2026-01-21")
        with self.assertRaises(UserError):
            notice.with_user(self.user_cashier).action_send_again()
        self.customer.email = "rosa@example.com"
        notice.with_user(self.user_cashier).action_send_again()
        self.assertEqual((notice.state, notice.recipient), ("queued", "rosa@example.com"))
        self.assertEqual(notice.mail_mail_id.state, "outgoing")

    def test_the_payer_gets_the_mail_of_a_contact_without_address(self):
        contact = self.env["res.partner"].create(
            {"name": "Casa", "parent_id": self.customer.id, "type": "other"}
        )
        contact.email = False
        subscription = self._create_subscription(partner_id=contact.id)
        notice = subscription._isp_notify("pause", "1")
        self.assertEqual(notice.mail_mail_id.recipient_ids, self.customer)

    def test_kinds_that_the_company_does_not_send(self):
        subscription = self._create_subscription()
        self.company.isp_notify_service = False
        self.assertFalse(subscription._isp_notify("pause", "1"))
        self.assertTrue(subscription._isp_notify("suspension", "1"))

    def test_settings_that_contradict_each_other(self):
        self.company.isp_cut_needs_notice = True
        with self.assertRaises(ValidationError):
            self.company.isp_notify_suspension = False
        for text in ("a", "1,2,3,4"):
            with self.assertRaises(ValidationError):
                self.company.isp_reminder_offsets = text

    def test_proof_in_time(self):
        subscription = self._create_subscription()
        notice = subscription._isp_notify("suspension", "2026-01-21")
        self.assertFalse(subscription._isp_notice_proof("suspension", "2026-01-21"))
        notice.sudo().write({"state": "sent", "sent_at": datetime(2026, 2, 16, 18)})
        self.assertTrue(subscription._isp_notice_proof("suspension", "2026-01-21"))
        self.assertFalse(subscription._isp_notice_proof("suspension", "2026-01-21", DAY))
        self.assertTrue(
            subscription._isp_notice_proof("suspension", "2026-01-21", date(2026, 2, 17))
        )

    def test_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_MX")
        template = self.env.ref("isp_subscription.mail_template_notice_suspension")
        template.with_context(lang="es_MX").subject = "Aviso de suspensión de {{ object.key }}"
        self.customer.lang = "es_MX"
        spanish = self._create_subscription()._isp_notify("suspension", "k1")
        self.other_customer.lang = "en_US"
        english = self._create_subscription(partner_id=self.other_customer.id)
        english = english._isp_notify("suspension", "k1")
        self.assertEqual(spanish.subject, "Aviso de suspensión de k1")
        self.assertIn("about to be suspended", english.subject)

    def test_notices_are_kept(self):
        notice = self._create_subscription()._isp_notify("pause", "1")
        with self.assertRaises(UserError):
            notice.sudo().unlink()


@tagged("post_install", "-at_install")
class TestNoticeRun(IspRunCommon):
    """The sender: statements, reminders and warnings, each once and only while they are true."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 2, 21))

    def _day(self, day, bill=False):
        """Run the notices of a day at noon, after its billing when asked to."""
        with freeze_time(f"{day} 18:00:00"):
            if bill:
                self._run_billing(day)
            return self._run_notices(day)

    def _kinds(self):
        found = self._notices(self.subscription).sorted("id")
        return [(notice.kind, notice.state) for notice in found if notice.state != "skipped"]

    def test_the_life_of_an_unpaid_invoice(self):
        self._day(date(2026, 2, 14), bill=True)
        self.assertEqual(self._kinds(), [("invoice", "queued")])
        for day in (14, 15, 16, 17, 17, 18, 18, 19, 20, 21, 21):
            self._day(date(2026, 2, day))
        self.assertEqual(self._kinds()[1:], [("reminder", "queued")] * 2)
        for day in (22, 23, 24, 25, 26):
            self._day(date(2026, 2, day))
        self.assertEqual(self._kinds()[3:], [("suspension", "queued"), ("reminder", "queued")])
        keys = self._notices(self.subscription).sorted("id").mapped("key")[1:]
        due = "2026-02-21"
        self.assertEqual(keys, [f"{due}:-3", f"{due}:+0", due, f"{due}:+3"])
        self.assertEqual(set(self._notices(self.subscription).mapped("amount")), {349.0})

    def test_statement_tells_invoice_amount_and_due_date(self):
        self._day(date(2026, 2, 14), bill=True)
        notice = self._notices(self.subscription, "invoice")
        move = self.subscription.period_ids.move_id
        self.assertEqual((notice.move_id, notice.key), (move, str(move.id)))
        self.assertEqual((notice.amount, notice.date_due), (349.0, date(2026, 2, 21)))
        self.assertIn(move.name, notice.mail_mail_id.body_html)
        self.assertEqual(self.subscription.period_ids.notice_date, date(2026, 2, 14))
        self.assertEqual(notice.run_id.warned, 1)

    def test_a_mail_failure_neither_repeats_nor_undoes_a_posting(self):
        template = self.env.ref("isp_subscription.mail_template_notice_invoice")
        languages = self.env["res.lang"].get_installed()
        broken = {code: "{{ object.no_such_field }}" for code, _name in languages}
        template.update_field_translations("subject", broken)
        self.env.flush_all()
        other = self._create_subscription(date_start=date(2026, 2, 21))
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            figures = self._day(date(2026, 2, 14), bill=True)
        self.assertEqual(figures["failed"], 2)
        self.assertEqual(self._notices(self.subscription).state, "failed")
        self.assertTrue(self._notices(self.subscription).reason)
        self.assertEqual((self.subscription | other).period_ids.mapped("state"), ["billed"] * 2)
        self._day(date(2026, 2, 15), bill=True)
        self.assertEqual(len(self._notices(self.subscription)), 1)
        self.assertEqual(len(self.subscription.period_ids), 1)

    def test_no_reminder_for_a_debt_paid_meanwhile(self):
        self._day(date(2026, 2, 14), bill=True)
        with freeze_time("2026-02-15 18:00:00"):
            self._pay(self.subscription, 349.0)
        for day in (18, 21, 24):
            self._day(date(2026, 2, day))
        self.assertEqual(self._kinds(), [("invoice", "queued")])

    def test_an_invoice_paid_at_once_needs_no_statement(self):
        with freeze_time("2026-02-10 18:00:00"):
            self._pay(self.subscription, 349.0, months=1)
        self._day(date(2026, 2, 14))
        self.assertEqual(self._notices(self.subscription).mapped("state"), ["skipped"])

    def test_a_late_run_sends_one_mail_not_all_of_them(self):
        self._day(date(2026, 2, 14), bill=True)
        figures = self._day(date(2026, 2, 25))
        self.assertEqual((figures["queued"], figures["skipped"]), (1, 2))
        self.assertEqual(self._kinds()[1:], [("suspension", "queued")])
        self.assertEqual(len(self._notices(self.subscription, "reminder")), 2)

    def test_notices_of_long_ago_are_recorded_and_not_sent(self):
        self.company.isp_notify_suspension = False
        with freeze_time("2026-02-14 18:00:00"):
            self._run_billing(date(2026, 2, 14))
        self._day(date(2026, 3, 20))
        self._day(date(2026, 3, 21))
        found = self._notices(self.subscription)
        self.assertEqual(set(found.mapped("state")), {"skipped"})
        self.assertEqual(len(found), 4)

    def test_switches(self):
        self.company.write({"isp_notify_invoice": False, "isp_notify_reminder": False})
        for day in (14, 18, 21):
            self._day(date(2026, 2, day), bill=day == 14)
        self.assertFalse(self._notices(self.subscription))
        self.assertEqual(self.subscription.period_ids.notice_date, date(2026, 2, 14))

    def test_a_statement_of_a_postpaid_service_that_comes_too_late_is_marked(self):
        plan = self._create_plan("Pospago", 300.0, 1.0, 1.0, isp_billing_mode="postpaid")
        postpaid = self._create_subscription(plan_id=plan.id, date_start=date(2026, 1, 21))
        self._day(date(2026, 2, 23), bill=True)
        notice = self._notices(postpaid, "invoice")
        self.assertEqual(notice.date_due, date(2026, 3, 3))
        self.assertTrue(notice.is_late)
        on_time = self._create_subscription(
            plan_id=plan.id, date_start=date(2026, 1, 23), anchor_day=23
        )
        self._day(date(2026, 2, 23), bill=True)
        self.assertFalse(self._notices(on_time, "invoice").is_late)

    def test_the_cut_waits_for_the_proof(self):
        self.company.isp_cut_needs_notice = True
        self._day(date(2026, 2, 14), bill=True)
        self._day(date(2026, 2, 22))
        notice = self._notices(self.subscription, "suspension")
        with freeze_time("2026-02-27 18:00:00"):
            self._run_cutoff(date(2026, 2, 27))
            self.assertEqual(self.subscription.state, "grace")
            notice.sudo().write({"state": "sent", "sent_at": datetime(2026, 2, 26, 18)})
            self._run_cutoff(date(2026, 2, 27))
        self.assertEqual(self.subscription.state, "suspended")

    def test_a_new_debt_needs_a_new_notice(self):
        self.company.isp_cut_needs_notice = True
        self._day(date(2026, 2, 14), bill=True)
        self._day(date(2026, 2, 22))
        self._notices(self.subscription, "suspension").sudo().write(
            {"state": "sent", "sent_at": datetime(2026, 2, 22, 18)}
        )
        with freeze_time("2026-02-23 18:00:00"):
            self._pay(self.subscription, 349.0)
        self._day(date(2026, 3, 14), bill=True)
        with freeze_time("2026-03-30 18:00:00"):
            self._run_cutoff(date(2026, 3, 30))
        self.assertEqual(self.subscription.state, "grace")
        self._day(date(2026, 3, 30))
        self.assertEqual(len(self._notices(self.subscription, "suspension")), 2)

    def test_a_cut_and_the_return_are_told_once(self):
        self._day(date(2026, 2, 14), bill=True)
        with freeze_time("2026-02-27 18:00:00"):
            self._run_cutoff(date(2026, 2, 27))
        self.assertEqual(self.subscription.state, "suspended")
        for _index in range(2):
            self._day(date(2026, 2, 27))
        told = self._notices(self.subscription, "suspended")
        self.assertEqual((told.state, told.amount), ("queued", 349.0))
        with freeze_time("2026-02-28 18:00:00"):
            self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.state, "active")
        for _index in range(2):
            self._day(date(2026, 2, 28))
        self.assertEqual(self._notices(self.subscription, "reactivated").state, "queued")
        self.assertEqual(len(self._notices(self.subscription, "suspended")), 1)

    def test_a_cut_and_the_return_wake_the_sender(self):
        """Who is cut is told within seconds, not at the next hourly turn (R70)."""
        self._day(date(2026, 2, 14), bill=True)
        with self.capture_wakes("isp_subscription.ir_cron_notices") as wakes:
            with freeze_time("2026-02-27 18:00:00"):
                self._run_cutoff(date(2026, 2, 27))
            self.assertEqual((self.subscription.state, wakes()), ("suspended", 1))
            with freeze_time("2026-02-28 18:00:00"):
                self._pay(self.subscription, 349.0)
            self.assertEqual((self.subscription.state, wakes()), ("active", 2))

    def test_a_queued_mail_wakes_odoos_sender(self):
        with self.capture_wakes("mail.ir_cron_mail_scheduler_action") as wakes:
            self.subscription._isp_notify("pause", "1")
            self.assertEqual(wakes(), 1)

    def test_a_text_that_fails_undoes_nothing_of_the_caller(self):
        template = self.env.ref("isp_subscription.mail_template_notice_service")
        languages = self.env["res.lang"].get_installed()
        broken = {code: "{{ object.no_such_field }}" for code, _name in languages}
        template.update_field_translations("subject", broken)
        self.subscription.note = "kept"
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            notice = self.subscription._isp_notify("pause", "1")
        self.assertEqual(notice.state, "failed")
        self.assertEqual(self.subscription.note, "kept")
