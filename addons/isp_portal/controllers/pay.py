from odoo.http import request, route

from ..services.paging import to_int
from .common import IspPortalController


class IspPay(IspPortalController):
    @route("/my/isp/pay", type="http", auth="user", website=True, readonly=True)
    def isp_pay(self, subscription_id=None, months=None, fragment=None, **kwargs):
        """Choose the months to pay; everything shown is computed here, from ``months`` only."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "pay")
        page = self._isp_page()
        subscriptions = self._isp_subscriptions()
        values = {
            "subscription": subscription,
            "services": [page._get_service_values(sub) for sub in subscriptions],
        }
        if not page._is_payable(subscription):
            values["service"] = page._get_service_values(subscription)
            return self._isp_render("isp_portal.pay_unavailable", "pay", values)
        values.update(page._get_pay_values(subscription, months))
        template = "isp_portal.pay_form" if fragment else "isp_portal.pay"
        return self._isp_render(template, "pay", values)

    @route("/my/isp/pay/summary", type="http", auth="user", website=True, readonly=True)
    def isp_pay_summary(self, subscription_id=None, months=None, change_id=None, **kwargs):
        """Show what will be paid, months or an open change of plan, and the ways to pay it."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "pay")
        page = self._isp_page()
        if change_id:
            values = page._get_change_summary_values(subscription, change_id)
            if not values:
                return request.redirect(page._get_change_url(subscription))
            return self._isp_render("isp_portal.pay_summary", "pay", values)
        if not page._is_payable(subscription):
            values = {
                "subscription": subscription,
                "services": [],
                "service": page._get_service_values(subscription),
            }
            return self._isp_render("isp_portal.pay_unavailable", "pay", values)
        values = page._get_summary_values(subscription, months)
        return self._isp_render("isp_portal.pay_summary", "pay", values)

    @route("/my/isp/pay/status", type="http", auth="user", website=True, readonly=True)
    def isp_pay_status(self, subscription_id=None, last=0, **kwargs):
        """Tell the open summary whether its payment arrived: 204 while it has not."""
        subscription = self._isp_current_subscription(subscription_id)
        page = self._isp_page()
        if not subscription or page._get_last_payment(subscription).id <= to_int(last):
            return request.make_response("", headers=[("Cache-Control", "no-store")], status=204)
        day = page._get_formatter().date(subscription.cutoff_date)
        message = request.env._("We received your payment. Your next cut-off is %(day)s.", day=day)
        return self._isp_render("isp_portal.pay_received", "pay", {"message": message})
