import time
from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TrafficCommon

IF_TABLE = "1.3.6.1.2.1.2.2.1"


@tagged("post_install", "-at_install")
class TestMapping(TrafficCommon):
    """How a line is found, what is told when it is not, and whose its history is."""

    def _measure(self, line, day, octets):
        """Count octets from eight to five past eight in the evening, UTC, of a November day."""
        moment = self._moment(2026, 11, day, 20)
        self._ingest(
            line, (moment, 10**9, 0), (moment + timedelta(minutes=5), 10**9 + octets, 0),
            index=str(day),
        )  # fmt: skip

    def _totals(self, subscription):
        days = subscription._isp_traffic_days(date(2026, 11, 1), date(2026, 11, 30))
        return {day.day: down for day, (down, _up) in days.items()}

    # === SOURCES === #

    def test_every_way_to_find_an_interface(self):
        index = self.simulator.line("linea003")["index"]
        for source, key in (
            ("if_hc", "<pppoe-linea003>"),
            ("if_descr", "<pppoe-linea004>"),
            ("if_index", str(index + 2)),
            ("if_32", "<pppoe-linea006>"),
        ):
            with self.subTest(source):
                line = self._create_line(self.north, key, source=source)
                self._cycle(self.north)
                self.assertEqual(line.status, "ok")
                self._cycle(self.north)
                self.assertEqual(len(self._samples(line)), 1)

    def test_own_oids(self):
        self.north.write(
            {
                "default_source": "custom_oid",
                "custom_name_oid": f"{IF_TABLE}.2",
                "custom_in_oid": f".{IF_TABLE}.10",
                "custom_out_oid": f"{IF_TABLE}.16",
                "custom_bits": "32",
            }
        )
        line = self._create_line(self.north, "<pppoe-linea003>")
        self.assertEqual(line.source, "custom_oid")
        self.assertIn("32-bit", line.warning)
        self._cycle(self.north)
        self.assertEqual(line.status, "ok")
        for wrong in ("", "octets", "1.3.x"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.north.custom_in_oid = wrong

    def test_line_whose_counters_are_missing(self):
        line = self._create_line(self.north, "1", source="onu_zte")
        self._cycle(self.north)
        self.assertEqual(line.status, "no_counter")
        self.assertIn("without octet counters", line.last_error)

    def test_status_says_what_to_do(self):
        line = self._create_line(self.north, "nobody")
        self.assertFalse(line.last_error)
        self._cycle(self.north)
        self.assertIn("torre-norte shows no «nobody»", line.last_error)
        self.simulator.call("kill", device="torre-norte")
        self.addCleanup(self.simulator.call, "revive", device="torre-norte")
        self._cycle(self.north)
        self.assertIn("cannot be read", line.last_error)
        line.status = "ambiguous"
        self.assertIn("more than once", line.last_error)

    def test_narrow_counters_are_a_warning_only(self):
        self.line.source = "if_32"
        self.line.physical_mbps = 300
        self.assertIn("115 Mbit/s", self.line.warning)
        self.line.physical_mbps = 20
        self.assertFalse(self.line.warning)
        self.line.write({"source": "mt_ppp", "physical_mbps": 300})
        self.assertFalse(self.line.warning)

    # === TWO LINES, ONE INTERFACE === #

    def test_one_interface_counts_for_one_line(self):
        stranger = self._create_line(self.north, "<pppoe-linea001>", source="if_hc")
        self._cycle(self.north)
        self._cycle(self.north)
        self.assertEqual((self.line.status, stranger.status), ("ok", "duplicate"))
        self.assertIn("Another line already measures", stranger.last_error)
        self.assertFalse(self._samples(stranger))
        self.line.unlink()
        self._cycle(self.north)
        self.assertEqual(stranger.status, "ok")

    def test_the_line_with_a_customer_goes_first(self):
        line = self._create_line(self.north, "<pppoe-linea003>", self.subscription, source="if_hc")
        before = self._create_line(self.north, "linea003")
        self._cycle(self.north)
        self.assertEqual((line.status, before.status), ("ok", "duplicate"))

    def test_one_interface_by_one_source_under_two_keys(self):
        """`5` and `.5` are one interface."""
        device = self._create_device("torre-oeste", community="torre-norte")
        key = str(self.simulator.line("linea003")["index"])
        device.write(
            {
                "default_source": "custom_oid",
                "custom_in_oid": f"{IF_TABLE}.10",
                "custom_out_oid": f"{IF_TABLE}.16",
            }
        )
        lines = self._create_line(device, key) | self._create_line(device, f".{key}")
        self._cycle(device)
        self.assertEqual(lines.mapped("status"), ["ok", "duplicate"])

    def test_one_session_has_one_key(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_line(self.north, "<pppoe-linea001>")

    def test_session_of_a_numbered_user_is_nobody_elses(self):
        """When linea1 is away, `<pppoe-linea1-1>` is not its second session but linea1-1's."""
        self._set_lines("linea1-1")
        alone = self._create_line(self.south, "linea1")
        self._cycle(self.south)
        self.assertEqual(alone.status, "ok", "a second session, as far as anybody knows")
        service = self._create_subscription(pppoe_user="linea1-1")
        self._cycle(self.south)
        self.assertEqual(alone.status, "not_found")
        service.pppoe_user = False
        other = self._create_line(self.south, "linea1-1")
        self._cycle(self.south)
        self.assertEqual((alone.status, other.status), ("not_found", "ok"))

    def _set_lines(self, *users):
        rows = [
            {"device": "torre-sur", "user": user, "down_mbps": 50, "up_mbps": 20} for user in users
        ]
        known = self.simulator.call("lines")
        self.simulator.call("lines", lines=rows)
        self.addCleanup(
            self.simulator.call,
            "lines",
            lines=[
                {
                    "device": row["device"],
                    "user": row["user"],
                    "down_mbps": row["plan_down_mbps"],
                    "up_mbps": row["plan_up_mbps"],
                }
                for row in known
            ],
        )

    # === WHOSE THE HISTORY IS === #

    def test_line_given_to_another_customer(self):
        self._measure(self.line, 10, 500)
        self.line.subscription_id = self.other_subscription
        self._measure(self.line, 12, 700)
        self.assertEqual(self._totals(self.subscription), {10: 500})
        self.assertEqual(self._totals(self.other_subscription), {12: 700})
        past = self.subscription.with_context(active_test=False).isp_interface_ids
        self.assertTrue(past.measured_until)
        self.assertFalse(past.active)

    def test_the_same_day_is_parted(self):
        self._measure(self.line, 10, 500)
        self.line.subscription_id = False
        self.line.subscription_id = self.other_subscription
        moment = self._moment(2026, 11, 10, 20, 40)
        self._ingest(self.line, (moment, 10**9, 0), (moment + timedelta(minutes=5), 10**9 + 9, 0))
        self.assertEqual(self._totals(self.subscription), {10: 500})
        self.assertEqual(self._totals(self.other_subscription), {10: 9})

    def test_subscription_moved_to_another_device(self):
        self._measure(self.line, 10, 500)
        self.line.subscription_id = False
        self.south_line.subscription_id = self.subscription
        self._measure(self.south_line, 20, 300)
        self.assertEqual(self._totals(self.subscription), {10: 500, 20: 300})
        self.assertEqual(self.subscription._isp_traffic_line_ids(), self.south_line.ids)

    def test_line_moved_to_another_device(self):
        self._measure(self.line, 10, 500)
        self.line.write({"device_id": self.south.id, "key": "linea012"})
        self._measure(self.line, 20, 300)
        self.assertEqual(self._totals(self.subscription), {10: 500, 20: 300})

    def test_samples_not_rolled_up_yet_stay_with_their_customer(self):
        self._cycle(self.north)
        time.sleep(1.1)
        self._cycle(self.north)
        octets = self._samples(self.line)[0][0]
        for table in ("hour", "day"):
            self.env.cr.execute(
                f"DELETE FROM isp_traffic_{table} WHERE line_id = %s", (self.line.id,)
            )
        self.line.subscription_id = self.other_subscription
        self.assertFalse(self._samples(self.line))
        today = self.company._isp_today()
        days = self.subscription._isp_traffic_days(today - timedelta(days=1), today)
        self.assertEqual(sum(down for down, _up in days.values()), octets)

    def test_linking_again_changes_nothing(self):
        self._measure(self.line, 10, 500)
        self.line.subscription_id = self.subscription
        self.assertTrue(self._state(self.line))
        self.assertEqual(self._totals(self.subscription), {10: 500})

    def test_past_is_not_shown_to_the_next_customer(self):
        self._measure(self.line, 10, 500)
        self.line.subscription_id = self.other_subscription
        past = self.subscription.with_context(active_test=False).isp_interface_ids
        with self.assertRaises(AccessError):
            past.with_user(self.user_readonly).write({"key": "x"})
        self.assertEqual(past.status, "new")
        self.assertFalse(self.env["isp.device"]._read_lines(self.north.ids).get(past.id))
