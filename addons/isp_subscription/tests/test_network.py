from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from ..exceptions import OutboxUnknown
from .common import IspCommon
from .network_common import MODEL, FakeDriver

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestNetwork(IspCommon):
    """The network through a driver that fails and recovers, by the real outbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        add_to_registry(cls.registry, FakeDriver)
        cls.registry._setup_models__(cls.env.cr, [MODEL])
        cls.registry.init_models(cls.env.cr, [MODEL], {"module": "isp_subscription"})
        cls.addClassCleanup(cls._forget_driver)
        cls.subscription = cls._create_subscription(date_start=date(2026, 4, 21))
        cls.company.isp_network_driver = "fake"
        cls.orders = cls.env["isp.network.order"].sudo()

    @classmethod
    def _forget_driver(cls):
        for base in FakeDriver._inherit:
            cls.registry[base]._inherit_children.discard(MODEL)
        del cls.registry.models[MODEL]
        cls.registry._setup_models__(cls.env.cr, [])

    def setUp(self):
        super().setUp()
        for box in (FakeDriver.devices, FakeDriver.mood, FakeDriver.calls):
            box.clear()
        self.clock = freeze_time("2026-04-27 18:00:00")
        self.now = self.clock.start()
        self.addCleanup(self.clock.stop)

    def _process(self, *mood):
        FakeDriver.mood[:] = mood
        return self.orders._outbox_process()

    def _device(self):
        return FakeDriver.devices.get(self.subscription.id, {}).get("state")

    def _newest(self):
        return self.orders.search([("subscription_id", "=", self.subscription.id)], limit=1)

    def _restored(self, *mood):
        """Suspend for debt, switch off, pay: the order to switch on is ready."""
        self.subscription._bill_periods(1)
        self.subscription._suspend("debt")
        self._process()
        self._pay(self.subscription, 349.0)
        return self.subscription.suspension_ids

    # === ORDERS === #

    def test_cut_and_payment_reach_the_device(self):
        suspension = self._restored()
        self.assertEqual((self._device(), self.subscription.network_state), ("off", "off"))
        self.assertEqual(self.subscription.network_desired_state, "on")
        self.assertEqual(suspension.paid_at, fields.Datetime.now())
        self.assertFalse(suspension.network_confirmed_at)
        self.now.tick(7)
        self._process()
        self.assertEqual((self._device(), self.subscription.network_state), ("on", "on"))
        self.assertEqual(suspension.seconds_to_restore, 7)
        self.assertEqual(FakeDriver.calls[-1][2], "sent", "committed before the call")

    def test_unplugged_router_is_tried_again_until_it_answers(self):
        suspension = self._restored()
        for minutes in (1, 5, 15):
            self._process("unplugged")
            self.assertEqual(self._newest().outbox_state, "ready")
            self.assertFalse(self._process(), "not before its time")
            self.now.tick(timedelta(minutes=minutes))
        self._process()
        self.assertEqual(self.subscription.network_state, "on")
        self.assertEqual(suspension.seconds_to_restore, 21 * 60)

    def test_lost_answer_is_asked_for(self):
        self._restored()
        self._process("answer lost")
        order = self._newest()
        self.assertEqual(order.outbox_state, "unknown")
        calls = len(FakeDriver.calls)
        self.now.tick(MINUTE)
        self._process()
        self.assertEqual((order.outbox_state, self.subscription.network_state), ("done", "on"))
        self.assertEqual(len(FakeDriver.calls), calls, "read, not sent again")

    def test_order_that_never_arrived_is_sent_again(self):
        self._restored()
        self._process("breaks")
        self.now.tick(MINUTE)
        self._process()
        self._process()
        self.assertEqual((self._newest().outbox_state, self._device()), ("done", "on"))

    def test_newest_order_wins(self):
        self.subscription._suspend("manual")
        off = self._newest()
        self._process("unplugged")
        self.subscription.action_reactivate()
        self.assertEqual(off.outbox_state, "superseded")
        self.now.tick(MINUTE)
        self._process()
        self.assertEqual([call[1] for call in FakeDriver.calls], ["off", "on"])
        self.assertEqual(self._device(), "on")

    def test_order_waits_for_the_one_being_sent(self):
        self.subscription._suspend("manual")
        off = self._newest()
        lease = fields.Datetime.now() + timedelta(minutes=2)
        off.write({"outbox_state": "sent", "next_attempt_at": lease, "attempts": 1})
        self.subscription.action_reactivate()
        self.assertEqual(off.outbox_state, "sent", "its worker is at it")
        self.assertFalse(self._process())
        self.assertFalse(FakeDriver.calls)
        self.now.tick(timedelta(minutes=3))
        self._process()
        self.assertEqual(off.outbox_state, "superseded")
        self.assertEqual([call[1] for call in FakeDriver.calls], ["on"])

    def test_same_wish_is_ordered_once(self):
        self.subscription._suspend("manual")
        self.subscription._network_apply()
        self.assertEqual(len(self.subscription.network_order_ids), 1)
        self._process()
        self.subscription._network_apply()
        self.assertEqual(len(self.subscription.network_order_ids), 1)

    def test_new_speed_is_a_new_order(self):
        self.subscription._network_apply()
        self._process()
        self.subscription.plan_id = self.plan_100
        self.subscription._network_apply()
        self._process()
        self.assertEqual(FakeDriver.devices[self.subscription.id]["down_mbps"], 100.0)

    # === ALARM === #

    def test_alarm_after_the_attempts_of_the_settings(self):
        self.company.isp_network_alarm_attempts = 3
        self._restored()
        for _index in range(3):
            self.assertFalse(self._alarms())
            self._process("unplugged")
            self.now.tick(timedelta(hours=1))
        self.assertEqual(len(self._alarms()), 1)
        self.assertEqual(self.subscription.network_state, "error")
        self._process()
        self.assertFalse(self._alarms(), "it recovered")
        self.assertEqual(self.subscription.network_state, "on")

    def test_refusal_needs_a_person(self):
        self._restored()
        self._process("refuses")
        order = self._newest()
        self.assertEqual((order.outbox_state, len(self._alarms())), ("error", 1))
        with self.assertRaises(AccessError):
            order.with_user(self.user_cashier).action_retry()
        order.with_user(self.user_technician).action_retry()
        self._process()
        self.assertEqual(self._device(), "on")

    def _alarms(self):
        return self.subscription.activity_search(["isp_subscription.mail_activity_network"])

    def test_superseded_order_is_not_tried_again(self):
        self.subscription._suspend("manual")
        off = self._newest()
        self.subscription.action_reactivate()
        with self.assertRaises(UserError):
            off.action_retry()

    # === RECONCILE === #

    def test_router_that_forgot_is_ordered_again(self):
        self.subscription._network_apply()
        self._process()
        FakeDriver.devices.clear()
        self._reconcile()
        self.assertEqual(self.subscription.network_state, "off")
        self.assertTrue(self._newest().reason)
        self._process()
        self.assertEqual((self._device(), self.subscription.network_state), ("on", "on"))
        self.assertTrue(self.subscription.network_read_at)

    def test_wrong_speed_is_ordered_again(self):
        self.subscription._network_apply()
        self._process()
        FakeDriver.devices[self.subscription.id]["down_mbps"] = 1.0
        self._reconcile()
        self._process()
        self.assertEqual(FakeDriver.devices[self.subscription.id]["down_mbps"], 50.0)

    def test_silent_router_stops_nobody(self):
        other = self._create_subscription(date_start=date(2026, 4, 21))
        (self.subscription | other)._network_apply()
        self._process()
        FakeDriver.mood[:] = ["unplugged"]
        self._reconcile()
        self.assertTrue(self.subscription.network_read_at and other.network_read_at)
        self.assertEqual(self.subscription.network_state, "on")

    def test_driver_that_breaks_stops_nobody(self):
        other = self._create_subscription(date_start=date(2026, 4, 21))
        (self.subscription | other)._network_apply()
        self._process()
        for error in (ConnectionResetError("reset"), OutboxUnknown("no answer"), KeyError("x")):
            services = self.subscription | other
            services.sudo().network_read_at = False
            with patch.object(FakeDriver, "_isp_read", side_effect=error):
                self._reconcile()
            self.assertTrue(all(service.network_read_at for service in services))

    def test_nothing_to_reconcile_makes_no_order(self):
        self.subscription._network_apply()
        self._process()
        self._reconcile()
        self.assertEqual(len(self.subscription.network_order_ids), 1)

    def _reconcile(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("isp_subscription.ir_cron_network_reconcile").method_direct_trigger()
        self.env.invalidate_all()

    # === SETTINGS AND ACCESS === #

    def test_zone_has_the_last_word(self):
        zone = self.env["isp.zone"].create(
            {"name": "Norte", "company_id": self.company.id, "network_driver": "none"}
        )
        self.subscription.zone_id = zone
        self.subscription._suspend("manual")
        self.assertFalse(self.subscription.network_order_ids)
        self.assertEqual(self.subscription.network_state, "off")
        self.company.isp_network_driver = "none"
        zone.network_driver = "fake"
        self.subscription.action_reactivate()
        self.assertEqual(len(self.subscription.network_order_ids), 1)

    def test_driver_that_is_gone_is_no_driver(self):
        drivers = self.env["isp.network.driver"]
        self.assertIsNone(drivers._isp_get("gone"))
        self.assertIsNone(drivers._isp_get("none"))
        self.assertIn(("fake", "Router on the desk"), drivers._isp_selection())

    def test_rights_of_the_roles(self):
        for role in ("readonly", "technician", "cashier", "billing", "manager"):
            records = self.orders.with_user(getattr(self, f"user_{role}"))
            self.assertTrue(records.has_access("read"))
            for operation in ("create", "write", "unlink"):
                self.assertFalse(records.has_access(operation))
