from datetime import date, datetime, timedelta

import pytz
from freezegun import freeze_time

from odoo.tests import tagged

from .common import IspCommon

# Northern Baja California keeps summer time with the United States; the others have none.
ZONES = ("America/Tijuana", "America/Hermosillo", "America/Mexico_City", "America/Cancun")
DAYS = (date(2026, 2, 28), date(2026, 3, 8), date(2026, 11, 1), date(2026, 12, 31))


@tagged("post_install", "-at_install")
class TestCompanyDay(IspCommon):
    """A day begins and ends at the company's midnight, wherever server and user are."""

    def _utc(self, zone, day, hour, minute):
        local = pytz.timezone(zone).localize(datetime(day.year, day.month, day.day, hour, minute))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def test_today_changes_at_local_midnight(self):
        for zone in ZONES:
            self.company.partner_id.tz = zone
            for day in DAYS:
                for hour, minute in ((0, 1), (12, 0), (23, 59)):
                    moment = self._utc(zone, day, hour, minute)
                    with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                        self.assertEqual(self.company._isp_today(), day)

    def test_utc_midnight_is_still_the_day_before(self):
        for zone in ZONES:
            self.company.partner_id.tz = zone
            for day in DAYS:
                with self.subTest(zone=zone, day=day), freeze_time(datetime(*day.timetuple()[:3])):
                    self.assertEqual(self.company._isp_today(), day - timedelta(1))

    def test_billing_is_due_at_local_midnight_and_dated_by_rule(self):
        for zone in ZONES:
            self.company.partner_id.tz = zone
            subscription = self._create_subscription(anchor_day=31, date_start=date(2026, 1, 31))
            due = date(2026, 1, 31) - timedelta(self.company.isp_lead_days)
            with freeze_time(self._utc(zone, due - timedelta(1), 23, 59)):
                self.assertFalse(subscription._due_periods(self.company._isp_today()), zone)
            with freeze_time(self._utc(zone, due, 0, 1)):
                periods = subscription._due_periods(self.company._isp_today())
                self.assertEqual([period.end for period in periods], [date(2026, 2, 28)], zone)

    def test_single_payments_equal_one_payment_of_many_months(self):
        for anchor in (1, 15, 29, 30, 31):
            start = date(2027, 12, min(anchor + 3, 28))
            with self.subTest(anchor=anchor), freeze_time("2027-12-28 18:00:00"):
                values = {"anchor_day": anchor, "date_start": start}
                at_once = self._create_subscription(**values)
                single = self._create_subscription(partner_id=self.other_customer.id, **values)
                total = at_once._get_payment_quote(4)["total"]
                self._pay(at_once, total, months=4)
                for _index in range(4):
                    self._pay(single, single._get_payment_quote(1)["total"], months=1)
                rows = [
                    [
                        (row.date_start, row.date_end, row.amount_total, row.state)
                        for row in service.period_ids.sorted("date_start")
                    ]
                    for service in (at_once, single)
                ]
                self.assertEqual(rows[0], rows[1])
                self.assertEqual(at_once.cutoff_date, single.cutoff_date)
                self.assertEqual(sum(row[2] for row in rows[1]), total)
