from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo.http import Controller, request

from ..services.paging import to_int


class IspPortalController(Controller):
    """Base of the controllers of the customer area.

    Records are read as the user, through record rules: never with sudo. What is not the
    user's own is not found, whether it exists or not.
    """

    def _isp_page(self):
        """Return the extension point of the pages, in the environment of the user."""
        return request.env["isp.portal.page"]

    def _isp_subscriptions(self):
        """Return the user's own services."""
        return self._isp_page()._get_subscriptions()

    def _isp_current_subscription(self, subscription_id=None):
        """Return the service a page is about.

        :param subscription_id: id from the URL; without it the most urgent own service
        :return: one subscription, or none when the user has no service at all
        :raise NotFound: when the id is not one of the user's services
        """
        subscriptions = self._isp_subscriptions()
        if not subscription_id:
            return self._isp_page()._get_dashboard_subscription(subscriptions)
        wanted = to_int(subscription_id)
        subscription = subscriptions.filtered(lambda sub: sub.id == wanted)
        if not subscription:
            raise NotFound()
        return subscription

    def _isp_render(self, template, page_key, values=None):
        """Return the response of a page of the customer area.

        :param template: xmlid of a template that calls ``isp_portal.layout``
        :param page_key: key of the navigation entry to mark as the current one
        :param values: what the template shows; ``isp``, ``fmt`` and ``page_key`` are added
        """
        response = request.render(template, self._isp_values(page_key, values))
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def _isp_values(self, page_key, values=None):
        """Return the rendering values that every template of the area knows."""
        page = self._isp_page()
        return {
            "isp": page._get_shell_values(),
            "fmt": page._get_formatter(),
            "page_key": page_key,
            **(values or {}),
        }

    def _isp_render_list(self, template, page_key, path, values, fragment=None):
        """Return a list page, or only its list when a script asks for the fragment.

        :param template: xmlid of the page; its list is ``<template>_list``
        :param path: address of the page, for the links of the pager
        :param values: dict with ``rows``, ``pager`` (`services.paging.Pager`), ``query``
        """
        values = {
            **values,
            "path": path,
            "page_url": self._isp_page_url(path, values["query"]),
            "is_fragment": bool(fragment),
        }
        if fragment:
            template = f"{template}_list"
        return self._isp_render(template, page_key, values)

    def _isp_page_url(self, path, query):
        """Return a function from a page number to the address of that page."""

        def page_url(number):
            params = {"q": query, "page": number if number != 1 else ""}
            encoded = urlencode({key: value for key, value in params.items() if value})
            return f"{path}?{encoded}" if encoded else path

        return page_url

    def _isp_query(self, text):
        """Return the search text of a URL, trimmed and bounded."""
        return (text or "").strip()[:80]
