from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-27 18:00:00")
class TestCollectionSettings(IspCommon):
    # === LAW === #

    def test_legal_numbers_are_settings(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        found = company.read(
            [
                "isp_legal_grace_days",
                "isp_legal_statement_days",
                "isp_legal_fee_percent",
                "isp_legal_reconnect_hours",
                "isp_extension_days",
                "isp_promise_max_days",
            ]
        )[0]
        del found["id"]
        self.assertEqual(list(found.values()), [5, 10, 20.0, 48, 3, 15])

    def test_a_stricter_law_is_refused_for_postpaid_and_flagged_for_prepaid(self):
        self.company.isp_cut_needs_notice = True
        self.company.write({"isp_lead_days": 10, "isp_legal_grace_days": 6})
        self.assertEqual(len(self.company.isp_legal_warnings.splitlines()), 1)
        self.company.isp_grace_days = 6
        self.assertFalse(self.company.isp_legal_warnings)
        self.plan_50.write({"isp_billing_mode": "postpaid", "company_id": self.company.id})
        for values in (
            {"isp_legal_grace_days": 7},
            {"isp_legal_statement_days": 11},
            {"isp_grace_days": 5},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.company.write(values)

    def test_postpaid_plan_is_refused_where_settings_fall_short(self):
        self.company.isp_legal_statement_days = 12
        with self.assertRaises(ValidationError):
            self.plan_50.write({"isp_billing_mode": "postpaid", "company_id": self.company.id})

    def test_short_statement_and_high_fee_are_flagged(self):
        self.company.isp_cut_needs_notice = True
        self.company.write({"isp_lead_days": 7, "isp_reconnection_fee": 100.0})
        text = self.company.isp_legal_warnings
        self.assertEqual(len(text.splitlines()), 2)
        self.assertIn("20%", text)
        self.company.write({"isp_lead_days": 10, "isp_reconnection_fee": 0.0})
        self.assertFalse(self.company.isp_legal_warnings)

    def test_a_cut_without_notice_is_flagged(self):
        self.company.write({"isp_lead_days": 10, "isp_cut_needs_notice": False})
        self.assertIn("in writing", self.company.isp_legal_warnings)
        self.company.isp_cut_needs_notice = True
        self.assertFalse(self.company.isp_legal_warnings)

    def test_impossible_numbers_are_refused(self):
        for values in (
            {"isp_legal_fee_percent": 101.0},
            {"isp_legal_reconnect_hours": 0},
            {"isp_promise_max_days": -1},
            {"isp_extension_days": 32},
            {"isp_reconnection_fee": -1.0},
            {"isp_network_alarm_attempts": 0},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company.write(values)
                self.company.flush_recordset()

    def test_settings_page(self):
        settings = Form(self.env["res.config.settings"])
        settings.isp_extension_days = 4
        settings.isp_legal_reconnect_hours = 72
        settings.save().execute()
        self.assertEqual(self.company.isp_extension_days, 4)
        self.assertEqual(self.company.isp_legal_reconnect_hours, 72)

    # === HOLIDAYS === #

    def _days(self):
        return self.env["isp.holiday"].search([("company_id", "=", self.company.id)])

    def test_this_and_the_next_year_are_filled_once(self):
        self.company._isp_fill_holidays()
        days = self._days()
        self.assertEqual({day.year for day in days.mapped("date")}, {2026, 2027})
        self.assertIn(date(2026, 9, 16), days.mapped("date"))
        days.filtered(lambda day: day.date == date(2026, 9, 16)).unlink()
        self.company._isp_fill_holidays()
        self.assertNotIn(date(2026, 9, 16), self._days().mapped("date"), "the company's decision")
        with freeze_time("2027-01-02 18:00:00"):
            self.company._isp_fill_holidays()
        self.assertEqual(max(self._days().mapped("date")).year, 2028)

    def test_button_loads_them_again(self):
        self.company._isp_fill_holidays()
        count = len(self._days())
        self._days()[:3].unlink()
        self.env["res.config.settings"].create({}).action_isp_load_holidays()
        self.assertEqual(len(self._days()), count)

    def test_other_countries_have_their_own_list(self):
        self.company.country_id = self.env.ref("base.us")
        self.company._isp_fill_holidays()
        self.assertFalse(self._days())

    def test_no_cut_on_a_holiday_nor_on_its_eve(self):
        self.company._isp_fill_holidays()
        self.assertEqual(self.company._isp_cut_closed(date(2026, 5, 1)), "holiday")
        self.assertEqual(self.company._isp_cut_closed(date(2026, 4, 30)), "eve")
        self.assertEqual(self.company._isp_cut_closed(date(2026, 4, 29)), "")
        self.assertFalse(self.company._isp_is_cut_day(date(2026, 5, 1)))
        self.company.isp_suspend_weekdays = "1"
        self.assertEqual(self.company._isp_cut_closed(date(2026, 4, 29)), "weekday")

    def test_a_day_is_listed_once_per_company(self):
        vals = {"company_id": self.company.id, "date": "2026-12-12", "name": "Guadalupe"}
        self.env["isp.holiday"].create(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["isp.holiday"].create(vals)

    def test_years_without_calendar(self):
        with self.assertRaises(UserError):
            self.env["isp.holiday"]._isp_load(self.company, [1999])

    def test_rights_of_the_roles(self):
        for role in ("readonly", "technician", "cashier", "billing", "manager"):
            days = self.env["isp.holiday"].with_user(getattr(self, f"user_{role}"))
            self.assertTrue(days.has_access("read"))
            for operation in ("create", "write", "unlink"):
                self.assertEqual(days.has_access(operation), role == "manager")

    def test_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Another ISP"})
        foreign = self.env["isp.holiday"].create(
            {"company_id": other.id, "date": "2026-12-12", "name": "x"}
        )
        self.assertNotIn(foreign, self.env["isp.holiday"].with_user(self.user_manager).search([]))
