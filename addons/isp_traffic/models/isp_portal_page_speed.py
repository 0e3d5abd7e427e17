from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import api, models

from ..services import chart, ranges, rollup

MBPS = 1_000_000


class IspPortalPage(models.AbstractModel):
    """Speeds of the week beside what was contracted, and files of the measured traffic."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_speed_values(self, subscription):
        """Return the chart of the highest speed of each hour of seven days, and its figures.

        Speeds in Mbit/s; hours to come and hours that were not measured are None.
        """
        today = subscription.sudo().company_id._isp_traffic_today()
        first, last = ranges.week_range(today)
        every, known = subscription._isp_traffic_hours(first, last)
        plan_sudo = subscription.sudo().plan_id
        values = {
            "label": self._get_traffic_label(first, last),
            "down": [known[hour][0] / MBPS if hour in known else None for hour in every],
            "up": [known[hour][1] / MBPS if hour in known else None for hour in every],
            "has_data": bool(known),
            "plan_down": plan_sudo.isp_down_mbps,
            "p95": self._get_percentile(subscription, first, last),
        }
        self._add_speed_lines(values, every)
        values["days"] = [self._get_formatter().weekday(day) for day in ranges.days(first, last)]
        values["labels"] = [text.split(" ")[0] for text in values["days"]]
        zone = subscription.sudo().company_id._isp_traffic_zone()
        dates = [rollup.local_date(hour, zone) for hour in every]
        values["table"] = self._get_speed_table(values, ranges.days(first, last), dates)
        return values

    @api.model
    def _get_percentile(self, subscription, first, last):
        """Return the 95th percentile as texts (down, up), None without data."""
        pair = subscription._isp_traffic_percentile(first, last)
        return pair and tuple(f"{bps / MBPS:,.1f}" for bps in pair)

    @api.model
    def _add_speed_lines(self, values, every):
        # The present hour is no gap before it is over: its first reading may be to come.
        over = datetime.now(UTC) - timedelta(hours=1)
        done = [value for value, hour in zip(values["down"], every, strict=True) if hour <= over]
        speeds = [values["plan_down"] or None, *values["down"], *values["up"]]
        marks = chart.axis_of(speeds)
        top, count = marks[-1], len(every)
        bands = [(float(x), float(width)) for x, width in chart.gap_bands(done)]
        share = (len(done) - 1) / (count - 1) if count > 1 else 1
        values.update(
            marks=[chart.mark_text(mark) for mark in marks],
            grid=chart.grid(marks),
            gaps=[(f"{x * share:.2f}", f"{width * share:.2f}") for x, width in bands],
            has_gap=bool(bands),
            area=chart.area_path(values["down"], top),
            line_down=chart.line_path(values["down"], top),
            line_up=chart.line_path(values["up"], top),
            plan_y=f"{100 - 100 * values['plan_down'] / top:.2f}" if values["plan_down"] else None,
        )
        values["summary"] = self.env._(
            "Highest speed of each hour, %(label)s: up to %(down)s Mbps of download and %(up)s "
            "Mbps of upload.",
            label=values["label"],
            down=self._format_peak(values["down"]),
            up=self._format_peak(values["up"]),
        )

    @api.model
    def _format_peak(self, speeds):
        """Return the highest of some speeds, a dash when none is known."""
        known = [speed for speed in speeds if speed is not None]
        return f"{max(known):,.1f}" if known else "–"

    @api.model
    def _get_speed_table(self, values, days, dates):
        """Return one row per day: the highest speeds.

        :param dates: the local date of each hour; a day of the clock change has 23 or 25 of them
        """
        rows = []
        for text, day in zip(values["days"], days, strict=True):
            first, last = bisect_left(dates, day), bisect_right(dates, day)
            down, up = (self._format_peak(values[name][first:last]) for name in ("down", "up"))
            rows.append({"day": text.rsplit(" ", 1)[0], "down": down, "up": up})
        return rows

    # === FILES === #

    @api.model
    def _get_traffic_file(self, subscription, kind):
        """Return (file name, header, rows) of the traffic of a service; None is a gap.

        :param kind: ``usage``, ``week`` or ``month`` by day, ``hours`` of the week by hour
        """
        today = subscription.sudo().company_id._isp_traffic_today()
        if kind == "hours":
            first, last = ranges.week_range(today)
            header, rows = self._get_hour_rows(subscription, first, last)
        else:
            first, last = {
                "usage": subscription._isp_traffic_range(today),
                "week": ranges.week_range(today),
                "month": ranges.month_range(today),
            }[kind]
            octets = subscription._isp_traffic_days(first, last)
            header = [
                self.env._("Day"),
                self.env._("Download (bytes)"),
                self.env._("Upload (bytes)"),
            ]
            rows = [
                [day.isoformat(), *(octets.get(day) or (None, None))]
                for day in ranges.days(first, last)
            ]
        name = self.env._("traffic-%(contract)s", contract=subscription.name or subscription.id)
        return f"{name}-{first}-{last}.csv".replace("/", "-"), header, rows

    @api.model
    def _get_hour_rows(self, subscription, first, last):
        zone = ZoneInfo(subscription.sudo().company_id._isp_traffic_zone())
        every, known = subscription._isp_traffic_hours(first, last)
        header = [
            self.env._("Hour"),
            self.env._("Download (bytes)"),
            self.env._("Upload (bytes)"),
            self.env._("Highest download (bit/s)"),
            self.env._("Highest upload (bit/s)"),
        ]
        rows = []
        for hour in every:
            down_bps, up_bps, down, up = known.get(hour, (None,) * 4)
            rows.append([hour.astimezone(zone).isoformat(), down, up, down_bps, up_bps])
        return header, rows
