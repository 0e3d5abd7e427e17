import time
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import isp_device_poll
from ..services import live, storage
from ..services.counters import Flag
from .common import TrafficCommon

LOGGER = "odoo.addons.isp_traffic.models.isp_device_poll"


@tagged("post_install", "-at_install")
class TestCycle(TrafficCommon):
    def test_first_cycle_is_a_baseline_and_the_second_measures(self):
        figures = self._cycle()
        self.assertEqual((figures["devices_up"], figures["readings"]), (2, 3))
        self.assertEqual(figures["samples"], 0)
        self.simulator.call("rate", user="linea001", down_mbps=40, up_mbps=8)
        first = self._state(self.line)
        time.sleep(1.2)
        self._cycle()
        second = self._state(self.line)
        ((down, up, secs, flags),) = self._samples(self.line)
        self.assertEqual(down, second.octets_out - first.octets_out)
        self.assertEqual(up, second.octets_in - first.octets_in)
        self.assertGreater(down, 3_000_000)
        self.assertEqual((secs, flags), (1, 0))
        self.assertEqual(self.line.status, "ok")
        self.assertAlmostEqual(self.line.last_down_mbps, down * 8e-6 / secs, places=1)
        self.assertEqual(self.line.last_index, str(self.simulator.line("linea001")["index"]))
        self.simulator.call("rate", user="linea001")

    def test_roll_ups_hold_the_same_octets(self):
        for _n in range(3):
            self._cycle(self.north)
            time.sleep(0.3)
        down = sum(row[0] for row in self._samples(self.line))
        self.assertGreater(down, 0)
        self.assertEqual(sum(row[0] for row in self._days(self.line).values()), down)
        self.assertEqual(sum(row[4] for row in self._days(self.line).values()), 2)

    def test_device_says_how_it_is(self):
        self._cycle(self.north)
        self.assertEqual(self.north.state, "up")
        self.assertEqual(self.north.object_id, "1.3.6.1.4.1.14988.1")
        self.assertGreater(self.north.uptime, 0)
        self.assertTrue(self.north.last_ok)
        self.assertFalse(self.north.last_error)

    def test_only_devices_whose_time_has_come(self):
        self._cycle()
        now = fields.Datetime.now()
        self.assertGreater(self.north.next_poll, now)
        self.assertLessEqual(self.north.next_poll, now + timedelta(seconds=331))
        self.assertEqual(self.env["isp.device"]._run_cycle(10)["readings"], 0)

    def test_slots_have_a_fixed_phase(self):
        slot = self.north._next_poll()
        phase = self.north.id * 2_654_435_761 % 2**32 % 300
        self.assertEqual((slot - fields.Datetime.to_datetime("1970-01-01")).total_seconds() % 300,
                         phase)  # fmt: skip
        self.assertEqual(self.north._next_poll(failures=2) - slot, timedelta(seconds=300))
        self.assertEqual(self.north._next_poll(failures=99) - slot, timedelta(seconds=3300))

    def test_silent_device_is_left_alone_longer_and_longer(self):
        self.simulator.call("kill", device="torre-sur")
        self.addCleanup(self.simulator.call, "revive", device="torre-sur")
        figures = self._cycle()
        self.assertEqual((figures["devices_up"], figures["devices_down"]), (1, 1))
        self.assertEqual((self.south.state, self.south.failures), ("down", 1))
        self.assertEqual(self.south_line.status, "device_down")
        self.assertEqual(self.line.status, "ok")
        self._cycle(self.south)
        self.assertEqual(self.south.failures, 2)
        self.simulator.call("revive", device="torre-sur")
        self._cycle(self.south)
        self.assertEqual((self.south.state, self.south.failures), ("up", 0))
        self.assertEqual(self.south_line.status, "ok")
        self.assertFalse(self.south.last_error)

    def test_reboot_is_a_reset_and_never_a_negative_value(self):
        self._cycle(self.north)
        self.simulator.call("reboot", device="torre-norte")
        self._cycle(self.north)
        self.assertEqual([row[0] for row in self._samples(self.line)], [None])
        self.assertEqual(self._samples(self.line)[0][3], Flag.RESET)

    def test_new_session_is_partial(self):
        self._cycle(self.north)
        self.simulator.call("reconnect", user="linea001")
        time.sleep(0.2)
        self._cycle(self.north)
        ((down, _up, _secs, flags),) = self._samples(self.line)
        self.assertEqual(flags, Flag.PARTIAL)
        self.assertLess(down, 10_000_000)

    def test_line_that_is_not_there(self):
        ghost = self._create_line(self.north, "fantasma")
        figures = self._cycle(self.north)
        self.assertEqual(figures["unresolved"], 1)
        self.assertEqual(ghost.status, "not_found")
        self.assertEqual(self.line.status, "ok")

    def test_archived_lines_and_devices_are_not_asked(self):
        self.line.active = False
        self.south.active = False
        self.assertEqual(self._cycle(self.north)["readings"], 1)

    # === LEASES === #

    def _hold(self, device, holder, seconds):
        self.env.cr.execute(
            "INSERT INTO isp_traffic_lease VALUES (%s, %s, clock_timestamp() + %s * interval '1 s')"
            " ON CONFLICT (device_id) DO UPDATE"
            " SET holder = excluded.holder, expires = excluded.expires",
            (device.id, holder, seconds),
        )

    def test_device_of_another_collector_is_left_alone(self):
        self._hold(self.north, "other", 60)
        self.assertEqual(self._cycle()["devices_up"], 1)
        self.assertFalse(self._state(self.line))
        self._hold(self.north, "other", -1)
        self.assertEqual(self._cycle()["devices_up"], 2)

    def test_answers_for_a_lost_lease_are_not_stored(self):
        real = isp_device_poll.poll_devices

        async def take_over(jobs, deadline):
            results = await real(jobs, deadline)
            self._hold(self.north, "other", 60)
            return results

        with patch.object(isp_device_poll, "poll_devices", take_over):
            figures = self._cycle()
        self.assertEqual((figures["lost"], figures["devices_up"]), (1, 1))
        self.assertFalse(self._state(self.line))
        self.assertTrue(self._state(self.south_line))
        self.assertEqual(self.north.state, "new")

    def test_collectors_part_the_devices(self):
        devices = self.north | self.south
        for number in range(8):
            devices |= self._create_device(f"t{number}", community="torre-norte")
        for holder in ("one", "two"):
            live.beat(self.env.cr, holder)
        first = self._cycle(devices, holder="one")["devices_up"]
        second = self.env["isp.device"]._run_cycle(10, holder="two")["devices_up"]
        self.assertEqual(first + second, 10)
        self.assertTrue(first and second)
        self.assertEqual(
            set(self.env["isp.traffic.cycle"].search([], limit=2).mapped("holder")), {"one", "two"}
        )

    def test_what_is_long_due_is_taken_by_anybody(self):
        for holder in ("one", "two"):
            live.beat(self.env.cr, holder)
        self.env.flush_all()
        long_ago = fields.Datetime.now() - timedelta(seconds=200)
        (self.north | self.south).next_poll = long_ago
        self.assertEqual(self.env["isp.device"]._run_cycle(10, holder="one")["devices_up"], 2)

    def test_failure_of_the_database_loses_nothing(self):
        self._cycle(self.north)
        before = self._state(self.line)
        real, failures = storage.copy_samples, [psycopg2.OperationalError("gone")]

        def fail_once(cr, samples):
            if failures:
                raise failures.pop()
            real(cr, samples)

        with patch.object(storage, "copy_samples", fail_once), mute_logger(LOGGER):
            self._cycle(self.north)
        ((down, _up, _secs, _flags),) = self._samples(self.line)
        self.assertEqual(down, self._state(self.line).octets_out - before.octets_out)

    def test_failure_twice_keeps_the_state(self):
        self._cycle(self.north)
        before = self._state(self.line)
        failing = patch.object(storage, "copy_samples", side_effect=psycopg2.OperationalError)
        with failing, mute_logger(LOGGER), self.assertRaises(psycopg2.OperationalError):
            self._cycle(self.north)
        self.assertEqual(self._state(self.line), before)
        self._cycle(self.north)
        ((down, _up, _secs, _flags),) = self._samples(self.line)
        self.assertEqual(down, self._state(self.line).octets_out - before.octets_out)

    def test_both_libraries_measure_the_same(self):
        self.simulator.call("rate", user="linea001", down_mbps=0, up_mbps=0)
        self.addCleanup(self.simulator.call, "rate", user="linea001")
        readings = []
        for library in ("gufo", "pysnmp"):
            self.north.backend = library
            self._cycle(self.north)
            self.assertEqual(self.north.state, "up", library)
            readings.append(self._state(self.line).octets_out)
        self.assertEqual(readings[0], readings[1])

    def test_cycle_leaves_figures(self):
        cycles = self.env["isp.traffic.cycle"]
        count = cycles.search_count([])
        self._cycle()
        cycle = cycles.search([], limit=1)
        self.assertEqual(cycles.search_count([]), count + 1)
        self.assertEqual((cycle.devices_up, cycle.readings), (2, 3))
        self.assertGreater(cycle.seconds, 0)
        self.env.cr.execute(
            "UPDATE isp_traffic_cycle SET create_date = now() - interval '20 days' WHERE id = %s",
            (cycle.id,),
        )
        cycles.invalidate_model()
        cycles._gc_cycles()
        self.assertFalse(cycle.exists())

    def test_device_that_is_deleted_while_it_is_asked_stops_nobody(self):
        self._cycle()
        real, south = isp_device_poll.poll_devices, self.south

        async def poll(*args):
            results = await real(*args)
            for name in ("interface WHERE device_id", "device WHERE id"):
                self.env.cr.execute(f"DELETE FROM isp_{name} = %s", (south.id,))
            self.env.invalidate_all()
            return results

        with patch.object(isp_device_poll, "poll_devices", poll):
            figures = self._cycle()
        self.assertEqual((figures["devices_up"], figures["lost"]), (1, 1))
        self.assertEqual(len(self._samples(self.line)), 1)

    def test_cron_polls_unless_a_collector_lives(self):
        (self.north | self.south).next_poll = False
        live.beat(self.env.cr, "test")
        self.env["isp.device"]._cron_poll()
        self.assertEqual(self.north.state, "new")
        live.stop_beat(self.env.cr, "test")
        self.env["isp.device"]._cron_poll()
        self.assertEqual(self.north.state, "up")

    def test_cron_runs_as_the_scheduler_runs_it(self):
        cron = self.env.ref("isp_traffic.ir_cron_poll")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.north.state, "up")
