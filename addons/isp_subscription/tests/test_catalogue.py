from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestCatalogue(IspCommon):
    def test_branch_shows_its_code_and_is_found_by_it(self):
        branch = self.env["isp.branch"].create({"name": "Centro", "code": "CEN"})
        self.assertEqual(branch.display_name, "[CEN] Centro")
        found = self.env["isp.branch"].name_search("CEN")
        self.assertIn(branch.id, [branch_id for branch_id, _name in found])

    def test_codes_and_names_are_unique_per_company(self):
        cases = {
            "isp.branch": {"name": "Centro", "code": "CEN"},
            "isp.zone": {"name": "Norte"},
            "isp.payment.form": {"name": "Again", "code": "spei"},
        }
        for model, values in cases.items():
            if model != "isp.payment.form":
                self.env[model].create(values)
            with (
                self.subTest(model=model),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                self.env[model].create(values)

    def test_zone_has_a_day_of_the_month(self):
        for day in (0, 32):
            with (
                self.subTest(day=day),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                self.env["isp.zone"].create({"name": "Mal", "anchor_day": day})

    def test_address_reads_like_an_envelope(self):
        address = self.env["isp.service.address"].create(
            {
                "partner_id": self.customer.id,
                "street": "Av. Madero 12",
                "street2": "Centro",
                "zip": "60950",
                "city": "Lázaro Cárdenas",
                "state_id": self.env.ref("base.state_mx_mich").id,
            }
        )
        self.assertTrue(
            address.display_name.startswith("Av. Madero 12, Centro, 60950 Lázaro Cárdenas, Mich")
        )
        self.assertEqual(address.commercial_partner_id, self.customer)

    def test_address_is_on_this_planet(self):
        for values in ({"latitude": 91.0}, {"longitude": -181.0}):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                self.env["isp.service.address"].create(
                    {"partner_id": self.customer.id, "street": "x", **values}
                )

    def test_speed_is_not_negative(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.plan_50.isp_down_mbps = -1.0
            self.plan_50.flush_recordset()

    def test_plan_and_customer_count_their_services(self):
        first, second = (self._create_subscription() for _index in range(2))
        contact = self._create_customer("Julia Ibarra", parent_id=self.customer.id)
        self.assertEqual(self.plan_50.isp_subscription_count, 2)
        self.assertEqual(self.customer.isp_subscription_count, 2)
        self.assertEqual(contact.isp_subscription_count, 2)
        for action in (
            self.plan_50.action_isp_view_subscriptions(),
            self.customer.action_isp_view_subscriptions(),
        ):
            found = self.env["isp.subscription"].search(action["domain"])
            self.assertEqual(found, first | second)

    def test_price_with_tax_only_for_plans(self):
        self.assertEqual(self.plan_50.isp_price_total, 349.0)
        self.assertEqual(self.product_a.product_tmpl_id.isp_price_total, 0.0)

    def test_fiscal_position_of_the_customer_maps_the_tax(self):
        exempt = self.env["account.fiscal.position"].create({"name": "Exempt"})
        tax_0 = self.tax_iva16_incl.copy(
            {
                "name": "IVA 0%",
                "amount": 0.0,
                "fiscal_position_ids": [(6, 0, exempt.ids)],
                "original_tax_ids": [(6, 0, self.tax_iva16_incl.ids)],
            }
        )
        self.customer.property_account_position_id = exempt
        self.assertEqual(self.plan_50._isp_taxes(self.customer), tax_0)
        move = self._create_subscription()._bill_periods(1)
        self.assertEqual(move.amount_tax, 0.0)
        self.assertEqual(move.amount_total, 349.0)

    def test_all_portal_forms_are_in_the_catalogue(self):
        forms = self.env["isp.payment.form"].search([("portal_visible", "=", True)])
        self.assertEqual(set(forms.mapped("code")), {"spei", "card", "store"})
