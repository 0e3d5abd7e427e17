from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TrafficCommon

MODELS = (
    "isp.device",
    "isp.interface",
    "isp.traffic.day",
    "isp.traffic.cycle",
    "isp.traffic.load",
    "isp.traffic.top",
    "isp.device.scan",
    "isp.device.scan.line",
)


@tagged("post_install", "-at_install")
class TestSecurity(TrafficCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._portal("portal_one", cls.customer)
        cls.portal_other = cls._portal("portal_two", cls.other_customer)

    @classmethod
    def _portal(cls, login, partner):
        return new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        for line in (self.line, self.other_line):
            self._ingest(line, (self._moment(2026, 11, 10, 18, 0), 0, 0),
                         (self._moment(2026, 11, 10, 18, 5), 10**9, 10**8))  # fmt: skip

    def test_customer_sees_own_line_only(self):
        lines = self.env["isp.interface"].with_user(self.portal)
        self.assertEqual(lines.search([]), self.line)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.other_line.with_user(self.portal).read(["status"])

    def test_customer_sees_own_days_only(self):
        days = self.env["isp.traffic.day"].with_user(self.portal).search([])
        self.assertEqual(days.mapped("line_id.id"), self.line.ids)

    def test_customer_does_not_see_the_network(self):
        for model in MODELS:
            if model not in ("isp.interface", "isp.traffic.day"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(self.portal).search([])
        for field in ("device_id", "key", "source", "last_index"):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                self.line.with_user(self.portal).read([field])

    def test_names_on_the_device_are_no_name_for_customers(self):
        own = self.line.with_user(self.portal)
        self.assertEqual(own.read(["display_name"])[0]["display_name"], self.subscription.name)
        day = self.env["isp.traffic.day"].with_user(self.portal).search([], limit=1)
        self.assertEqual(day.read(["line_id"])[0]["line_id"][1], self.subscription.name)
        self.assertIn("linea001", self.line.with_user(self.user_readonly).display_name)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.other_line.with_user(self.portal).action_view_history()

    def test_customer_cannot_change_anything(self):
        line = self.line.with_user(self.portal)
        with self.assertRaises(AccessError):
            line.write({"status": "ok"})
        with self.assertRaises(AccessError):
            line.unlink()

    def test_customer_cannot_poll_or_read_another_service(self):
        foreign = self.other_subscription.with_user(self.portal)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            for call in (
                lambda: foreign._isp_traffic_live(),
                lambda: foreign._isp_traffic_days("2026-11-01", "2026-11-30"),
                lambda: foreign._isp_traffic_line_ids(),
            ):
                with self.assertRaises(AccessError):
                    call()
        self.env.cr.execute("SELECT count(*) FROM isp_traffic_watch")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_moving_a_line_moves_the_right(self):
        self.line.subscription_id = self.other_subscription
        self.assertFalse(self.env["isp.interface"].with_user(self.portal).search([]))
        own = self.env["isp.interface"].with_user(self.portal_other).search([])
        self.assertEqual(own, self.line | self.other_line)

    def test_visitor_sees_nothing(self):
        public = self.env.ref("base.public_user")
        for model in MODELS:
            with self.assertRaises(AccessError):
                self.env[model].with_user(public).search([])

    def test_employee_without_a_role_sees_nothing(self):
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user")
        for model in MODELS:
            with self.assertRaises(AccessError):
                self.env[model].with_user(clerk).search([])

    def test_roles(self):
        device = self.north.with_user(self.user_readonly)
        self.assertEqual(device.read(["name"])[0]["name"], "torre-norte")
        for role in ("readonly", "cashier", "billing"):
            user = getattr(self, f"user_{role}")
            with self.assertRaises(AccessError):
                self.north.with_user(user).write({"name": "x"})
        self.north.with_user(self.user_technician).write({"name": "x"})
        with self.assertRaises(AccessError):
            self.south.with_user(self.user_technician).unlink()
        self.south.with_user(self.user_manager).unlink()

    def test_credentials_are_for_administrators(self):
        for role in ("readonly", "technician", "cashier", "billing"):
            with self.assertRaises(AccessError):
                self.north.with_user(getattr(self, f"user_{role}")).read(["community"])

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Otra red"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.env["isp.traffic.load"]._refresh(self.company, date(2026, 11, 10))
        self.env["isp.traffic.top"]._refresh(self.company, date(2026, 11, 10))
        for model in MODELS[:3] + MODELS[4:6]:
            self.assertTrue(self.env[model].search([]), model)
            found = self.env[model].with_user(stranger).search([])
            self.assertFalse(found & self.env[model].search([]), model)
