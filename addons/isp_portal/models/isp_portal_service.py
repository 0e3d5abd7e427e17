from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import hash_sign, verify_hash_signed

SIGN_SCOPE = "isp_portal.service"
SIGN_HOURS = 2


class IspPortalPage(models.AbstractModel):
    """Options of a service: what a customer may do with it by himself."""

    _inherit = "isp.portal.page"

    # === TOKEN === #

    @api.model
    def _get_service_token(self, subscription, action, *values):
        """Return a signed mark of what a page showed: only that can be confirmed.

        :param values: JSON-able values, such as dates as text and the amount shown
        """
        content = [subscription.id, self.env.user.id, action, *values]
        return hash_sign(self.env(su=True), SIGN_SCOPE, content, expiration_hours=SIGN_HOURS)

    @api.model
    def _read_service_token(self, token, subscription, action):
        """Return the values of a token made here for this user, service and action, else None."""
        try:
            content = verify_hash_signed(self.env(su=True), SIGN_SCOPE, token or "")
        except ValueError:
            return None
        if not content or content[:3] != [subscription.id, self.env.user.id, action]:
            return None
        return content[3:]

    # === PAGE === #

    @api.model
    def _get_service_page_values(self, subscription):
        """Return the values of the page "My service"."""
        return {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "services": [self._get_service_values(sub) for sub in self._get_subscriptions()],
            "options": sorted(
                self._get_service_options(subscription), key=lambda option: option["sequence"]
            ),
            "pauses": self._get_pause_rows(subscription),
            "cancellation": self._get_cancellation_values(subscription),
        }

    @api.model
    def _get_service_options(self, subscription):
        """Return what can be done with the service: the extension point of other addons.

        :return: list of dict(key, title, text, icon, url, sequence); without ``url`` the option
            is not possible now and ``text`` says why; with ``token`` it is done by one POST
        """
        options = [self._get_extension_option(subscription)]
        if subscription.state not in ("draft", "to_install", "cancelled"):
            options.append(self._get_pause_option(subscription))
        options.append(self._get_cancel_option(subscription))
        return [option for option in options if option]

    @api.model
    def _get_extension_option(self, subscription):
        """Return the option to lend days, None when nothing is owed or it is not offered."""
        _ = self.env._
        if subscription.balance_due <= 0 or subscription.state not in ("active", "grace"):
            return None
        option = {"key": "extension", "icon": "clock", "sequence": 10, "url": False}
        offer = subscription._isp_extension_offer()
        if not offer["possible"]:
            if subscription.state != "grace":
                return None
            return {**option, "title": _("More days to pay"), "text": offer["reason"]}
        day = self._get_formatter().weekday(offer["date_until"])
        return {
            **option,
            "title": _("%(days)s more days to pay", days=offer["days"]),
            "text": _(
                "Your internet stays on until %(day)s. You owe the same and your cut-off day does"
                " not change.",
                day=day,
            ),
            "url": "/my/isp/service/extension",
            "token": self._get_service_token(
                subscription, "extension", offer["date_until"].isoformat()
            ),
        }

    @api.model
    def _get_pause_option(self, subscription):
        """Return the option to pause, without address when it is not possible now."""
        _ = self.env._
        subscription_sudo = subscription.sudo()
        company = subscription_sudo.company_id
        if not company.isp_pause_per_year:
            return None
        obstacle = subscription_sudo._isp_pause_obstacle(company._isp_today(), planned=True)
        text = _(
            "From %(least)s to %(most)s days without service and without charges.",
            least=company.isp_pause_min_days,
            most=company.isp_pause_max_days,
        )
        return {
            "key": "pause",
            "icon": "pause",
            "sequence": 30,
            "title": _("Pause for vacations"),
            "text": obstacle or text,
            "url": f"/my/isp/service/pause?subscription_id={subscription.id}"
            if not obstacle
            else False,
        }

    @api.model
    def _get_cancel_option(self, subscription):
        """Return the option to cancel, None when it is cancelled or in process."""
        _ = self.env._
        if subscription.state in ("cancel_pending", "cancelled"):
            return None
        return {
            "key": "cancel",
            "icon": "logout",
            "sequence": 90,
            "title": _("Cancel the service"),
            "text": _("Your final statement first, your folio at once."),
            "url": f"/my/isp/service/cancel?subscription_id={subscription.id}",
        }

    # === EXTENSION === #

    @api.model
    def _take_extension(self, subscription, token):
        """Lend the days that the page showed; return ``(kind, text)`` of the notice to show."""
        values = self._read_service_token(token, subscription, "extension")
        if values is None:
            return "warn", self.env._("This page was open for too long: try again.")
        promises_sudo = subscription.sudo().promise_ids
        given = promises_sudo.filtered(
            lambda promise: promise.kind == "extension" and promise.state == "open"
        )[:1]
        try:
            given = given or subscription.sudo()._isp_request_extension("portal")
        except UserError as error:
            return "warn", str(error)
        day = self._get_formatter().weekday(given.date_until)
        return "good", self.env._("Done: your internet stays on until %(day)s.", day=day)
