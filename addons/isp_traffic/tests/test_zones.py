from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo.tests import tagged

from ..services import rollup
from .common import TrafficCommon

# Zone of the company: (a day, its hours). Since 2022 only the border and Baja California change
# their clocks, on the days of the United States.
DAYS = (
    ("America/Tijuana", date(2026, 3, 8), 23),
    ("America/Tijuana", date(2026, 11, 1), 25),
    ("America/Ojinaga", date(2026, 3, 8), 23),
    ("America/Ojinaga", date(2026, 11, 1), 25),
    ("America/Ciudad_Juarez", date(2026, 11, 1), 25),
    ("America/Matamoros", date(2026, 3, 8), 23),
    ("America/Mexico_City", date(2026, 11, 1), 24),
    ("America/Mexico_City", date(2026, 4, 5), 24),
    ("America/Cancun", date(2026, 11, 1), 24),
    ("America/Hermosillo", date(2026, 3, 8), 24),
    ("America/Mazatlan", date(2026, 11, 1), 24),
)


@tagged("post_install", "-at_install")
class TestZones(TrafficCommon):
    """Local days of every kind of zone of Mexico, and gaps that stay gaps."""

    def _poll_day(self, line, zone, day, octets=1000):
        """Poll from the hour before a local day to the hour after it, every half hour."""
        start = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
        end = datetime.combine(day + timedelta(1), datetime.min.time(), ZoneInfo(zone))
        moments, moment = [], start - timedelta(hours=1)
        while moment <= end.astimezone(UTC) + timedelta(hours=1):
            moments.append(moment)
            moment += timedelta(minutes=30)
        self._ingest(line, *((moment, octets * n, n) for n, moment in enumerate(moments)))

    def test_days_have_23_24_or_25_hours(self):
        for number, (zone, day, hours) in enumerate(DAYS):
            with self.subTest(f"{zone} {day}"):
                self.company.partner_id.tz = zone
                line = self._create_line(self.south, f"zone{number}")
                self._poll_day(line, zone, day)
                days = self._days(line)
                self.assertEqual(set(days), {day + timedelta(n) for n in (-1, 0, 1)})
                down, up, _late, seconds, samples = days[day]
                self.assertEqual((seconds, samples), (hours * 3600, hours * 2))
                self.assertEqual((down, up), (hours * 2 * 1000, hours * 2))

    def test_roll_ups_of_such_days_can_be_repeated(self):
        zone, day = "America/Tijuana", date(2026, 11, 1)
        self.company.partner_id.tz = zone
        self._poll_day(self.line, zone, day)
        before = self._days(self.line)
        start = rollup.midnight(day, zone)
        end = rollup.midnight(day + timedelta(1), zone)
        for _n in range(3):
            rollup.roll_hours(self.env.cr, start, end)
            rollup.roll_days(self.env.cr, start, end, zone, self.line.ids)
        self.assertEqual(self._days(self.line), before)
        # The hour that comes twice in the autumn is two hours of UTC.
        self.assertEqual((end - start).total_seconds(), 25 * 3600)

    def test_hours_of_the_portal_follow_the_clock_change(self):
        self.company.partner_id.tz = "America/Tijuana"
        self._poll_day(self.line, "America/Tijuana", date(2026, 11, 1))
        every, known = self.subscription._isp_traffic_hours(date(2026, 11, 1), date(2026, 11, 1))
        self.assertEqual((len(every), len(known)), (25, 25))

    def test_table_of_speeds_on_the_day_of_the_clock_change(self):
        """The last hour of the longer day is not the first of the next."""
        self.company.partner_id.tz = "America/Tijuana"
        days = [date(2026, 10, 29) + timedelta(n) for n in range(7)]
        start = rollup.midnight(days[0], "America/Tijuana")
        hours = [start + timedelta(hours=n) for n in range(169)]
        dates = [rollup.local_date(hour, "America/Tijuana") for hour in hours]
        # 23:00 of each day is as fast as the number of the day.
        speeds = [
            float(day.day) if after != day else 0.5
            for day, after in zip(dates, [*dates[1:], None], strict=True)
        ]
        values = {"days": [str(day) for day in days], "down": speeds, "up": speeds}
        table = self.env["isp.portal.page"]._get_speed_table(values, days, dates)
        self.assertEqual([row["down"] for row in table], [f"{day.day:.1f}" for day in days])

    def _poll(self, *hours):
        """Poll on a day at hours UTC; the counter grows by 100 octets an hour."""
        midnight = self._moment(2026, 11, 10)
        self._ingest(
            self.line,
            *((midnight + timedelta(hours=h), round(100 * h), round(10 * h)) for h in hours),
        )

    def _hours(self):
        self.env.cr.execute(
            "SELECT extract(hour FROM hour AT TIME ZONE 'UTC')::int, down_b, late_down_b"
            " FROM isp_traffic_hour WHERE line_id = %s ORDER BY hour",
            (self.line.id,),
        )
        return self.env.cr.fetchall()

    def test_outage_of_the_collector_leaves_a_gap(self):
        """Nothing is spread over the hours nobody measured, and they are no zeros."""
        self._poll(7, 8, 13, 14)
        self.assertEqual(
            self._hours(), [(7, 100, 0), (12, None, 500), (13, 100, 0)]
        )  # hours 8 to 11 have no row, the last of the gap has no octets
        days = self._days(self.line)[date(2026, 11, 10)]
        self.assertEqual(days[:3], (200, 20, 500))

    def test_outage_over_days_leaves_days_without_octets(self):
        self._poll(7, 8, 80, 81)
        self.assertEqual(
            self.subscription._isp_traffic_days(date(2026, 11, 9), date(2026, 11, 14)),
            {date(2026, 11, 10): (100, 10), date(2026, 11, 13): (100, 10)},
        )
        hours = self.subscription._isp_traffic_hours(date(2026, 11, 10), date(2026, 11, 13))[1]
        self.assertEqual(len(hours), 2)

    def test_short_gap_is_spanned(self):
        """What passed in less than an hour is known well enough to be spread."""
        self._poll(7, 7.25, 8)
        self.assertEqual(self._hours(), [(7, 100, 0)])

    def test_backfill_after_the_outage_counts_nothing_twice(self):
        self._poll(7, 8, 13, 14)
        before = self._hours(), self._days(self.line)
        self._poll(9, 10, 11)
        self._poll(13, 14)
        self.assertEqual((self._hours(), self._days(self.line)), before)
