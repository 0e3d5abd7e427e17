import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..collector import Collector
from ..services import live
from .common import TrafficCommon

LOGGER = "odoo.addons.isp_traffic.collector"


@tagged("post_install", "-at_install")
class TestCollector(TrafficCommon):
    def setUp(self):
        super().setUp()
        self.collector = Collector(self.env.cr.dbname, interval=60, cycles=1)

    def _in_registry(self, method):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            method()
        self.env.invalidate_all()

    def test_cycle(self):
        self._in_registry(self.collector._cycle_loop)
        self.assertEqual((self.north.state, self.south.state), ("up", "up"))
        self.assertTrue(self._state(self.line))
        phase = self.north.id * 2_654_435_761 % 2**32 % 60
        self.assertEqual(self.north.next_poll.second, phase)

    def test_silent_devices_keep_nobody_waiting(self):
        devices = self.north | self.south
        self.simulator.call("kill", device="torre-sur")
        self.addCleanup(self.simulator.call, "revive", device="torre-sur")
        self._in_registry(self.collector._cycle)
        self.assertEqual((self.south.state, self.south.failures), ("down", 1))
        devices.next_poll = False
        self._in_registry(self.collector._cycle)
        self.assertEqual((self.south.failures, bool(self.north.next_poll)), (1, True), "not asked")
        self._in_registry(self.collector._silent_cycle)
        self.assertEqual(self.south.failures, 2)
        self.simulator.call("revive", device="torre-sur")
        devices.next_poll = False
        self._in_registry(self.collector._silent_cycle)
        self.assertEqual((self.south.state, self.south.failures), ("up", 0))
        self.assertFalse(self.north.next_poll, "left to the others")

    def test_one_lane_leaves_the_hours_of_the_others_alone(self):
        for _n in range(2):
            self._cycle()
        self.env.cr.execute("UPDATE isp_traffic_hour SET n = 99")
        self._in_registry(self.collector._live)
        for device in (self.north, self.south):
            device.failures = int(device == self.south)
            device.next_poll = False
        self._in_registry(self.collector._silent_cycle)
        self.env.cr.execute("SELECT line_id FROM isp_traffic_hour WHERE n <> 99")
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, {self.south_line.id})

    def test_heartbeat_and_live_points(self):
        self._in_registry(self.collector._cycle)
        live.watch(self.env.cr, self.line.ids)
        self._in_registry(self.collector._live)
        self.assertTrue(live.worker_alive(self.env.cr))
        self.assertEqual(len(live.points(self.env.cr, self.line.ids, 0)), 1)

    def test_live_is_parted_among_collectors(self):
        live.watch(self.env.cr, (self.line | self.south_line).ids)
        self._in_registry(self.collector._cycle)
        other = Collector(self.env.cr.dbname)
        names = [self.collector.holder, other.holder]
        for holder in names:
            live.beat(self.env.cr, holder)
        self._in_registry(self.collector._live)
        self._in_registry(other._live)
        self.env.cr.execute("SELECT line_id FROM isp_traffic_live ORDER BY line_id")
        self.assertEqual(
            [row[0] for row in self.env.cr.fetchall()], (self.line | self.south_line).ids
        )

    def test_who_leaves_says_so(self):
        self._in_registry(self.collector._live)
        self.assertEqual(live.holders(self.env.cr), [self.collector.holder])
        self._in_registry(self.collector._sign_off)
        self.assertFalse(live.worker_alive(self.env.cr))

    def test_failures_do_not_end_it(self):
        def fail(error):
            raise error

        with mute_logger(LOGGER):
            self.assertFalse(self.collector._guarded(lambda: fail(psycopg2.OperationalError())))
            self.assertFalse(self.collector._guarded(lambda: fail(ValueError())))
        self.assertTrue(self.collector._guarded(lambda: None))

    def test_stops_when_told(self):
        self.collector.cycles = 0
        self.collector.stopping.set()
        self.collector._cycle_loop()
        self.collector._live_loop()
        self.collector._silent_loop()
