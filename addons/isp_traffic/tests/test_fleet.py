import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services import fleet_store
from ..services.counters import Flag
from ..services.fleet_book import Fleet
from .common import TrafficCommon

LOGGER = "odoo.addons.isp_traffic.models.isp_device_fleet"


@tagged("post_install", "-at_install")
class TestFleet(TrafficCommon):
    """The cycle that keeps its devices in memory measures what the ordinary one measures."""

    def setUp(self):
        super().setUp()
        self.fleet = Fleet()
        self.addCleanup(self.fleet.close)

    def _fast(self, devices=None):
        (devices or self.north | self.south).next_poll = False
        self.env.flush_all()
        figures = self.env["isp.device"]._run_fast_cycle(self.fleet, 10, 300, "test")
        self.env.invalidate_all()
        time.sleep(0.05)
        return figures

    def _total(self, line):
        return sum(row[0] or 0 for row in self._samples(line))

    def test_plain_steps_are_exact(self):
        self._fast()
        self._fast()  # made of the stored states
        states = [self._state(self.line)]
        for _cycle in range(3):
            figures = self._fast()
            states.append(self._state(self.line))
        self.assertEqual((figures["devices_up"], figures["samples"], figures["lost"]), (2, 3, 0))
        rows = self._samples(self.line)[-3:]
        for before, after, (down, up, _secs, flags) in zip(states, states[1:], rows, strict=False):
            self.assertEqual(down, after.octets_out - before.octets_out)
            self.assertEqual(up, after.octets_in - before.octets_in)
            self.assertEqual(flags, 0)
        self.assertEqual(self.north.state, "up")
        self.assertEqual(self.north.object_id, "1.3.6.1.4.1.14988.1")
        self.assertTrue(self.north.next_poll)
        self.assertEqual(self.line.status, "ok")

    def test_device_that_answers_is_up_whatever_it_was(self):
        for state in ("new", "down", "slow"):
            for _cycle in range(2):
                self._fast()
            self.north.write({"state": state, "last_error": "as it was"})
            self._fast()
            with self.subTest(state=state):
                self.assertEqual((self.north.state, self.north.last_error), ("up", False))

    def test_reboot_takes_the_careful_way(self):
        for _cycle in range(3):
            self._fast()
        self.simulator.call("reboot", device="torre-norte")
        self._fast()
        self.assertEqual(self._samples(self.line)[-1][3], Flag.RESET)
        self._fast()
        self.assertEqual(self._samples(self.line)[-1][3], 0)

    def test_state_that_somebody_else_advanced_is_not_counted_twice(self):
        self._fast()
        self._fast()
        first = self._state(self.line)
        before = self._total(self.line)
        self._cycle(self.north)  # another process
        with mute_logger(LOGGER):
            self._fast()
        self._fast()
        after = self._state(self.line)
        self.assertEqual(self._total(self.line) - before, after.octets_out - first.octets_out)

    def test_lines_that_move_go_or_come(self):
        ghost = self._create_line(self.north, "fantasma")
        for _cycle in range(2):
            self._fast()
        self.assertEqual((ghost.status, self.line.status), ("not_found", "ok"))
        self.simulator.call("shift", device="torre-norte", by=1)
        self.addCleanup(self.simulator.call, "shift", device="torre-norte", by=-1)
        self._fast(self.north)
        self.assertEqual(self.line.status, "ok")
        self.assertEqual(
            self._state(self.line).index, str(self.simulator.line("linea001")["index"])
        )
        self.simulator.call("line", user="linea001", present=False)
        self.addCleanup(self.simulator.call, "line", user="linea001", present=True)
        self._fast(self.north)
        self.assertEqual((self.line.status, self.other_line.status), ("not_found", "ok"))
        self.simulator.call("line", user="linea001", present=True)
        self._fast(self.north)
        self.assertEqual(self.line.status, "ok")

    def test_silent_device(self):
        for _cycle in range(2):
            self._fast()
        self.simulator.call("kill", device="torre-sur")
        self.addCleanup(self.simulator.call, "revive", device="torre-sur")
        figures = self._fast()
        self.assertEqual((figures["devices_up"], figures["devices_down"]), (1, 1))
        self.assertEqual((self.south.state, self.south_line.status), ("down", "device_down"))
        self.simulator.call("revive", device="torre-sur")
        self._fast()
        self.assertEqual((self.south.state, self.south_line.status), ("up", "ok"))

    def test_garbage_stores_nothing(self):
        for _cycle in range(2):
            self._fast()
        before = self._samples(self.south_line)
        self.simulator.call("device", device="torre-sur", fault="garbage")
        self.addCleanup(self.simulator.call, "device", device="torre-sur", fault="")
        self._fast(self.south)
        self.assertEqual(self._samples(self.south_line), before)
        self.assertNotEqual(self.south.state, "up")

    def test_change_of_plan_or_line_is_seen(self):
        for _cycle in range(3):
            self._fast()
        self.line.invert = True
        first = self._state(self.line)
        self._fast()
        down, up, _secs, _flags = self._samples(self.line)[-1]
        after = self._state(self.line)
        self.assertEqual(down, after.octets_in - first.octets_in)
        self.assertEqual(up, after.octets_out - first.octets_out)

    def test_failure_of_the_database_loses_nothing(self):
        for _cycle in range(2):
            self._fast()
        first, before = self._state(self.line), self._total(self.line)
        with (
            patch.object(fleet_store, "pack_samples", side_effect=MemoryError),
            self.assertRaises(MemoryError),
        ):
            self._fast()
        self.assertEqual(self._state(self.line), first)
        self._fast()
        after = self._state(self.line)
        self.assertEqual(self._total(self.line) - before, after.octets_out - first.octets_out)

    def test_roll_ups_follow(self):
        for _cycle in range(4):
            self.fleet.rolled = 0.0
            self._fast()
        self.assertEqual(
            sum(row[0] for row in self._days(self.line).values()), self._total(self.line)
        )

    def test_a_line_that_is_not_there_costs_the_others_nothing(self):
        """One customer without a session must not keep a whole concentrator from being stored."""
        gone = self._create_line(self.north, "nobody")
        for _cycle in range(2):
            self._fast()
        first, before = self._state(self.line), self._total(self.line)
        for _cycle in range(3):
            figures = self._fast()
        after = self._state(self.line)
        self.assertEqual((gone.status, self.line.status), ("not_found", "ok"))
        self.assertEqual((figures["devices_up"], figures["samples"], figures["lost"]), (2, 3, 0))
        self.assertEqual(len(self._samples(self.line)), 4)
        self.assertEqual(self._total(self.line) - before, after.octets_out - first.octets_out)

    def test_two_lines_on_one_interface(self):
        """Whichever requests they are in, one of them is measured and the other says so."""
        twin = self._create_line(self.north, "<pppoe-linea001>", source="if_hc", invert=True)
        for _cycle in range(4):
            self._fast()
            self.assertEqual((self.line.status, twin.status), ("ok", "duplicate"))
        self.assertEqual((len(self._samples(self.line)), self._samples(twin)), (3, []))
        late = self._create_line(self.north, "<pppoe-linea002>", source="if_descr", invert=True)
        for _cycle in range(3):
            self._fast()
        self.assertEqual((self.other_line.status, late.status), ("ok", "duplicate"))
        self.assertEqual((len(self._samples(self.other_line)), self._samples(late)), (6, []))
