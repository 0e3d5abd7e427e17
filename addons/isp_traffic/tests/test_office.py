from datetime import date, timedelta

from odoo.tests import Form, tagged

from .common import TrafficCommon

DAY = date(2026, 11, 10)


@tagged("post_install", "-at_install")
class TestOffice(TrafficCommon):
    """Health, load, top talkers, and the picture on the form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zone = cls.env["isp.zone"].create({"name": "Norte", "company_id": cls.company.id})
        cls.subscription.zone_id = cls.zone
        cls.north.write({"zone_id": cls.zone.id, "uplink_mbps": 100})

    def _move(self, line, hour, down, day=DAY):
        """Move octets within one hour, UTC."""
        moment = self._moment(day.year, day.month, day.day, hour, 5)
        self._ingest(
            line, (moment, 0, 0), (moment + timedelta(minutes=45), down, down // 10),
            index=str(day.day * 100 + hour),
        )  # fmt: skip

    def _load(self, place):
        self.env["isp.traffic.load"]._refresh(self.company, DAY)
        return self.env["isp.traffic.load"].search(
            [("day", "=", DAY), ("place_id", "=", place.id),
             ("kind", "=", "zone" if place._name == "isp.zone" else "device")]
        )  # fmt: skip

    def test_busy_hour(self):
        self._move(self.line, 15, 9_000_000_000)
        self._move(self.line, 18, 18_000_000_000)
        self._move(self.other_line, 18, 9_000_000_000)
        load = self._load(self.north)
        self.assertEqual(load.busy_hour.hour, 18)
        self.assertAlmostEqual(load.down_mbps, 60)  # 27 GB in 3600 s
        self.assertAlmostEqual(load.saturation, 60)
        self.assertEqual((load.lines, load.contracted_mbps), (2, 150))
        self.assertAlmostEqual(self._load(self.zone).down_mbps, 40)
        self.assertEqual(self._load(self.north), load, "again it is the same row")
        self.assertAlmostEqual(self.north.saturation, 60)

    def test_contracted_is_what_is_sold_there_now(self):
        self._move(self.line, 18, 9_000_000_000)
        self._create_line(self.north, "linea003", self.subscription)
        self.assertEqual(self._load(self.north).contracted_mbps, 150, "two lines, one service")
        self.line.subscription_id = self.other_subscription  # its history stays, archived
        self.env.flush_all()
        self.assertEqual(self._load(self.north).contracted_mbps, 150)
        self.subscription.isp_interface_ids.unlink()
        self.env.flush_all()
        self.assertEqual(self._load(self.north).contracted_mbps, 100)

    def test_uplink_that_is_not_known(self):
        self._move(self.south_line, 18, 9_000_000_000)
        load = self._load(self.south)
        self.assertEqual((load.capacity_mbps, load.saturation), (0, 0))

    def test_top_talkers(self):
        self._move(self.line, 18, 3_000_000_000)
        self._move(self.other_line, 18, 1_000_000_000)
        self._move(self.south_line, 18, 8_000_000_000, DAY - timedelta(days=3))
        top = self.env["isp.traffic.top"]
        for _n in range(2):
            top._refresh(self.company, DAY)
        day = top.search([("days", "=", 1), ("company_id", "=", self.company.id)])
        self.assertEqual(day.line_id.ids, (self.line | self.other_line).ids)
        self.assertEqual(day.mapped("rank"), [1, 2])
        self.assertEqual((day[0].down_gb, day[0].share), (3.0, 75.0))
        self.assertEqual(day[0].partner_id, self.customer)
        week = top.search([("days", "=", 7), ("company_id", "=", self.company.id)])
        self.assertEqual(week[0].line_id, self.south_line)

    def test_figures_of_every_company(self):
        self._cycle()
        self._cycle()
        self.env["isp.traffic.load"]._cron_figures()
        today = self.company._isp_today()
        self.assertTrue(
            self.env["isp.traffic.load"].search(
                [("device_id", "=", self.north.id), ("day", "=", today)]
            )
        )

    def test_health(self):
        self.assertEqual(self.north.health, "unknown")
        self._cycle()
        self.assertEqual((self.north.health, self.north.line_ok_count), ("good", 2))
        self._create_line(self.north, "nobody")
        self._cycle(self.north)
        self.assertEqual((self.north.health, self.north.line_trouble_count), ("fair", 1))
        self.assertIn("1 lines", self.north.health_text)
        self.assertEqual(
            self.env["isp.interface"].search(self.north.action_view_trouble()["domain"]).key,
            "nobody",
        )
        self.north.community = "wrong"
        self._cycle(self.north)
        self.assertEqual(self.north.health, "bad")
        self.assertIn("Check the address", self.north.health_text)
        self.assertIn("Check the address", self.line.last_error)
        message = self.north.action_test_connection()["params"]["message"]
        self.assertIn("Check the address", message)

    def test_busy_device_is_not_well(self):
        self._move(self.line, 18, 40_000_000_000)
        self._load(self.north)
        self._cycle()
        self.assertEqual(self.north.health, "fair")
        self.assertIn("89 %", self.north.health_text)

    def test_picture_of_the_month(self):
        self.assertFalse(self.subscription.isp_traffic_chart)
        today = self.company._isp_today()
        for ago in (9, 2, 1):
            self._move(self.line, 18, 10**9, today - timedelta(days=ago))
        self.subscription.invalidate_recordset()
        chart = str(self.subscription.isp_traffic_chart)
        self.assertIn("Download 3.0 GB", chart)
        self.assertEqual(chart.count("<rect"), 3)  # before, between and after the three days
        self.assertIn("95th percentile", chart)
        with Form(self.subscription) as form:
            self.assertTrue(form.isp_traffic_chart)

    def test_history_of_a_subscription_has_its_past_lines(self):
        self._move(self.line, 18, 10**9)
        self.line.subscription_id = False
        action = self.subscription.action_isp_view_traffic()
        days = self.env["isp.traffic.day"].search(action["domain"])
        self.assertEqual(days.mapped("down_gb"), [1.0])
        self.subscription.invalidate_recordset()
        self.assertTrue(self.subscription.isp_interface_count, "the button that leads there")
