from odoo import api, models

from ..services import chart, ranges

GB = 1_000_000_000
MB = 1_000_000


class IspPortalPage(models.AbstractModel):
    """Traffic in the customer area: navigation entry, consumption, week and month."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_nav_items(self):
        return super()._get_nav_items() + [
            {
                "key": "traffic",
                "label": self.env._("My current traffic"),
                "short": self.env._("Traffic"),
                "url": "/my/isp/traffic",
                "icon": "pulse",
                "sequence": 50,
            }
        ]

    @api.model
    def _get_dashboard_values(self, subscription):
        values = super()._get_dashboard_values(subscription)
        values["traffic"] = self._get_traffic_values(subscription)
        return values

    @api.model
    def _get_traffic_values(self, subscription):
        """Return consumption, week and month of one service.

        All three come from the same daily rows, so that their sums agree. Octets are exact until
        they are written; GB are decimal.
        """
        today = subscription.sudo().company_id._isp_traffic_today()
        wanted = {
            "usage": subscription._isp_traffic_range(today),
            "week": ranges.week_range(today),
            "month": ranges.month_range(today),
        }
        first = min(start for start, _end in wanted.values())
        octets = subscription._isp_traffic_days(first, today)
        values = {name: self._get_traffic_range(octets, *bounds) for name, bounds in wanted.items()}
        self._add_traffic_bars(values["week"])
        self._add_traffic_lines(values["month"])
        return values

    @api.model
    def _get_traffic_range(self, octets, first, last):
        """Return days, values in GB (None = gap) and totals of a range."""
        fmt = self._get_formatter()
        days = ranges.days(first, last)
        rows = [octets.get(day) for day in days]
        down = sum(row[0] for row in rows if row)
        up = sum(row[1] for row in rows if row)
        return {
            "days": days,
            "label": self._get_traffic_label(first, last),
            "down": [row and row[0] / GB for row in rows],
            "up": [row and row[1] / GB for row in rows],
            "has_data": any(rows),
            "has_gap": not all(rows),
            "total": self._format_gb(down + up),
            "total_down": self._format_gb(down),
            "total_up": self._format_gb(up),
            "total_octets": (down, up),
            "table": [
                {
                    "day": fmt.day(day) if len(days) > 7 else fmt.weekday(day).rsplit(" ", 1)[0],
                    "down": row and self._format_gb(row[0]),
                    "up": row and self._format_gb(row[1]),
                }
                for day, row in zip(days, rows, strict=True)
            ],
        }

    @api.model
    def _get_traffic_label(self, first, last):
        """Return ``16 – 22 nov`` or ``25 oct – 22 nov``."""
        fmt = self._get_formatter()
        start = str(first.day) if first.month == last.month else fmt.day(first)
        return f"{start} – {fmt.day(last)}" if first != last else fmt.day(last)

    @api.model
    def _format_gb(self, octets):
        """Return ``380.9 GB``, or ``12.5 MB`` of what GB would write as nothing."""
        if 0 < octets < 0.05 * GB:
            return f"{octets / MB:,.1f} MB" if octets >= 0.1 * MB else "<0.1 MB"
        return f"{octets / GB:,.1f} GB"

    # === CHARTS === #

    @api.model
    def _add_traffic_axis(self, values):
        marks = chart.axis_of(values["down"] + values["up"])
        values["marks"] = [chart.mark_text(mark) for mark in marks]
        values["grid"] = chart.grid(marks)
        return marks[-1]

    @api.model
    def _add_traffic_bars(self, values):
        top = self._add_traffic_axis(values)
        fmt = self._get_formatter()
        values["bars"] = chart.bars(values["down"], values["up"], top)
        values["gaps"] = chart.empty_slots(values["down"])
        values["labels"] = [fmt.weekday(day).split(" ")[0] for day in values["days"]]
        values["summary"] = self._get_traffic_summary(values)

    @api.model
    def _add_traffic_lines(self, values):
        top = self._add_traffic_axis(values)
        fmt = self._get_formatter()
        values["gaps"] = chart.gap_bands(values["down"])
        values["area"] = chart.area_path(values["down"], top)
        values["line_down"] = chart.line_path(values["down"], top)
        values["line_up"] = chart.line_path(values["up"], top)
        last = len(values["days"]) - 1
        values["labels"] = [
            fmt.day(values["days"][round(last * quarter / 4)]) for quarter in range(5)
        ]
        values["summary"] = self._get_traffic_summary(values)

    @api.model
    def _get_traffic_summary(self, values):
        """Return the sentence a screen reader says instead of the drawing."""
        text = self.env._(
            "Traffic per day, %(label)s: %(down)s of download and %(up)s of upload.",
            label=values["label"],
            down=values["total_down"],
            up=values["total_up"],
        )
        missing = [row["day"] for row in values["table"] if row["down"] is None]
        if not missing:
            return text
        return f"{text} " + self.env._("No data: %(days)s.", days=", ".join(missing))
