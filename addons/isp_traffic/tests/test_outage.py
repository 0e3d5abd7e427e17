from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestTrafficOutage(TrafficCommon):
    """Silence that lasts opens an outage, an answer closes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zone = cls.env["isp.zone"].create({"name": "Norte", "company_id": cls.company.id})
        (cls.subscription | cls.other_subscription).zone_id = cls.zone
        cls.north.zone_id = cls.zone
        cls.company.isp_outage_lines = 2

    def _outages(self):
        self.env["isp.device"]._cron_outages()
        return self.env["isp.outage"].search([("company_id", "=", self.company.id)])

    def _silence(self, device, minutes):
        """Let a device be silent for two polls, the first of them some minutes ago."""
        self.simulator.call("kill", device=device.community)
        self.addCleanup(self.simulator.call, "revive", device=device.community)
        self._cycle(device)
        device.down_since = fields.Datetime.now() - timedelta(minutes=minutes)

    def _lose(self, minutes, *users):
        """Let sessions be gone for some minutes."""
        for user in users:
            self.simulator.call("line", user=user, present=False)
            self.addCleanup(self.simulator.call, "line", user=user, present=True)
        self._cycle(self.north)
        since = fields.Datetime.now() - timedelta(minutes=minutes)
        (self.line | self.other_line).filtered(
            lambda line: line.status == "not_found"
        ).status_since = since

    def test_device_that_stays_silent(self):
        self._cycle()
        self._silence(self.north, 16)
        self.assertFalse(self._outages(), "one lost poll is no outage")
        self._cycle(self.north)
        outage = self._outages()
        self.assertEqual((outage.state, outage.zone_id), ("open", self.zone))
        self.assertEqual(outage.subscription_ids, self.subscription | self.other_subscription)
        self.assertEqual(outage.date_start, self.north.down_since)
        self.assertIn("2 polls in a row", outage.evidence)
        self.assertEqual(self._outages(), outage)
        self.simulator.call("revive", device="torre-norte")
        self._cycle(self.north)
        self.assertFalse(self.north.down_since)
        self.assertEqual(self._outages(), outage)
        self.assertEqual((outage.state, outage.date_end), ("closed", self.north.last_ok))
        self.assertAlmostEqual(outage.hours, 16 / 60, delta=0.02)

    def test_silence_shorter_than_the_setting(self):
        self._cycle()
        self._silence(self.north, 14)
        self._cycle(self.north)
        self.assertFalse(self._outages())
        self.company.isp_outage_minutes = 10
        self.assertEqual(len(self._outages()), 1)

    def test_setting_zero_and_wrong_credentials(self):
        self._cycle()
        self._silence(self.north, 60)
        self._cycle(self.north)
        self.company.isp_outage_minutes = 0
        self.assertFalse(self._outages())
        self.company.isp_outage_minutes = 15
        self.north.state = "auth"
        self.assertFalse(self._outages())

    def test_suspended_services_are_not_in_it(self):
        self._cycle()
        self.other_subscription._suspend("manual")
        self._silence(self.north, 20)
        self._cycle(self.north)
        self.assertEqual(self._outages().subscription_ids, self.subscription)

    def test_all_devices_silent_needs_a_person(self):
        self._cycle()
        self.south_line.subscription_id = self._create_subscription()
        for device in (self.north, self.south):
            self._silence(device, 20)
            self._cycle(device)
        outages = self._outages()
        self.assertEqual(set(outages.mapped("state")), {"to_confirm"})
        self.assertIn("our own link", outages[0].evidence)
        self.simulator.call("revive", device="torre-norte")
        self._cycle(self.north)
        self._outages()
        outage = outages.filtered("date_end")
        self.assertEqual((len(outage), outage.state), (1, "to_confirm"))

    def test_zone_whose_sessions_are_gone(self):
        self._cycle()
        self._lose(20, "linea001")
        self.assertFalse(self._outages(), "half of the lines")
        self._lose(20, "linea002")
        outage = self._outages()
        self.assertEqual((outage.zone_id, outage.state), (self.zone, "open"))
        self.assertEqual(outage.subscription_count, 2)
        self.assertEqual(self._outages(), outage)
        self.simulator.call("line", user="linea001", present=True)
        self._cycle(self.north)
        self.assertEqual(self._outages(), outage)
        self.assertEqual((outage.state, outage.date_end), ("closed", self.line.status_since))

    def test_zone_with_too_few_lines(self):
        self._cycle()
        self.company.isp_outage_lines = 3
        self._lose(20, "linea001", "linea002")
        self.assertFalse(self._outages())

    def test_zone_of_a_silent_device_is_told_once(self):
        self._cycle()
        self._silence(self.north, 20)
        self._cycle(self.north)
        (self.line | self.other_line).status_since = fields.Datetime.now() - timedelta(minutes=20)
        self.assertEqual(self._outages().source_ref, f"isp.device,{self.north.id}")

    def test_services_of_the_devices_outage_are_not_in_the_zones_too(self):
        service = self.south_line.subscription_id = self._create_subscription(zone_id=self.zone.id)
        self._cycle()
        self._silence(self.north, 20)
        self._cycle(self.north)
        outage = self._outages()
        self.simulator.call("line", user="linea011", present=False)
        self.addCleanup(self.simulator.call, "line", user="linea011", present=True)
        self._cycle(self.south)
        lines = self.line | self.other_line | self.south_line
        lines.status_since = fields.Datetime.now() - timedelta(minutes=20)
        of_zone = self._outages() - outage
        self.assertEqual(of_zone.source_ref, f"isp.zone,{self.zone.id}")
        self.assertEqual(of_zone.subscription_ids, service)

    def test_device_that_is_silent_for_longer_than_its_zone(self):
        self.south_line.subscription_id = self._create_subscription(zone_id=self.zone.id)
        self._cycle()
        self.simulator.call("line", user="linea011", present=False)
        self.addCleanup(self.simulator.call, "line", user="linea011", present=True)
        self._lose(30, "linea001", "linea002")
        self._cycle(self.south)
        self.south_line.status_since = fields.Datetime.now() - timedelta(minutes=30)
        outage = self._outages()
        self._silence(self.north, 20)
        self._cycle(self.north)
        self.simulator.call("line", user="linea011", present=True)
        self._cycle(self.south)
        self.assertEqual(outage.subscription_count, 3)
        self.assertEqual((self._outages(), outage.state), (outage, "closed"))
        again = self._outages() - outage
        self.assertEqual(again.subscription_ids, self.subscription | self.other_subscription)
        self.assertEqual(again.date_start, outage.date_end)

    def test_zone_outage_ended_by_somebody_is_not_opened_again(self):
        self._cycle()
        self._lose(20, "linea001", "linea002")
        outage = self._outages()
        for end in (outage.action_close, outage.action_void):
            end()
            self.assertEqual(self._outages(), outage, "the same silence is one outage")
        self.simulator.call("line", user="linea001", present=True)
        self._cycle(self.north)
        self.assertEqual((self._outages(), outage.state), (outage, "void"))
        self._lose(20, "linea001")
        self.assertEqual(len(self._outages()), 2)

    def test_services_of_the_zones_outage_are_not_in_the_devices_too(self):
        self._cycle()
        self._lose(30, "linea001", "linea002")
        outage = self._outages()
        service = self._create_subscription()
        self._silence(self.north, 20)
        self._cycle(self.north)
        self.assertEqual(self._outages(), outage)
        self._create_line(self.north, "linea003", service)
        self.assertEqual((self._outages() - outage).subscription_ids, service)

    def test_zone_without_lines_any_more_is_not_out_for_ever(self):
        self._cycle()
        self._lose(20, "linea001", "linea002")
        outage = self._outages()
        (self.line | self.other_line).active = False
        self._outages()
        self.assertEqual((outage.state, bool(outage.date_end)), ("closed", True))

    def test_archived_device_and_changed_setting_end_the_outage(self):
        self._cycle()
        self._silence(self.north, 20)
        self._cycle(self.north)
        outage = self._outages()
        self.north.active = False
        self.assertEqual((self._outages(), outage.state), (outage, "closed"))
        self.north.active = True
        again = self._outages() - outage
        self.assertEqual((again.state, again.date_start), ("open", outage.date_end))
        self.company.isp_outage_minutes = 0
        self.simulator.call("revive", device="torre-norte")
        self._cycle(self.north)
        self._outages()
        self.assertEqual(again.state, "closed")
