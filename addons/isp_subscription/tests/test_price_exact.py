from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .common import IspCommon

CENTS = range(100, 500_001)  # 1.00 to 5,000.00
# Totals whose base and tax do not add up when the base is rounded before the tax is worked out.
AWKWARD = (1.00, 1.05, 1.20, 199.99, 333.33, 349.00, 449.07, 650.00, 999.99, 4999.99, 5000.00)


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestPriceExact(IspCommon):
    """The price with tax that was agreed is what the customer is billed, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_excluded = cls.tax_iva16_incl.copy(
            {"name": "IVA 16% excluded", "price_include_override": "tax_excluded"}
        )
        cls.plan_excluded = cls._create_plan(
            "Sin IVA", 300.86, 50.0, 20.0, taxes_id=[Command.set(cls.tax_excluded.ids)]
        )
        cls.company.tax_calculation_rounding_method = "round_globally"

    def _total(self, tax, price_unit, method):
        """Return the total in cents that Odoo's tax engine gives for one line."""
        details = tax._get_tax_details(price_unit, 1.0, rounding_method=method)
        parts = [details["total_excluded"]]
        parts += [data["tax_amount"] for data in details["taxes_data"]]
        return sum(round(self.mxn.round(part) * 100) for part in parts)

    def test_every_price_with_included_tax(self):
        tax = self.tax_iva16_incl
        wrong = [
            cents for cents in CENTS if self._total(tax, cents / 100, "round_globally") != cents
        ]
        self.assertEqual(wrong, [])

    def test_every_price_with_included_tax_rounded_per_line(self):
        tax = self.tax_iva16_incl
        wrong = [
            cents
            for cents in CENTS[::7]
            if self._total(tax, cents / 100, "round_per_line") != cents
        ]
        self.assertEqual(wrong, [])

    def test_every_price_with_excluded_tax(self):
        tax, unit = self.tax_excluded, self.plan_excluded._isp_price_unit
        wrong = [
            cents
            for cents in CENTS
            if self._total(tax, unit(cents / 100, tax, self.mxn), "round_globally") != cents
        ]
        self.assertEqual(wrong, [])

    def _create_priced(self, plan):
        services = self.env["isp.subscription"]
        for price in AWKWARD:
            services |= self._create_subscription(plan_id=plan.id, price_override=price)
        return services

    def test_posted_invoices_of_twelve_months(self):
        for plan in (self.plan_50, self.plan_excluded):
            for service in self._create_priced(plan):
                with self.subTest(plan=plan.name, price=service.price_override):
                    move = service._bill_periods(12)
                    price = service.price_override
                    self.assertEqual(move.invoice_line_ids.mapped("price_total"), [price] * 12)
                    self.assertEqual(round(move.amount_total * 100), round(price * 100) * 12)
                    self.assertEqual(service.period_ids.mapped("amount_total"), [price] * 12)

    def test_posted_invoices_of_a_batch(self):
        services = self._create_priced(self.plan_50) | self._create_priced(self.plan_excluded)
        plan = [(service, service._next_periods(1)) for service in services]
        moves = self.env["isp.subscription"]._isp_invoice(plan, date(2026, 2, 16))
        for service, move in zip(services, moves, strict=True):
            self.assertEqual(move.amount_total, service.price_override)
            self.assertEqual(move.amount_residual, service.price_override)

    def test_totals_out_of_reach_are_shown_as_they_are_billed(self):
        """Per line, with tax not included, 650.00 cannot be: nobody is told another price."""
        self.company.tax_calculation_rounding_method = "round_per_line"
        for service in self._create_priced(self.plan_excluded):
            (period,) = service._next_periods(1)
            shown = service._period_price(period)
            self.assertAlmostEqual(shown, service.price_override, delta=0.011)
            self.assertEqual(service._bill_periods(1).amount_total, shown)
