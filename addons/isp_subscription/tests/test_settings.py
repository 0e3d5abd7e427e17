from datetime import date

from freezegun import freeze_time
from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestSettings(IspCommon):
    def test_defaults_are_those_of_the_rules(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        self.assertEqual(company.isp_lead_days, 7)
        self.assertEqual(company.isp_grace_days, 5)
        self.assertEqual(company.isp_max_months, 12)
        self.assertEqual(company.isp_min_debt, 0.01)
        self.assertEqual(company.isp_product_name, "Runtime CX")

    def test_legal_grace_of_postpaid_customers_is_guarded(self):
        self.company.isp_grace_days = 2
        self.company.isp_grace_days = 5
        self.plan_50.isp_billing_mode = "postpaid"
        for values in ({"isp_grace_days": 4}, {"isp_statement_days": 9}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.company.write(values)

    def test_postpaid_plan_is_refused_where_the_grace_is_too_short(self):
        self.company.isp_grace_days = 2
        with self.assertRaises(ValidationError):
            self.plan_50.write({"isp_billing_mode": "postpaid", "company_id": self.company.id})

    def test_weekdays_are_numbers_from_1_to_7(self):
        for value in ("0", "8", "Monday", "1;2"):
            with self.subTest(value=value), self.assertRaises(ValidationError):
                self.company.isp_suspend_weekdays = value
        self.company.isp_suspend_weekdays = " 1, 2"
        self.assertEqual(self.company._isp_weekdays(), {1, 2})
        self.company.isp_suspend_weekdays = False
        self.assertFalse(self.company._isp_is_cut_day(date(2026, 4, 27)))

    def test_a_customer_who_owes_nothing_cannot_be_made_suspendable(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.company.isp_min_debt = 0.0
            self.company.flush_recordset()

    def test_settings_page_writes_the_company(self):
        settings = Form(self.env["res.config.settings"])
        settings.isp_lead_days = 9
        settings.isp_contract_prefix = "LZC-"
        settings.save().execute()
        self.assertEqual(self.company.isp_lead_days, 9)
        self.assertTrue(self._create_subscription(state="draft").name.startswith("LZC-"))

    @freeze_time("2026-04-28 03:00:00")
    def test_today_is_the_day_of_the_company(self):
        self.assertEqual(self.company._isp_today(), date(2026, 4, 27))

    def test_every_setting_of_ours_has_a_label(self):
        """Odoo labels a setting by its first field: a hidden one leaves it without label."""
        view = self.env["res.config.settings"].get_view(
            self.env.ref("base.res_config_settings_view_form").id
        )
        arch = etree.fromstring(view["arch"])
        for setting in arch.xpath("//app[@name='isp_subscription']//setting"):
            first = setting.find("field")
            if first is None or setting.get("string"):
                continue
            with self.subTest(field=first.get("name")):
                self.assertNotIn(first.get("invisible"), ("1", "True"))
