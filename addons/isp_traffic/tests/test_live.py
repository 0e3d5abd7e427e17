import time
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..models import isp_device_live
from ..services import live
from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestLive(TrafficCommon):
    def setUp(self):
        super().setUp()
        isp_device_live.RESOLVED_AT.clear()
        self._cycle(self.north)

    def _requests(self):
        return sum(device["requests"] for device in self.simulator.call("devices"))

    def _age(self, seconds):
        """Let the stored points grow older."""
        self.env.cr.execute(
            "UPDATE isp_traffic_live SET ts = ts - %s * interval '1 second'", (seconds,)
        )
        self.env.cr.execute(
            "UPDATE isp_traffic_guard SET asked = asked - %s * interval '1 second'", (seconds,)
        )

    def test_request_reads_the_line_and_gives_its_speed(self):
        self.simulator.call("rate", user="linea001", down_mbps=40, up_mbps=8)
        self.addCleanup(self.simulator.call, "rate", user="linea001")
        first = self.subscription._isp_traffic_live()
        self.assertEqual((first["state"], first["points"][0][1:]), ("ok", [None, None]))
        time.sleep(2.1)
        points = self.subscription._isp_traffic_live()["points"]
        self.assertEqual(len(points), 2)
        self.assertAlmostEqual(points[1][1], 40e6, delta=3e6)
        self.assertAlmostEqual(points[1][2], 8e6, delta=1e6)
        self.assertGreater(points[1][0], points[0][0])

    def test_only_newer_points_are_sent(self):
        first = self.subscription._isp_traffic_live()["points"]
        answer = self.subscription._isp_traffic_live(first[-1][0] / 1000 + 0.001)
        self.assertEqual(answer["points"], [])

    def test_many_viewers_cost_one_request(self):
        before = self._requests()
        for _viewer in range(20):
            self.subscription._isp_traffic_live()
        self.assertLessEqual(self._requests() - before, 2)

    def test_worker_reads_what_is_watched_once_for_all(self):
        live.beat(self.env.cr, "test")
        before = self._requests()
        for _viewer in range(20):
            self.assertEqual(self.subscription._isp_traffic_live()["points"], [])
        self.assertEqual(self._requests(), before)
        device = self.env["isp.device"]
        self.assertEqual(device._run_live({}), 1)
        self.assertEqual(self._requests() - before, 2)
        self.assertEqual(len(self.subscription._isp_traffic_live()["points"]), 1)

    def test_nobody_watches(self):
        before = self._requests()
        self.assertEqual(self.env["isp.device"]._run_live({}), 0)
        live.watch(self.env.cr, self.line.ids)
        self.env.cr.execute("UPDATE isp_traffic_watch SET expires = now() - interval '1 second'")
        self.assertEqual(self.env["isp.device"]._run_live({}), 0)
        self.assertEqual(self._requests(), before)

    def test_silent_device_is_asked_once_and_says_so(self):
        self.simulator.call("kill", device="torre-norte")
        self.addCleanup(self.simulator.call, "revive", device="torre-norte")
        self.assertEqual(self.subscription._isp_traffic_live(), {"state": "down", "points": []})
        before = self._requests()
        self.assertEqual(self.subscription._isp_traffic_live()["state"], "down")
        self.assertEqual(self._requests(), before)

    def test_session_that_is_gone(self):
        self.simulator.call("line", user="linea001", present=False)
        self.addCleanup(self.simulator.call, "line", user="linea001", present=True)
        self._cycle(self.north)
        self.assertEqual(self.subscription._isp_traffic_live()["state"], "unmeasured")

    def test_new_session_is_found_and_starts_without_a_speed(self):
        self.subscription._isp_traffic_live()
        self.simulator.call("reconnect", user="linea001")
        self._age(3)
        isp_device_live.RESOLVED_AT.clear()
        points = self.subscription._isp_traffic_live()["points"]
        self.assertEqual(points[-1][1:], [None, None])
        self._age(3)
        time.sleep(0.6)
        self.assertIsNotNone(self.subscription._isp_traffic_live()["points"][-1][1])

    def test_names_are_looked_up_seldom(self):
        self.simulator.call("line", user="linea001", present=False)
        self.addCleanup(self.simulator.call, "line", user="linea001", present=True)
        self.subscription._isp_traffic_live()
        memory = isp_device_live.RESOLVED_AT[self.env.cr.dbname]
        looked_up = memory[self.north.id]
        for _n in range(3):
            self._age(3)
            self.subscription._isp_traffic_live()
        self.assertEqual(memory[self.north.id], looked_up)

    def test_busy_device_is_not_asked_twice(self):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (live.LOCK_LIVE, self.north.id))
            before = self._requests()
            self.subscription._isp_traffic_live()
            self.assertEqual(self._requests(), before)
        self.assertFalse(isp_device_live.RESOLVED_AT[self.env.cr.dbname], "no name was looked up")

    def test_only_a_few_requests_at_a_time(self):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            for slot in range(live.MAX_REQUESTS):
                cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (live.LOCK_LIVE, -1 - slot))
            before = self._requests()
            self.subscription._isp_traffic_live()
            self.assertEqual(self._requests(), before)

    def test_watching_is_written_seldom(self):
        live.watch(self.env.cr, self.line.ids)
        self.env.cr.execute("SELECT expires, xmin FROM isp_traffic_watch")
        before = self.env.cr.fetchall()
        live.watch(self.env.cr, self.line.ids)
        self.env.cr.execute("SELECT expires, xmin FROM isp_traffic_watch")
        self.assertEqual(self.env.cr.fetchall(), before)
        self.env.cr.execute("UPDATE isp_traffic_watch SET expires = now() + interval '5 seconds'")
        live.watch(self.env.cr, self.line.ids)
        self.env.cr.execute("SELECT expires > now() + interval '15 seconds' FROM isp_traffic_watch")
        self.assertEqual(self.env.cr.fetchall(), [(True,)])

    def test_pages_that_write_the_same_row_at_once(self):
        """The one that comes second finds it written: no error, no second try."""
        line_id, device_id = -self.line.id, -self.north.id
        database = db_connect(self.env.cr.dbname)
        with database.cursor() as late, database.cursor() as early:
            late.execute("SELECT 1")  # its snapshot is from before the others wrote
            live.watch(early, [line_id])
            self.assertTrue(live.try_slot(early, device_id))
            live.set_dead(early, device_id)
            early.commit()
            live.watch(late, [line_id])
            self.assertFalse(live.try_slot(late, device_id))
            live.set_dead(late, device_id)
            late.commit()
            early.execute("DELETE FROM isp_traffic_watch WHERE line_id = %s", (line_id,))
            self.assertEqual(early.rowcount, 1)
            early.execute("DELETE FROM isp_traffic_guard WHERE device_id = %s", (device_id,))
            early.commit()

    def test_old_points_go(self):
        self.subscription._isp_traffic_live()
        self._age(live.KEEP_SECONDS + 1)
        self.env.cr.execute("UPDATE isp_traffic_watch SET expires = now() - interval '1 second'")
        self.env["isp.device"]._cron_poll()
        self.assertFalse(live.points(self.env.cr, self.line.ids, 0))
        self.env.cr.execute("SELECT count(*) FROM isp_traffic_watch")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def _insert_point(self, line, moment, down, up=None):
        self.env.cr.execute(
            "INSERT INTO isp_traffic_live (line_id, ts, down_bps, up_bps)"
            " VALUES (%s, to_timestamp(%s), %s, %s)",
            (line.id, moment, down, up),
        )

    def test_two_lines_of_one_service_add_up(self):
        extra = self._create_line(self.north, "linea003", self.subscription)
        now = time.time() // 3 * 3
        for line, down in ((self.line, 5), (extra, 7)):
            for later in (0.1, 2.2):  # read twice within a step, which is no double speed
                self._insert_point(line, now + later, down)
        points = live.points(self.env.cr, (self.line | extra).ids, 0)
        self.assertEqual(points, [(now, 12, None)])

    def test_a_point_the_page_has_is_not_sent_again(self):
        """Else a device that dies would look alive for as long as its last point is in sight."""
        moment = time.time() // 1 - 20.9996  # of which milliseconds keep less
        self._insert_point(self.line, moment, 5, 1)
        live.set_dead(self.env.cr, self.north.id)
        answer = self.subscription._isp_traffic_live(moment - 1)
        self.assertEqual(len(answer["points"]), 1)
        again = self.subscription._isp_traffic_live(answer["points"][0][0] / 1000)
        self.assertEqual(again, {"state": "down", "points": []})

    def test_page_that_asks_between_two_points_is_told_no_trouble(self):
        """What the last cycle said of a device is older than its live points."""
        live.beat(self.env.cr, "test")
        self._insert_point(self.line, time.time(), 5, 1)
        self.north.state = "down"
        self.assertEqual(self.subscription._isp_traffic_live(time.time() + 1)["state"], "ok")
        self._age(live.SILENT_SECONDS + 1)
        self.assertEqual(self.subscription._isp_traffic_live(time.time() + 1)["state"], "down")

    def test_fault_of_ours_is_not_the_customers_router(self):
        live.beat(self.env.cr, "test")
        self.line.status = "duplicate"
        self.assertEqual(self.subscription._isp_traffic_live()["state"], "down")
        self.line.status = "ok"
        self.assertEqual(self.subscription._isp_traffic_live()["state"], "ok")
        self.north.active = False
        self.assertEqual(self.subscription._isp_traffic_live()["state"], "down")

    def test_service_without_line(self):
        subscription = self._create_subscription()
        self.assertEqual(subscription._isp_traffic_live(), {"state": "no_line", "points": []})

    def test_heartbeat_gets_old(self):
        live.beat(self.env.cr, "test")
        self.assertTrue(live.worker_alive(self.env.cr))
        self.env.cr.execute("UPDATE isp_traffic_holder SET beat = now() - interval '1 minute'")
        self.assertFalse(live.worker_alive(self.env.cr))

    def test_worker_keeps_its_look_ups_apart(self):
        live.watch(self.env.cr, self.line.ids)
        memory = {}
        with patch.dict(isp_device_live.RESOLVED_AT):
            self.env["isp.device"]._run_live(memory)
        self.assertEqual(set(memory), set(self.north.ids))

    def test_pages_ask_a_device_once_for_all_its_lines(self):
        first = self.subscription._isp_traffic_live()["points"]
        before = self._requests()
        self.assertEqual(self.other_subscription._isp_traffic_live()["points"], [])
        self.assertEqual(self._requests(), before, "this device was asked a moment ago")
        self._age(3)
        self.assertEqual(len(self.other_subscription._isp_traffic_live()["points"]), 1)
        after = self._requests()
        self.assertEqual(len(self.subscription._isp_traffic_live()["points"]), len(first) + 1)
        self.assertEqual(self._requests(), after)
