from odoo import api, fields, models
from odoo.tools import format_date

from ..services import chart, ranges

GB = 1_000_000_000


class IspSubscription(models.Model):
    """The month of a service as a picture on its form."""

    _inherit = "isp.subscription"

    isp_traffic_chart = fields.Html(
        string="Traffic of the month",
        compute="_compute_isp_traffic_chart",
        sanitize=False,
        groups="isp_subscription.group_isp_readonly",
    )

    # === COMPUTE METHODS === #

    @api.depends("isp_interface_ids")
    def _compute_isp_traffic_chart(self):
        for subscription in self:
            subscription.isp_traffic_chart = subscription.id and subscription._isp_month_chart()

    def _isp_month_chart(self):
        """Return the drawing of one month of days, False without any measurement."""
        self.ensure_one()
        today = self.company_id._isp_traffic_today()
        first, last = ranges.month_range(today)
        octets = self._isp_traffic_days(first, last)
        if not octets:
            return False
        days = ranges.days(first, last)
        down, up = (
            [octets[day][side] / GB if day in octets else None for day in days] for side in (0, 1)
        )
        marks = chart.axis_of(down + up)
        values = {
            "grid": chart.grid(marks),
            "gaps": chart.gap_bands(down),
            "area": chart.area_path(down, marks[-1]),
            "line_down": chart.line_path(down, marks[-1]),
            "line_up": chart.line_path(up, marks[-1]),
            "caption": self.env._(
                "GB per day, %(first)s – %(last)s; the highest line is %(top)s GB",
                first=format_date(self.env, first),
                last=format_date(self.env, last),
                top=chart.mark_text(marks[-1]),
            ),
            "legend_down": self.env._("Download %(gb)s GB", gb=f"{sum(filter(None, down)):,.1f}"),
            "legend_up": self.env._("Upload %(gb)s GB", gb=f"{sum(filter(None, up)):,.1f}"),
            "percentile": self._isp_percentile_text(today),
        }
        return self.env["ir.qweb"]._render("isp_traffic.office_chart", values)

    def _isp_percentile_text(self, today):
        """Return the 95th percentile of the last seven days in words, False without data."""
        pair = self._isp_traffic_percentile(ranges.week_range(today)[0], today)
        return pair and self.env._(
            "95th percentile of the week: %(down)s / %(up)s Mbit/s",
            down=f"{pair[0] / 1e6:,.1f}",
            up=f"{pair[1] / 1e6:,.1f}",
        )
