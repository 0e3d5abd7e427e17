from odoo.addons.isp_portal.controllers.common import IspPortalController

from ..services.csp import card_policy


class IspCardController(IspPortalController):
    """Base of the pages with a card form: they alone may load the payment SDK."""

    def _isp_card_page(self, subscription, values, template="isp_payments_mx.card_page"):
        """Return a page with the card form, with a policy that lets only the SDK in."""
        response = self._isp_render(template, "pay", values)
        response.flatten()
        provider_sudo = subscription._openpay_provider()
        scripts = [script["src"] for script in values["sdk"]["scripts"]]
        policy = card_policy(response.data, scripts, provider_sudo._openpay_card_origins())
        response.headers["Content-Security-Policy"] = policy
        # The way back to this page is nobody's business, and Openpay needs to know the site.
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return response
