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
        try:
            # nothing of a request that is refused half-way may stay
            with request.env.cr.savepoint():
                change_sudo = page._request_change(subscription, token)
        except UserError as error:
            return self._isp_refuse_plan(subscription, str(error))
        if not change_sudo:
            shown = page._read_change(subscription, token)
            url = page._get_change_url(subscription, shown[0] if shown else None)
        elif change_sudo.state == "awaiting_payment":
            url = page._get_change_pay_url(subscription, change_sudo.id)
        else:
            url = page._get_change_url(subscription)
        return request.redirect(url, code=303)

    def _isp_refuse_plan(self, subscription, reason):
        """Show the plans again and why the chosen one was refused."""
        values = self._isp_page()._get_change_values(subscription)
        return self._isp_render("isp_portal.change_plan", "pay", {**values, "refused": reason})

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
