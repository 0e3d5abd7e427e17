from datetime import timedelta

from lxml import html

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

PHONE_1, PHONE_2 = "4435550142", "4435550187"


class IspPortalCommon(IspHttpCommon):
    """The customer area in Spanish: one customer with an active service, one without debt."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_spanish_website()
        cls.company.write({"isp_support_phone_1": PHONE_1, "isp_support_phone_2": PHONE_2})
        cls.today = cls.company._isp_today()
        # covered until a few days from now: within the lead time of the billing run
        cls.cutoff = cls.today + timedelta(days=3)
        cls.subscription = cls._create_subscription(
            partner_id=cls.customer.id, date_start=cls.cutoff, anchor_day=cls.cutoff.day
        )
        cls.other_subscription = cls._create_subscription(
            partner_id=cls.other_customer.id,
            plan_id=cls.plan_100.id,
            date_start=cls.cutoff,
            anchor_day=cls.cutoff.day,
        )

    @classmethod
    def _use_spanish_website(cls):
        """Serve the pages of the test company in es_MX, whatever languages the database has."""
        language = cls.env["res.lang"].search([("code", "=", "es_MX")])
        if not language:
            language = cls.env["res.lang"]._activate_lang("es_MX")
            modules = ["isp_subscription", "isp_portal"]
            cls.env["ir.module.module"]._load_module_terms(modules, ["es_MX"], overwrite=True)
        cls.website = cls.env["website"].get_current_website()
        cls.website.write(
            {
                "company_id": cls.company.id,
                "language_ids": [(6, 0, language.ids)],
                "default_lang_id": language.id,
            }
        )

    # === HELPERS === #

    def _open(self, url, login="isp_portal_customer"):
        """Return the response to ``url`` as a user (None: a visitor), redirects not followed."""
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _page(self, url, login="isp_portal_customer"):
        """Return the parsed page at ``url``, which must answer 200."""
        response = self._open(url, login)
        self.assertEqual(response.status_code, 200, url)
        return html.fromstring(response.content)

    def _texts(self, page, xpath):
        """Return the texts found by ``xpath``, spaces collapsed."""
        return [" ".join(node.text_content().split()) for node in page.xpath(xpath)]

    def _main(self, page):
        """Return the text of the main part of a page, spaces collapsed."""
        return " ".join(page.xpath("//main[@id='isp_content']")[0].text_content().split())

    def _bill(self, subscription=None, months=1):
        """Invoice the next months of a service."""
        return (subscription or self.subscription)._bill_periods(n=months)

    def _short(self, date):
        """Return ``25 nov 2026``."""
        return self.env["isp.portal.page"].with_context(lang="es_MX")._get_formatter().date(date)
