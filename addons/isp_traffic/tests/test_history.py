from datetime import UTC, datetime, timedelta

from odoo.tests import tagged

from ..services import rollup
from ..services.counters import Flag
from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestHistory(TrafficCommon):
    """A month made by the production ingestion, with a gap and a restart of the device."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = datetime.now(UTC).replace(microsecond=0)
        # An hour back, so that the first hour of a day does not put the end into the future.
        day = rollup.local_date(now - timedelta(hours=1), "America/Mexico_City")
        end = rollup.midnight(day, "America/Mexico_City")
        cls.end = end + timedelta(hours=1)
        # The gap keeps clear of the day on which the simulated device restarts.
        since_boot = (end - cls.model.boot_before("torre-norte", end)).days
        back = 20 if 5 <= since_boot <= 12 else 10
        cls.gap = (
            end - timedelta(days=back, minutes=-1),
            end - timedelta(days=back - 2, minutes=-5),
        )
        users = [
            cls.model.Line("torre-norte", "linea001", 50, 20),
            cls.model.Line("torre-norte", "linea002", 100, 40),
        ]
        polls = cls.model.history(users, end - timedelta(days=33), cls.end, gaps=(cls.gap,))
        cls.stored = cls.north._ingest_polls((p.ts, p.uptime, p.rows) for p in polls)
        cls.users = users

    def test_number_of_samples(self):
        self.assertEqual(self.stored, 2 * ((33 - 2) * 288 + 12))
        self.assertEqual(self.line.status, "ok")

    def test_days_hold_what_the_samples_hold(self):
        self.env.cr.execute(
            "SELECT sum(down_b), sum(up_b) FROM isp_traffic_sample WHERE line_id = %s"
            " AND flags & %s = 0",
            (self.line.id, int(Flag.LATE)),
        )
        samples = self.env.cr.fetchone()
        days = self._days(self.line).values()
        self.assertEqual((sum(row[0] for row in days), sum(row[1] for row in days)), samples)

    def test_gap_days_have_no_row(self):
        days = self._days(self.line)
        first = rollup.local_date(self.gap[0], "America/Mexico_City")
        # The sample that ends the gap lies on the day after it, kept apart.
        for day in (first, first + timedelta(days=1)):
            self.assertNotIn(day, days)
        self.assertGreater(days[first + timedelta(days=2)][2], 10**9)
        self.assertEqual(days[first - timedelta(days=1)][3:], (86400, 288))

    def test_restart_costs_one_sample_and_no_spike(self):
        flags = [row[3] for row in self._samples(self.line) if row[3]]
        self.assertEqual(sorted(flags), [Flag.RESET, Flag.LATE])

    def test_days_are_those_of_the_model(self):
        first = rollup.local_date(self.gap[0], "America/Mexico_City") + timedelta(days=4)
        start = rollup.midnight(first, "America/Mexico_City")
        if self.model.boot_before("torre-norte", start + timedelta(days=1)) > start:
            self.skipTest("the device restarts on the day this test looks at")
        down, up = self.model.traffic(self.users[0], start, start + timedelta(days=1))
        row = self._days(self.line)[first]
        self.assertAlmostEqual(row[0], down, delta=2)
        self.assertAlmostEqual(row[1], up, delta=2)

    def test_live_polling_goes_on_from_history(self):
        before = self._state(self.line)
        self._cycle(self.north)
        after = self._state(self.line)
        self.assertGreater(after.ts, before.ts)
        self.assertEqual(len(self._samples(self.line)), self.stored // 2 + 1)

    def test_bulk_of_ten_thousand_readings(self):
        start = datetime(2025, 3, 1, tzinfo=UTC)
        polls = [
            (start + timedelta(minutes=5 * n), 30_000 * n, {"linea011": ("9", 10 * n, 900 * n)})
            for n in range(10_001)
        ]
        self.assertEqual(self.south._ingest_polls(polls), 10_000)
