from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .run_common import IspRunCommon

DAY = date(2026, 2, 16)
STAFF = ("readonly", "technician", "cashier", "billing", "manager")


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestRunSecurity(IspRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._create_portal(cls.customer, "rosa_portal")
        cls.foreign = cls._create_portal(cls.other_customer, "tomas_portal")
        cls.subscription = cls._create_subscription()
        cls.notice = cls.subscription._isp_notify("pause", "1")
        cls.simulation = cls.env["isp.run"].sudo()._isp_simulate(cls.company, DAY, "billing")

    @classmethod
    def _create_portal(cls, partner, login):
        return new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_staff_reads_and_nobody_writes(self):
        for role in STAFF:
            user = getattr(self, f"user_{role}")
            for record in (self.simulation, self.simulation.line_ids, self.notice):
                with self.subTest(role=role, model=record._name):
                    found = [
                        record.with_user(user).has_access(operation)
                        for operation in ("read", "write", "create")
                    ]
                    self.assertEqual(found, [True, False, False])

    def test_only_billing_deletes_simulations(self):
        with self.assertRaises(AccessError):
            self.simulation.with_user(self.user_cashier).unlink()
        self.simulation.with_user(self.user_billing).unlink()
        self.assertFalse(self.simulation.exists())

    def test_customer_reads_own_notices_without_the_insides(self):
        own = self.notice.with_user(self.portal)
        self.assertEqual(own.search([]), own)
        self.assertEqual(own.kind, "pause")
        for name in ("mail_mail_id", "body_hash", "run_id", "delivered_by"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                own.read([name])
        with self.assertRaises(AccessError):
            own.write({"state": "delivered"})
        with self.assertRaises(AccessError):
            own.action_mark_delivered()

    def test_another_customer_reads_nothing(self):
        notices = self.notice.with_user(self.foreign)
        self.assertFalse(notices.search([]))
        with self.assertRaises(AccessError):
            notices.read(["kind"])
        for record in (self.simulation, self.simulation.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.foreign).read(["id"])

    def test_another_company_reads_nothing(self):
        other = self.env["res.company"].create({"name": "Otra empresa"})
        user = new_test_user(
            self.env,
            login="isp_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for record in (self.simulation, self.simulation.line_ids, self.notice):
            with self.subTest(model=record._name):
                self.assertFalse(record.with_user(user).search([]) & record)
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["id"])
        wizard = self.env["isp.run.simulate"].with_user(user)
        with self.assertRaises(AccessError):
            wizard.create({"company_id": self.company.id, "date": DAY}).action_simulate()

    def test_marking_a_notice_of_another_company(self):
        other = self.env["res.company"].create({"name": "Otra empresa"})
        user = new_test_user(
            self.env,
            login="isp_other_cashier",
            groups="isp_subscription.group_isp_cashier",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.notice.sudo().state = "undelivered"
        with self.assertRaises(AccessError):
            self.notice.with_user(user).action_mark_delivered()
