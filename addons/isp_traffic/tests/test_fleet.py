import time
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..services import fleet_store, rollup, storage
from ..services.counters import NO_COLUMN, Flag
from ..services.fleet_book import Fleet
from ..services.ingest import Sample
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

    def test_state_that_was_advanced_unseen_is_not_counted_twice(self):
        self._fast()
        self._fast()
        first = self._state(self.line)
        before = self._total(self.line)
        self.north.next_poll = False
        self.env["isp.device"]._run_cycle(10, 300, "test")  # under our own lease
        with self.assertLogs(LOGGER, "WARNING") as logs:
            self._fast()
        self.assertIn("2 of 3 states moved", logs.output[0])
        self._fast()
        after = self._state(self.line)
        self.assertEqual(self._total(self.line) - before, after.octets_out - first.octets_out)

    def test_device_that_another_collector_asked_costs_no_cycle(self):
        self._fast()
        self._fast()
        first, before = self._state(self.line), self._total(self.line)
        samples = len(self._samples(self.line))
        for _turn in range(2):
            self._cycle(self.north)  # the lease of another holder
            with self.assertNoLogs(LOGGER, "WARNING"):
                figures = self._fast()
            self.assertEqual(figures["samples"], 3)
        self.assertEqual(len(self._samples(self.line)), samples + 4)
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

    def test_what_a_dead_collector_left_is_rolled_up_by_whoever_comes(self):
        """Hours later too, when others already wrote hours that are newer than those it left."""
        cr, began = self.env.cr, time.time()
        for run, hours in ((lambda: self._fast(), 7), (self.env["isp.device"]._cron_poll, 11)):
            moment = storage.stamp(began - hours * 3600)
            storage.copy_samples(cr, [Sample(self.line.id, moment.timestamp(), 7000, 700, 60, 0)])
            rollup.note_rolled(cr, moment.timestamp() - 300)
            newer = storage.stamp(began - 1200)
            self._ingest(self.other_line, (newer, 1, 1), (storage.stamp(began - 900), 900, 90))
            self.fleet.rolled = 0.0
            run()
            cr.execute(
                "SELECT sum(down_b) FROM isp_traffic_hour WHERE line_id = %s AND hour < %s",
                (self.line.id, moment + timedelta(hours=1)),
            )
            with self.subTest(hours=hours):
                self.assertEqual(cr.fetchone()[0], 7000)
        self.assertEqual(sum(day[0] or 0 for day in self._days(self.line).values()), 14000)

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

    def test_second_session_that_becomes_somebody_elses(self):
        """The collector learns of a new user although nothing changed on the device."""
        before = [
            {
                "device": line["device"],
                "user": line["user"],
                "down_mbps": line["plan_down_mbps"],
                "up_mbps": line["plan_up_mbps"],
            }
            for line in self.simulator.call("lines")
        ]
        row = {"device": "torre-sur", "user": "linea1-1", "down_mbps": 50, "up_mbps": 20}
        self.simulator.call("lines", lines=[row])
        self.addCleanup(self.simulator.call, "lines", lines=before)
        self.south_line.active = False
        alone = self._create_line(self.south, "linea1")
        for _cycle in range(4):
            self._fast(self.south)
        self.assertEqual((alone.status, len(self._samples(alone))), ("ok", 3))
        self._create_subscription(pppoe_user="linea1-1")
        self._fast(self.south)
        self.assertEqual((alone.status, len(self._samples(alone))), ("not_found", 3))

    def test_names_that_cannot_be_looked_up_are_told(self):
        """The lines whose index is known are measured; what is wrong is seen on the device."""
        self._create_line(self.south, "nobody")
        for _cycle in range(2):
            self._fast()
        self.simulator.call("device", device="torre-sur", fault="repeat")
        self.addCleanup(self.simulator.call, "device", device="torre-sur", fault="")
        count = len(self._samples(self.south_line))
        figures = self._fast()
        self.assertEqual((self.south.state, figures["devices_bad"]), ("bad", 1))
        self.assertTrue(self.south.last_error)
        self._fast()
        self.assertEqual((self.south.state, self.south.failures), ("bad", 0))
        self.assertEqual(len(self._samples(self.south_line)), count + 2)
        self.simulator.call("device", device="torre-sur", fault="")
        self._fast()
        self.assertEqual((self.south.state, self.south.last_error), ("up", False))

    def _while_asked(self, *queries):
        real = self.fleet.poll

        def poll(*args):
            routes = real(*args)
            for query in queries:
                self.env.cr.execute(query, (self.south.id,))
            self.env.invalidate_all()
            return routes

        return patch.object(self.fleet, "poll", poll)

    def test_what_goes_while_it_is_asked_stops_nobody(self):
        for _n in range(2):
            self._fast()
        before = self._state(self.line)
        self.simulator.call("reboot", device="torre-sur")
        with self._while_asked("UPDATE isp_interface SET active = false WHERE device_id = %s"):
            figures = self._fast()
        self.assertEqual((figures["devices_up"], figures["lost"]), (2, 0))
        self.assertGreater(self._state(self.line).ts, before.ts)
        before = self._state(self.line)
        deleted = (
            f"DELETE FROM isp_{name}" for name in ("interface WHERE device_id", "device WHERE id")
        )
        with self._while_asked(*(f"{query} = %s" for query in deleted)):
            figures = self._fast()
        self.assertEqual(figures["devices_up"], 1)
        self.assertGreater(self._state(self.line).ts, before.ts)

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

    # === COUNTERS THAT WENT BACK === #

    def _put(self, octets, noted=False):
        self.simulator.call(
            "counters", user="linea012", in_octets=octets, out_octets=2**31, noted=noted
        )

    def _asked(self, run):
        """Return how many requests the device of the line got in one cycle."""

        def count():
            devices = self.simulator.call("devices")
            return next(row["requests"] for row in devices if row["device"] == "torre-sur")

        before = count()
        run(self.south)
        return count() - before

    def _narrow_line(self):
        self.simulator.call("rate", user="linea012", down_mbps=0, up_mbps=0)
        self.addCleanup(self.simulator.call, "rate", user="linea012")
        return self._create_line(self.south, "<pppoe-linea012>", source="if_32")

    def test_device_says_whether_a_narrow_counter_wrapped_or_was_cleared(self):
        """Without its word, a cleared counter would be 4 GB of traffic."""
        self.simulator.call("device", device="torre-sur", discontinuity=True)
        self.addCleanup(self.simulator.call, "device", device="torre-sur", discontinuity=False)
        line = self._narrow_line()
        for run in (self._cycle, self._fast):
            with self.subTest(run=run.__name__):
                self._put(2**32 - 1000)
                run(self.south)
                run(self.south)
                self._put(2**32 + 5000)
                run(self.south)
                self.assertEqual(self._samples(line)[-1][1::2], (6000, Flag.WRAP))
                self._put(2**33 - 1000)
                run(self.south)
                self._put(2**33 + 7, noted=True)  # 1,007 octets, if it were a wrap
                run(self.south)
                self.assertEqual(self._samples(line)[-1][1::2], (None, Flag.RESET))
                self.assertGreater(self._state(line).discontinuity, 0)
                self._put(2**33 + 507)
                run(self.south)
                self.assertEqual(self._samples(line)[-1][1::2], (500, 0))

    def test_device_that_does_not_tell_is_asked_once(self):
        line = self._narrow_line()
        for run in (self._cycle, self._fast):
            self.env.cr.execute("DELETE FROM isp_traffic_state WHERE line_id = %s", (line.id,))
            self._put(2**32 - 1000)
            run(self.south)
            run(self.south)
            plain = self._asked(run)
            asked = []
            for octets in (5000, 50):
                self._put(octets)
                asked.append(self._asked(run))
                self.assertEqual(self._samples(line)[-1][3], Flag.WRAP)
                self._put(2**32 - 1000)  # so that the next one goes back again
                run(self.south)
            with self.subTest(run=run.__name__):
                self.assertEqual(self._state(line).discontinuity, NO_COLUMN)
                self.assertGreater(asked[0], plain)
                self.assertEqual(asked[1], plain)
