from odoo.tests import HttpCase, new_test_user

from .common import IspCommon

# Listed in the bundles of `mail`, but not shipped by the Debian package of Odoo.
MISSING_ASSET = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
BUNDLES = ("web.assets_backend", "web.assets_unit_tests_setup")


class IspHttpCommon(IspCommon, HttpCase):
    """`IspCommon` over HTTP, with two customers who may log in (password = login)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._remove_missing_assets()
        cls.portal_user = cls._create_portal_user("isp_portal_customer", cls.customer)
        cls.other_portal_user = cls._create_portal_user("isp_portal_other", cls.other_customer)

    @classmethod
    def _remove_missing_assets(cls):
        """Take the missing file out of the bundles, or every page with a bundle would fail."""
        cls.env["ir.asset"].sudo().create(
            [
                {
                    "name": f"Not shipped: {MISSING_ASSET}",
                    "bundle": bundle,
                    "directive": "remove",
                    "path": MISSING_ASSET,
                }
                for bundle in BUNDLES
            ]
        )

    @classmethod
    def _create_portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login=login,
            password=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
            tz="America/Mexico_City",
        )
