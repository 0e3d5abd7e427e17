from urllib.parse import urlencode

from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.website.controllers.main import Website

from .common import IspPortalController

DASHBOARD = "/my/isp"
ENTRY = "/area-de-clientes"


def _is_customer_area(path):
    """Return whether a redirect of the login page leads into the customer area."""
    return bool(path) and (path == ENTRY or path.split("?")[0].startswith(DASHBOARD))


class IspEntry(IspPortalController):
    @route(ENTRY, type="http", auth="public", website=True, sitemap=True, readonly=True)
    def isp_customer_area(self, **kwargs):
        """Lead to the dashboard, or to the login page when nobody is signed in."""
        if request.env.user._is_public():
            return request.redirect(f"/web/login?{urlencode({'redirect': DASHBOARD})}")
        return request.redirect(DASHBOARD)


class IspCustomerPortal(CustomerPortal):
    @route()
    def home(self, **kw):
        """Send customers with a service to their dashboard; others see Odoo's page."""
        user = request.env.user
        if user._is_portal() and request.env["isp.portal.page"]._get_subscriptions():
            return request.redirect(DASHBOARD)
        return super().home(**kw)


class IspLogin(Website, IspPortalController):
    @route()
    def web_login(self, *args, **kw):
        """Show Odoo's login in the look of the customer area when it leads there.

        One message for every refused pair: it never says whether the user exists.
        """
        response = super().web_login(*args, **kw)
        if not _is_customer_area(request.params.get("redirect")):
            return response
        if getattr(response, "template", None) != "web.login":
            return response
        qcontext = response.qcontext
        qcontext.update(self._isp_values("login"))
        if request.httprequest.method == "POST" and qcontext.get("error"):
            qcontext["error"] = request.env._("The user name or the password is not right.")
        response.template = "isp_portal.login"
        return response
