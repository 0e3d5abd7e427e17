from odoo.http import request, route

from .common import IspPortalController


class IspDashboard(IspPortalController):
    @route("/my/isp", type="http", auth="user", website=True, readonly=True)
    def isp_dashboard(self, subscription_id=None, **kwargs):
        """Show what is owed, the state of the service and its figures."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "dashboard")
        values = self._isp_page()._get_dashboard_values(subscription)
        values["first_name"] = (request.env.user.name or "").split(" ")[0]
        return self._isp_render("isp_portal.dashboard", "dashboard", values)
