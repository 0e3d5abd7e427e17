from datetime import UTC, date, datetime, timedelta

from odoo.tests import tagged

from ..services import rollup, schema, storage
from ..services.counters import Flag
from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestStorage(TrafficCommon):
    """Samples, hours in UTC and local days: exact to the octet."""

    def _hours(self, line):
        self.env.cr.execute(
            "SELECT extract(hour FROM hour AT TIME ZONE 'UTC')::int, down_b, secs, n"
            " FROM isp_traffic_hour WHERE line_id = %s ORDER BY hour",
            (line.id,),
        )
        return self.env.cr.fetchall()

    def test_sample_across_the_hour_is_parted_to_the_octet(self):
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 11, 58, 20), 0, 0),
            (self._moment(2026, 11, 10, 12, 3, 20), 1001, 301),
        )
        self.assertEqual(self._hours(self.line), [(11, 334, 100, 0), (12, 667, 200, 1)])

    def test_sample_that_ends_on_the_hour_belongs_to_the_hour_before(self):
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 11, 55), 0, 0),
            (self._moment(2026, 11, 10, 12, 0), 700, 0),
        )
        self.assertEqual(self._hours(self.line), [(11, 700, 300, 1)])

    def test_local_day(self):
        """Half past eleven in the evening in Mexico is the next day in UTC."""
        self._ingest(
            self.line,
            (self._moment(2026, 11, 11, 5, 25), 0, 0),
            (self._moment(2026, 11, 11, 5, 30), 500, 50),
            (self._moment(2026, 11, 11, 6, 5), 900, 60),
        )
        days = self._days(self.line)
        self.assertEqual(set(days), {date(2026, 11, 10), date(2026, 11, 11)})
        self.assertEqual(sum(row[0] for row in days.values()), 900)
        self.assertEqual(sum(row[3] for row in days.values()), 2400)

    def test_other_time_zone(self):
        self.company.partner_id.tz = "America/Tijuana"
        self._ingest(
            self.line,
            (self._moment(2026, 11, 11, 7, 30), 0, 0),
            (self._moment(2026, 11, 11, 7, 35), 500, 50),
        )
        self.assertEqual(set(self._days(self.line)), {date(2026, 11, 10)})

    def test_roll_ups_can_be_repeated(self):
        self._ingest(
            self.line,
            *((self._moment(2026, 11, 10, 10, 0) + timedelta(minutes=5 * n), 1000 * n, n)
              for n in range(40)),
        )  # fmt: skip
        before = self._hours(self.line), self._days(self.line)
        start, end = self._moment(2026, 11, 10, 9), self._moment(2026, 11, 10, 15)
        for _n in range(2):
            rollup.roll_hours(self.env.cr, start, end)
            rollup.roll_days(self.env.cr, start, end, "America/Mexico_City", self.line.ids)
        self.assertEqual((self._hours(self.line), self._days(self.line)), before)
        self.assertEqual(sum(row[1] for row in before[0]), 39_000)

    def test_batches_and_single_polls_give_the_same(self):
        moments = [
            (self._moment(2026, 11, 10, 10, 0) + timedelta(seconds=290 * n), 977 * n, 31 * n)
            for n in range(60)
        ]
        self._ingest(self.line, *moments)
        for moment in moments:
            self._ingest(self.other_line, moment)
        self.assertEqual(self._hours(self.line), self._hours(self.other_line))
        self.assertEqual(self._days(self.line), self._days(self.other_line))

    def test_long_gap_is_kept_apart(self):
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 10, 0), 0, 0),
            (self._moment(2026, 11, 12, 10, 0), 10**9, 10**8),
        )
        self.assertEqual(self._days(self.line), {date(2026, 11, 12): (None, None, 10**9, 0, 1)})
        self.assertEqual(
            storage.day_totals(self.env.cr, self.line.ids, date(2026, 11, 1), date(2026, 11, 30)),
            {},
        )

    def test_reset_gives_a_sample_without_octets(self):
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 10, 0), 5000, 0),
            (self._moment(2026, 11, 10, 10, 5), 100, 0),
            (self._moment(2026, 11, 10, 10, 10), 300, 0),
        )
        self.assertEqual(
            self._samples(self.line), [(None, None, 300, Flag.RESET), (200, 0, 300, 0)]
        )
        self.assertEqual(self._days(self.line)[date(2026, 11, 10)][0], 200)

    def test_the_same_polls_again_store_nothing(self):
        points = [
            (self._moment(2026, 11, 10, 10, 0), 0, 0),
            (self._moment(2026, 11, 10, 10, 5), 100, 0),
        ]
        self.assertEqual(self._ingest(self.line, *points), 1)
        self.assertEqual(self._ingest(self.line, *points), 0)
        self.assertEqual(self._days(self.line)[date(2026, 11, 10)][0], 100)

    def test_counters_beyond_int8(self):
        top = 2**64 - 1
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 10, 0), top - 50, top - 5),
            (self._moment(2026, 11, 10, 10, 5), top, top),
        )
        self.assertEqual(self._samples(self.line), [(50, 5, 300, 0)])
        self.assertEqual(self._state(self.line).octets_out, top)

    def test_day_model_shows_gigabytes(self):
        self._ingest(
            self.line,
            (self._moment(2026, 11, 10, 18, 0), 0, 0),
            (self._moment(2026, 11, 10, 18, 5), 2_500_000_00, 30_000_000),
        )
        day = self.env["isp.traffic.day"].search([("line_id", "=", self.line.id)])
        self.assertEqual((day.down_gb, day.up_gb, day.hours), (0.25, 0.03, 300 / 3600))
        self.assertAlmostEqual(day.max_down_mbps, 250_000_000 * 8 / 300 / 1e6, places=3)
        groups = self.env["isp.traffic.day"]._read_group(
            [("line_id", "=", self.line.id)], ["day:month"], ["down_gb:sum"]
        )
        self.assertEqual(groups[0][1], 0.25)

    def test_retention_drops_whole_days(self):
        old, new = self._moment(2026, 1, 5, 10, 0), self._moment(2026, 1, 20, 10, 0)
        for moment in (old, new):
            self._ingest(self.line, (moment, 0, 0), (moment + timedelta(minutes=5), 10, 0),
                         index=str(moment.day))  # fmt: skip
        names = schema.drop_partitions(self.env.cr, date(2026, 1, 6))
        self.assertEqual(names[-1], "isp_traffic_sample_p20260105")
        self.assertNotIn("isp_traffic_sample_p20260120", names)
        self.assertIn(date(2026, 1, 5), self._days(self.line))
        rollup.forget(self.env.cr, date(2026, 1, 6), date(2026, 1, 6))
        self.assertNotIn(date(2026, 1, 5), self._days(self.line))

    def test_maintenance_obeys_the_settings(self):
        today = datetime.now(UTC).date()  # partitions are days of UTC
        schema.ensure_partitions(
            self.env.cr, self._moment(2026, 1, 5).timestamp(), self._moment(2026, 1, 5).timestamp()
        )
        self.env["isp.device"]._cron_maintain()
        days = schema.partitions(self.env.cr)
        self.assertNotIn(date(2026, 1, 5), days)
        self.assertIn(today + timedelta(days=1), days)
        self.assertEqual(self.env["res.company"]._isp_traffic_retention(), (14, 395, 5))
