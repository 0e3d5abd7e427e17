from werkzeug.exceptions import NotFound

from odoo.http import content_disposition, request, route

from .common import IspPortalController

SERVICE = "/my/isp/service"
STATEMENT_REPORT = "isp_subscription.action_report_final_statement"
NOTICE_KEY = "isp_portal_notice"


class IspService(IspPortalController):
    """What a customer does with his service: extension, pause, cancellation.

    Every change is a POST with CSRF token and a signed mark of what the page showed; pressing a
    button twice does it once.
    """

    # === MY SERVICE === #

    @route(SERVICE, type="http", auth="user", website=True)
    def isp_service(self, subscription_id=None, **kwargs):
        """Show what can be done with a service."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "dashboard")
        values = self._isp_page()._get_service_page_values(subscription)
        values["notice"] = request.session.pop(NOTICE_KEY, None)
        return self._isp_render("isp_portal.service", "dashboard", values)

    def _isp_own(self, subscription_id):
        """Return the service a POST is about.

        :raise NotFound: when no service is named or it is not the user's
        """
        subscription = self._isp_current_subscription(subscription_id or "0")
        if not subscription:
            raise NotFound()
        return subscription

    def _isp_to_service(self, subscription, kind=None, text=""):
        """Redirect to the page of the service, which shows a notice once."""
        if text:
            request.session[NOTICE_KEY] = {"kind": kind, "text": text}
        return request.redirect(f"{SERVICE}?subscription_id={subscription.id}", code=303)

    @route(f"{SERVICE}/extension", type="http", auth="user", methods=["POST"], website=True)
    def isp_extension(self, subscription_id=None, token=None, **kwargs):
        """Lend days to pay, once per cycle."""
        subscription = self._isp_own(subscription_id)
        notice = self._isp_page()._take_extension(subscription, token)
        return self._isp_to_service(subscription, *notice)

    # === PAUSE === #

    @route(f"{SERVICE}/pause", type="http", auth="user", website=True, readonly=True)
    def isp_pause(self, subscription_id=None, date_from="", date_to="", yearly=None, **kwargs):
        """Choose the dates of a pause and see what it gives back."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "dashboard")
        page = self._isp_page()
        values = page._get_pause_values(subscription, date_from, date_to, yearly)
        return self._isp_render("isp_portal.pause", "dashboard", values)

    @route(f"{SERVICE}/pause/confirm", type="http", auth="user", methods=["POST"], website=True)
    def isp_pause_confirm(self, subscription_id=None, token=None, **kwargs):
        """Plan the pause that was shown."""
        subscription = self._isp_own(subscription_id)
        page = self._isp_page()
        outcome, result = page._confirm_pause(subscription, token)
        if outcome == "again":
            start, end, yearly = result
            url = f"{SERVICE}/pause?subscription_id={subscription.id}"
            url += f"&date_from={start}&date_to={end}{'&yearly=1' if yearly else ''}"
            return request.redirect(url, code=303)
        if outcome == "error":
            return self._isp_to_service(subscription, "warn", result)
        day = page._get_formatter().weekday(result.date_from)
        text = request.env._("Done: your pause begins on %(day)s, by itself.", day=day)
        return self._isp_to_service(subscription, "good", text)

    @route(
        f"{SERVICE}/pause/<int:pause_id>/<string:action>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def isp_pause_change(self, pause_id, action, **kwargs):
        """Give up a planned pause ("cancel") or end a running one today ("return")."""
        page = self._isp_page()
        pause = page._get_own_pause(pause_id)
        if not pause or action not in ("cancel", "return"):
            raise NotFound()
        return self._isp_to_service(pause.subscription_id, *page._change_pause(pause, action))

    # === CANCELLATION === #

    @route(f"{SERVICE}/cancel", type="http", auth="user", website=True, readonly=True)
    def isp_cancel(self, subscription_id=None, date="", reason_id=None, **kwargs):
        """Choose the last day and see the final statement."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "dashboard")
        folio = subscription.cancellation_id
        if folio:
            return request.redirect(f"{SERVICE}/cancellation/{folio.id}", code=303)
        values = self._isp_page()._get_cancel_values(subscription, date, reason_id)
        return self._isp_render("isp_portal.cancel", "dashboard", values)

    @route(f"{SERVICE}/cancel/confirm", type="http", auth="user", methods=["POST"], website=True)
    def isp_cancel_confirm(self, subscription_id=None, token=None, note="", **kwargs):
        """Open the folio for what was shown."""
        subscription = self._isp_own(subscription_id)
        outcome, result = self._isp_page()._confirm_cancellation(subscription, token, note)
        if outcome == "again":
            day, reason = result
            url = f"{SERVICE}/cancel?subscription_id={subscription.id}"
            return request.redirect(f"{url}&date={day}&reason_id={reason}", code=303)
        if outcome == "error":
            return self._isp_to_service(subscription, "warn", result)
        return request.redirect(f"{SERVICE}/cancellation/{result.id}", code=303)

    def _isp_folio(self, cancellation_id):
        """Return one of the user's folios.

        :raise NotFound: when there is no such folio of his
        """
        folio = self._isp_page()._get_own_cancellation(cancellation_id)
        if not folio:
            raise NotFound()
        return folio

    @route(f"{SERVICE}/cancellation/<int:cancellation_id>", type="http", auth="user", website=True)
    def isp_cancellation(self, cancellation_id, **kwargs):
        """Show a folio: state, final statement, what comes next."""
        folio = self._isp_folio(cancellation_id)
        values = self._isp_page()._get_folio_values(folio)
        values["notice"] = request.session.pop(NOTICE_KEY, None)
        return self._isp_render("isp_portal.cancellation", "dashboard", values)

    @route(
        f"{SERVICE}/cancellation/<int:cancellation_id>/statement",
        type="http",
        auth="user",
        website=True,
    )
    def isp_cancellation_statement(self, cancellation_id, **kwargs):
        """Send the PDF of the final statement."""
        folio = self._isp_folio(cancellation_id)
        # access was checked above; the report reads the company and the address
        report_sudo = request.env["ir.actions.report"].sudo()
        content, _kind = report_sudo._render(STATEMENT_REPORT, folio.ids)
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(f"{folio._isp_statement_name()}.pdf")),
            ("Cache-Control", "private, no-store"),
        ]
        return request.make_response(content, headers=headers)

    @route(
        f"{SERVICE}/cancellation/<int:cancellation_id>/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def isp_cancellation_withdraw(self, cancellation_id, **kwargs):
        """Keep the service."""
        folio = self._isp_folio(cancellation_id)
        notice = self._isp_page()._withdraw_cancellation(folio)
        return self._isp_to_service(folio.subscription_id, *notice)
