from datetime import date

from odoo.tests import tagged

from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestRangesOfService(TrafficCommon):
    def test_range_follows_the_cut_off_day(self):
        self.subscription.anchor_day = 31
        bounds = self.subscription._isp_traffic_range(date(2026, 3, 15))
        self.assertEqual(bounds, (date(2026, 2, 28), date(2026, 3, 15)))

    def test_range_of_the_calendar(self):
        self.company.isp_consumption_range = "calendar"
        bounds = self.subscription._isp_traffic_range(date(2026, 3, 15))
        self.assertEqual(bounds, (date(2026, 3, 1), date(2026, 3, 15)))

    def test_days_of_all_lines_add_up(self):
        extra = self._create_line(self.north, "linea003", self.subscription)
        for line, octets in ((self.line, 500), (extra, 70)):
            self._ingest(
                line,
                (self._moment(2026, 11, 10, 18, 0), 0, 0),
                (self._moment(2026, 11, 10, 18, 5), octets, octets // 10),
            )
        days = self.subscription._isp_traffic_days(date(2026, 11, 1), date(2026, 11, 30))
        self.assertEqual(days, {date(2026, 11, 10): (570, 57)})

    def test_range_outside_has_nothing(self):
        self.assertEqual(
            self.subscription._isp_traffic_days(date(2020, 1, 1), date(2020, 1, 31)), {}
        )

    def test_settings(self):
        settings = self.env["res.config.settings"].create({"isp_traffic_interval": 60})
        settings.execute()
        self.assertEqual(self.env.company.isp_traffic_interval, 60)
