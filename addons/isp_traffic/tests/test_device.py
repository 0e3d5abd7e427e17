from datetime import UTC, datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestDevice(TrafficCommon):
    def _message(self, action):
        return action["params"]["message"]

    def test_connection(self):
        action = self.north.action_test_connection()
        self.assertEqual(action["params"]["type"], "success")
        self.assertIn("1.3.6.1.4.1.14988.1", self._message(action))

    def test_connection_with_the_wrong_community(self):
        self.north.community = "wrong"
        action = self.north.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertNotIn("wrong", self._message(action))

    def test_duplicate(self):
        device = self.north.with_user(self.user_technician)
        names = [device.copy().name for _n in range(2)]
        self.assertEqual(names, ["torre-norte (2)", "torre-norte (3)"])
        self.assertFalse(self.env["isp.device"].search([("name", "in", names)]).interface_ids)

    def test_what_was_mended_is_asked_at_once(self):
        """A silent device is left alone for up to twelve cycles, but not by who repairs it."""
        self.north.community = "wrong"
        for _n in range(3):
            self._cycle(self.north)
        self.assertTrue(self.north.next_poll)
        self.north.community = "torre-norte"
        self.assertFalse(self.north.next_poll)
        self.north.write({"next_poll": datetime(2100, 1, 1), "name": "torre"})
        self.assertTrue(self.north.next_poll)
        self.north.with_user(self.user_technician).action_test_connection()
        self.assertFalse(self.north.next_poll)

    def test_technician_tests_without_seeing_the_community(self):
        device = self.north.with_user(self.user_technician)
        self.assertEqual(device.action_test_connection()["params"]["type"], "success")
        with self.assertRaises(AccessError):
            device.read(["community"])

    def test_who_may_only_read_does_not_poll(self):
        device = self.north.with_user(self.user_readonly)
        for action in ("action_test_connection", "action_discover"):
            with self.assertRaises(AccessError):
                getattr(device, action)()

    def test_credentials_of_version_3(self):
        self.north.write(
            {
                "snmp_version": "3",
                "v3_user": "isp",
                "v3_auth_protocol": "SHA256",
                "v3_auth_key": "clave-de-paso",
                "v3_priv_protocol": False,
            }
        )
        target = self.north._snmp_target()
        self.assertEqual((target.usm.user, target.usm.auth, target.usm.priv), ("isp", "SHA256", ""))
        self.assertNotIn("clave-de-paso", repr(target))
        self.assertFalse(self.north.copy({"name": "copy"}).v3_auth_key)
        for name in ("v3_user", "v3_auth_key", "v3_priv_key"):
            with self.assertRaises(AccessError):
                self.north.with_user(self.user_technician).read([name])
        self.north.v3_auth_key = "corta"
        self.assertIn("shorter", self._message(self.north.action_test_connection()))

    def test_copy_has_no_credentials_and_no_past(self):
        self._cycle(self.north)
        copy = self.north.copy({"name": "copy"})
        self.assertFalse(copy.community)
        self.assertEqual((copy.state, copy.last_poll), ("new", False))

    def test_numbers_out_of_range(self):
        for values in ({"port": 0}, {"timeout": 60}, {"max_size": 0}, {"interval": 5}):
            with (
                self.subTest(values),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.north.write(values)
                self.env.flush_all()

    def test_one_line_per_key(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._create_line(self.north, "linea001")

    def test_source_of_a_line_is_that_of_its_device(self):
        self.south.default_source = "if_hc"
        self.assertEqual(self._create_line(self.south, "ether1").source, "if_hc")
        self.assertEqual(self._create_line(self.south, "x", source="if_32").source, "if_32")

    def test_another_key_starts_anew(self):
        self._cycle(self.north)
        self.assertTrue(self._state(self.line))
        self.line.key = "linea003"
        self.assertFalse(self._state(self.line))
        self._cycle(self.north)
        self.assertFalse(self._samples(self.line))

    def test_deleted_line_takes_its_traffic_along(self):
        self._cycle(self.north)
        self._cycle(self.north)
        line_id = self.line.id
        self.line.unlink()
        for table in ("sample", "hour", "day", "state"):
            self.env.cr.execute(
                f"SELECT count(*) FROM isp_traffic_{table} WHERE line_id = %s", (line_id,)
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_customer_keeps_the_traffic_of_a_deleted_line(self):
        """Deleted on the form of the service, or moved to another device by hand."""
        now = datetime.now(UTC)
        self._ingest(
            self.line,
            (now - timedelta(minutes=9), 0, 0),
            (now - timedelta(minutes=4), 10**9, 10**8),
        )
        today = self.company._isp_traffic_today()
        days = self.subscription._isp_traffic_days(today - timedelta(days=1), today)
        self.assertEqual(sum(down for down, _up in days.values()), 10**9)
        self.subscription.isp_interface_ids = [Command.delete(self.line.id)]
        self.assertFalse(self.subscription.isp_interface_ids)
        self.assertEqual(
            self.subscription._isp_traffic_days(today - timedelta(days=1), today), days
        )
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.north.unlink()

    def test_deleted_device_leaves_nothing_behind(self):
        self._cycle(self.south)
        self._cycle(self.south)
        line_id = self.south_line.id
        self.south.unlink()
        self.env.cr.execute(
            "SELECT count(*) FROM isp_traffic_sample WHERE line_id = %s", (line_id,)
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_spike_limit_comes_from_plan_and_line(self):
        line = self.env["isp.device"]._read_lines(self.north.ids)[self.line.id]["line"]
        self.assertEqual((line.down_limit, line.up_limit), (100e6, 40e6))
        self.line.write({"physical_mbps": 70, "invert": True})
        line = self.env["isp.device"]._read_lines(self.north.ids)[self.line.id]["line"]
        self.assertEqual((line.down_limit, line.in_is_upload), (70e6, False))

    def test_actions_open_the_right_records(self):
        self.assertEqual(
            self.north.action_view_interfaces()["domain"], [("device_id", "=", self.north.id)]
        )
        self.assertEqual(
            self.line.action_view_history()["domain"], [("line_id", "=", self.line.id)]
        )
        action = self.subscription.action_isp_view_traffic()
        self.assertEqual(action["domain"], [("line_id.subscription_id", "=", self.subscription.id)])
        self.assertEqual(self.subscription.isp_interface_count, 1)
        self.assertIn("torre-norte", self.line.display_name)
