from datetime import datetime

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestOutage(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.other = cls._create_subscription(partner_id=cls.other_customer.id)

    def _open(self, **values):
        return self.env["isp.outage"]._isp_open(
            {
                "name": "North tower",
                "company_id": self.company.id,
                "date_start": datetime(2026, 11, 10, 8),
                "evidence_kind": "monitoring",
                "source_ref": "device:1",
                "subscription_ids": self.subscription.ids,
                **values,
            }
        )

    def test_one_runs_at_a_time(self):
        outage = self._open()
        self.assertEqual((outage.state, outage.subscription_count), ("open", 1))
        self.assertEqual(self._open(subscription_ids=self.other.ids), outage)
        self.assertEqual(outage.subscription_ids, self.subscription | self.other)
        self.assertNotEqual(self._open(source_ref="device:2"), outage)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            outage.copy({"source_ref": "device:1"})
            self.env.flush_all()

    def test_end(self):
        outage = self._open()
        outage._isp_close(datetime(2026, 11, 10, 20))
        self.assertEqual((outage.state, outage.hours), ("closed", 12))
        again = self._open(date_start=datetime(2026, 11, 11))
        self.assertNotEqual(again, outage)
        again._isp_close(datetime(2026, 11, 10))
        self.assertEqual(again.hours, 0)

    def test_to_confirm(self):
        outage = self._open(state="to_confirm")
        outage._isp_close(datetime(2026, 11, 10, 9))
        self.assertEqual(outage.state, "to_confirm")
        outage.action_confirm()
        self.assertEqual(outage.state, "closed")
        self.assertNotEqual(self._open(), outage)
        outage.action_void()
        self.assertEqual(outage.state, "void")

    def test_by_hand(self):
        outage = self._open(source_ref=False)
        self.assertNotEqual(self._open(source_ref=False), outage)
        outage.action_close()
        self.assertTrue(outage.date_end)
        with self.assertRaises(ValidationError):
            self._open(subscription_ids=[])

    def test_access(self):
        outage = self._open()
        outage.with_user(self.user_readonly).read(["name"])
        for role in ("readonly", "cashier", "billing"):
            with self.assertRaises(AccessError):
                outage.with_user(getattr(self, f"user_{role}")).action_void()
        outage.with_user(self.user_technician).write({"cause": "provider"})
        with self.assertRaises(AccessError):
            outage.with_user(self.user_technician).unlink()
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["isp.outage"].with_user(portal).search([])
        company = self.env["res.company"].create({"name": "Otra red"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self.env["isp.outage"].with_user(stranger).search([]))
        outage.with_user(self.user_manager).unlink()
