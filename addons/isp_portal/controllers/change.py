from odoo.exceptions import UserError
from odoo.http import request, route

from .common import IspPortalController


class IspChange(IspPortalController):
    @route("/my/isp/plan", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def isp_plan(self, subscription_id=None, plan_id=None, **kwargs):
        """List the plans the service may change to; a chosen one shows its arithmetic."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "pay")
        values = self._isp_page()._get_change_values(subscription, plan_id)
        return self._isp_render("isp_portal.change_plan", "pay", values)

    @route("/my/isp/plan/request", type="http", auth="user", website=True, methods=["POST"])
    def isp_plan_request(self, subscription_id=None, token=None, **kwargs):
        """Ask for the change that was shown and go on to its payment.

        Plan, policy and amount come from the signed token of the page; the amount is computed
        again and must still be the one that was shown. Pressed twice, there is one request.
        """
        subscription = self._isp_current_subscription(subscription_id)
        page = self._isp_page()
        if not subscription:
            return request.redirect("/my/isp/plan", code=303)
        read = page._read_change(subscription, token)
        back = page._get_change_url(subscription, read[0] if read else None)
        try:
            change_sudo = page._request_change(subscription, token)
        except UserError:
            change_sudo = None
        if not change_sudo:
            return request.redirect(back, code=303)
        if change_sudo.state == "awaiting_payment":
            url = page._get_change_pay_url(subscription, change_sudo.id)
            return request.redirect(url, code=303)
        return request.redirect(page._get_change_url(subscription), code=303)

    @route("/my/isp/plan/cancel", type="http", auth="user", website=True, methods=["POST"])
    def isp_plan_cancel(self, subscription_id=None, change_id=None, **kwargs):
        """Give the open request up; the plan stays as it is."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return request.redirect("/my/isp/plan", code=303)
        change_sudo = subscription.sudo().open_change_id
        if str(change_sudo.id) == str(change_id):
            change_sudo._isp_close("cancelled", request.env._("Cancelled by the customer"))
        url = self._isp_page()._get_change_url(subscription)
        return request.redirect(url, code=303)
