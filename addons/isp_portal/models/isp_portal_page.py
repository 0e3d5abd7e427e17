from odoo import api, fields, models
from odoo.fields import Domain

from ..services.accent import palette_css
from ..services.formatting import DEFAULT_ZONE, Formatter, initials
from ..services.paging import Pager
from ..services.searching import matches

# State of a subscription -> look of its badge. The words come from the model's own labels.
BADGES = {
    "draft": "pendiente",
    "to_install": "pendiente",
    "active": "activo",
    "grace": "prorroga",
    "suspended": "suspendido",
    "paused": "pausa",
    "cancel_pending": "cancelado",
    "cancelled": "cancelado",
}
PAGE_SIZE = 10


class IspPortalPage(models.AbstractModel):
    """What the pages of the customer area show: the extension point of other addons.

    Every method runs as the user who looks at the page; records come through record rules.
    Inherit, call ``super()`` and add to what it returns.
    """

    _name = "isp.portal.page"
    _description = "Pages of the customer area"

    # === SHELL === #

    @api.model
    def _get_nav_items(self):
        """Return the entries of the navigation, ordered by ``sequence``.

        :return: list of dict(key, label, short, url, icon, sequence); ``icon`` is a name of
            the template ``isp_portal.icon``, ``short`` the label of the phone's bottom bar
        """
        _ = self.env._
        return [
            {
                "key": "dashboard",
                "label": _("Dashboard"),
                "short": _("Dashboard"),
                "url": "/my/isp",
                "icon": "home",
                "sequence": 10,
            },
            {
                "key": "payments",
                "label": _("Payments"),
                "short": _("Payments"),
                "url": "/my/isp/payments",
                "icon": "receipt",
                "sequence": 20,
            },
            {
                "key": "pay",
                "label": _("Pay service"),
                "short": _("Pay"),
                "url": "/my/isp/pay",
                "icon": "card",
                "sequence": 30,
            },
            {
                "key": "documents",
                "label": _("Documents"),
                "short": _("Documents"),
                "url": "/my/isp/documents",
                "icon": "document",
                "sequence": 40,
            },
        ]

    @api.model
    def _get_shell_values(self):
        """Return what the layout needs on every page: brand, navigation, phones, colours."""
        company_sudo = self._get_company_sudo()
        user = self.env.user
        items = [] if user._is_public() else self._get_nav_items()
        return {
            "company": company_sudo,
            "has_logo": bool(company_sudo.logo) and not company_sudo.uses_default_logo,
            "product_name": company_sudo.isp_product_name or company_sudo.name,
            "portal_title": company_sudo.isp_portal_title or company_sudo.name,
            "phones": self._get_support_phones(),
            "nav": sorted(items, key=lambda item: item["sequence"]),
            "css": palette_css(company_sudo.primary_color),
            "is_public": user._is_public(),
            "user_name": user.name,
            "initials": initials(user.name),
            "today": self._get_today(),
            "now": fields.Datetime.now(),
        }

    @api.model
    def _get_company_sudo(self):
        """Return the company whose portal this is: that of the website, else the user's."""
        website = self.env["website"].get_current_website(fallback=False)
        return (website.company_id or self.env.company).sudo()

    @api.model
    def _get_support_phones(self):
        """Return the support phones of the company, those that are set."""
        company_sudo = self._get_company_sudo()
        phones = (company_sudo.isp_support_phone_1, company_sudo.isp_support_phone_2)
        return [phone for phone in phones if phone]

    @api.model
    def _get_timezone(self):
        """Return the zone in which the portal shows moments: that of the company's address."""
        return self._get_company_sudo().partner_id.tz or DEFAULT_ZONE

    @api.model
    def _get_today(self):
        """Return today's date in the zone of the portal."""
        return self._get_formatter().local_date(fields.Datetime.now())

    @api.model
    def _get_formatter(self):
        """Return the ``Formatter`` that templates know as ``fmt``."""
        symbol = self._get_company_sudo().currency_id.symbol or "$"
        return Formatter(lang=self.env.lang or "es", zone=self._get_timezone(), symbol=symbol)

    # === LISTS === #

    @api.model
    def _get_list_values(self, records, get_row, query="", page=1):
        """Return rows, pager and count of the records whose row matches ``query``, in order.

        A customer has a few hundred records at most, so the words are compared with what the
        rows show, in the language of the page ("octubre", "spei", "1047", a folio).

        :param get_row: makes the row of a record; its ``search`` holds the texts to compare with
        """
        total = found = len(records)
        rows = None
        if query:
            rows = [row for row in map(get_row, records) if matches(query, row["search"])]
            found = len(rows)
        pager = Pager.build(found, page, PAGE_SIZE)
        window = slice(pager.offset, pager.offset + pager.size)
        rows = [get_row(record) for record in records[window]] if rows is None else rows[window]
        return {"rows": rows, "pager": pager, "query": query, "total": total}

    # === SUBSCRIPTIONS === #

    @api.model
    def _get_subscription_domain(self):
        """Return the domain of the services of the user's payer (record rules apply too)."""
        partner = self.env.user.partner_id.commercial_partner_id
        return Domain("commercial_partner_id", "=", partner.id) & Domain("state", "!=", "draft")

    @api.model
    def _get_subscriptions(self):
        """Return the user's services, the living ones first, in the order of their contract."""
        subscriptions = self.env["isp.subscription"].search(self._get_subscription_domain())
        return subscriptions.sorted(lambda sub: (sub.state == "cancelled", sub.name or "", sub.id))

    @api.model
    def _get_badge(self, subscription):
        """Return dict(kind, label) of the status badge of a service."""
        selection = subscription._fields["state"]._description_selection(self.env)
        return {
            "kind": BADGES.get(subscription.state, "pendiente"),
            "label": dict(selection)[subscription.state],
        }
