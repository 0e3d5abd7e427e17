import time

from werkzeug.exceptions import NotFound

from odoo.http import content_disposition, request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController
from odoo.addons.isp_portal.services.paging import clamp, to_int

from ..services.csv_text import csv_bytes

STEP_MS = 3000
FILES = ("usage", "week", "month", "hours")


class IspTraffic(IspPortalController):
    @route("/my/isp/traffic", type="http", auth="user", website=True)
    def isp_traffic(self, subscription_id=None, **kwargs):
        """Show the live page of one own service."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "traffic")
        plan_sudo = subscription.sudo().plan_id
        values = {
            "subscription": subscription,
            "subscriptions": self._isp_subscriptions(),
            "plan": plan_sudo.name,
            "down": plan_sudo.isp_down_mbps,
            "up": plan_sudo.isp_up_mbps,
            "measured": bool(subscription._isp_traffic_line_ids()),
            "step": STEP_MS,
            "speed": self._isp_page()._get_speed_values(subscription),
        }
        return self._isp_render("isp_traffic.live", "traffic", values)

    @route("/my/isp/traffic/live", type="jsonrpc", auth="user", website=True)
    def isp_traffic_live(self, subscription_id=None, since=0, **kwargs):
        """Return the newest points of one own service.

        :param since: milliseconds since the epoch of the last point the page has
        :raise NotFound: the service is not one of the user's
        """
        wanted = to_int(subscription_id, 0)
        if wanted <= 0:
            raise NotFound()
        subscription = self._isp_current_subscription(wanted)
        latest = round(time.time() * 1000)
        values = subscription._isp_traffic_live(clamp(to_int(since, 0), 0, latest) / 1000)
        return {**values, "now": round(time.time() * 1000)}

    @route("/my/isp/traffic/file", type="http", auth="user", website=True, readonly=True)
    def isp_traffic_file(self, subscription_id=None, kind="month", **kwargs):
        """Return the measured traffic of one own service as CSV.

        :raise NotFound: the service is not one of the user's, or there is no such file
        """
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription or kind not in FILES:
            raise NotFound()
        name, header, rows = self._isp_page()._get_traffic_file(subscription, kind)
        headers = [
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "private, no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(csv_bytes(header, rows), headers)
