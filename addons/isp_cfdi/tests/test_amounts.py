from odoo import Command
from odoo.tests import tagged

from ..services.validator import validate
from ..services.xmlio import parse
from .common import IspCfdiCommon


@tagged("post_install", "-at_install")
class TestAmounts(IspCfdiCommon):
    """The amounts are those of Odoo's tax engine, whatever the taxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.iva16 = cls._tax("IVA 16", 16.0)

    @classmethod
    def _tax(cls, name, amount, **values):
        defaults = {"price_include_override": "tax_excluded", "l10n_mx_tax_type": "iva"}
        return cls.tax_iva16_incl.copy({"name": name, "amount": amount, **defaults, **values})

    def _paid_root(self, *lines, currency=None, total=None):
        """Post and pay an invoice of ``lines`` (name, quantity, price, taxes[, discount])."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "currency_id": (currency or self.mxn).id,
                "invoice_line_ids": [Command.create(self._line(*line)) for line in lines],
            }
        )
        move.action_post()
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard.create({})._create_payments()
        if not move.isp_cfdi_id:
            move._isp_cfdi_issue()
        document = move.isp_cfdi_id
        self.assertEqual(document.state, "ready", document.last_error)
        xml = document._isp_xml()
        self.assertEqual(validate(xml), [])
        root = parse(xml)
        self.assertEqual(float(root.get("Total")), move.amount_total)
        return root

    def _line(self, name, quantity, price, taxes, discount=0.0):
        return {
            "name": name,
            "quantity": quantity,
            "price_unit": price,
            "discount": discount,
            "tax_ids": [Command.set(taxes.ids)],
            "product_id": False,
        }

    def _taxes(self, root, group="Traslados"):
        return [dict(node.attrib) for node in root.iterfind(f"{{*}}Impuestos/{{*}}{group}/*")]

    def test_o1_lines_without_product_are_kept(self):
        root = self._paid_root(("Router", 1, 399.0, self.iva16), ("Visita", 1, 100.0, self.iva16))
        self.assertEqual(root.get("Total"), "578.84")
        self.assertEqual(len(root.findall("{*}Conceptos/*")), 2)

    def test_o2_foreign_currency_has_its_rate(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "rate": 0.05,
                "name": "2020-01-01",
            }
        )
        root = self._paid_root(("Enlace", 1, 100.0, self.iva16), currency=usd)
        self.assertEqual((root.get("Moneda"), root.get("Total")), ("USD", "116.00"))
        self.assertEqual(float(root.get("TipoCambio")), 20.0)

    def test_o3_exempt_has_neither_rate_nor_amount(self):
        exempt = self._tax("IVA 0 X", 0.0, l10n_mx_factor_type="Exento")
        root = self._paid_root(("Libro", 1, 100.0, exempt))
        self.assertEqual(
            self._taxes(root), [{"Base": "100.00", "Impuesto": "002", "TipoFactor": "Exento"}]
        )

    def test_o4_withholding_goes_to_retenciones(self):
        held = self._tax("1.25% WH", -1.25, l10n_mx_tax_type="isr")
        root = self._paid_root(("Renta", 1, 1000.0, self.iva16 | held))
        self.assertEqual(root.get("Total"), "1147.50")
        self.assertEqual(
            self._taxes(root, "Retenciones"), [{"Impuesto": "001", "Importe": "12.50"}]
        )

    def test_o5_ieps_is_part_of_the_base_of_iva(self):
        ieps = self._tax(
            "IEPS 3", 3.0, l10n_mx_tax_type="ieps", include_base_amount=True, sequence=1
        )
        self.iva16.sequence = 2
        root = self._paid_root(("Telefonía", 1, 1000.0, ieps | self.iva16))
        bases = {tax["Impuesto"]: (tax["Base"], tax["Importe"]) for tax in self._taxes(root)}
        self.assertEqual(bases["002"], ("1030.00", "164.80"))
        self.assertEqual(bases["003"], ("1000.00", "30.00"))

    def _fee(self):
        """A fee of 1.50 per unit, which is part of the base of IVA."""
        self.iva16.sequence = 2
        return self._tax(
            "IEPS cuota",
            1.5,
            amount_type="fixed",
            l10n_mx_tax_type="ieps",
            l10n_mx_factor_type="Cuota",
            include_base_amount=True,
            sequence=1,
        )

    def test_fee_per_unit_has_the_units_as_its_base(self):
        root = self._paid_root(("Recarga", 3, 100.0, self._fee() | self.iva16))
        taxes = {tax["Impuesto"]: tax for tax in self._taxes(root)}
        self.assertEqual((taxes["003"]["Base"], taxes["003"]["Importe"]), ("3.00", "4.50"))
        self.assertEqual((taxes["002"]["Base"], taxes["002"]["Importe"]), ("304.50", "48.72"))

    def test_fee_per_unit_of_a_line_given_away_stays(self):
        """SAT wants a price and a base above zero: both are there, the amount is discounted."""
        taxes = self._fee() | self.iva16
        for lines, total in (
            ([("Recarga", 3, 100.0, taxes, 100.0)], "5.22"),
            ([("Recarga", 3, 100.0, taxes, 100.0), ("Mes", 1, 349.0, self.iva16)], "410.06"),
            ([("Recarga", 2, 7.0, taxes, 100.0), ("Regalo", 1, 9.0, self.iva16, 100.0)], "3.48"),
        ):
            with self.subTest(lines=lines):
                root = self._paid_root(*lines)
                row = root.find("{*}Conceptos/*")
                self.assertEqual((root.get("Total"), row.get("ObjetoImp")), (total, "02"))
                self.assertEqual(row.get("Importe"), row.get("Descuento"))
                fee, iva = row.iterfind("{*}Impuestos/{*}Traslados/*")
                self.assertEqual((fee.get("TipoFactor"), fee.get("Base")[1:]), ("Cuota", ".00"))
                self.assertEqual(float(iva.get("Base")), float(fee.get("Importe")))
        with self.assertRaisesRegex(AssertionError, "“Recarga” has taxes but no price"):
            self._paid_root(("Recarga", 3, 0.0, taxes))

    def test_cent_of_several_withholdings_never_breaks_a_line(self):
        """The engine rounds each withholding, SAT those of one tax together."""
        isr, more = (
            self._tax(name, rate, l10n_mx_tax_type="isr", sequence=3)
            for name, rate in (("ISR 1.25", -1.25), ("ISR 10", -10.0))
        )
        held = self._tax("IVA WH", -10.6667, sequence=3)
        self.iva16.sequence = 2
        root = self._paid_root(
            ("Renta", 2, 76792.94, self.iva16 | isr | more),
            ("Flete", 1, 9222.73, self.iva16 | isr | held),
            ("Asesoría", 3, 28775.7, self.iva16 | isr | more),
        )
        self.assertEqual(len(self._taxes(root, "Retenciones")), 2)

    def test_o6_small_quantities_and_cents(self):
        """And lines whose rounding is hard."""
        self.env.ref("uom.product_uom_unit").rounding = 0.000001
        root = self._paid_root(
            ("Prorrateo", 0.33, 399.0, self.tax_iva16_incl),
            ("Cable", 7, 3.33, self.iva16),
            ("Mes", 1, 349.0, self.tax_iva16_incl),
            ("Mes", 1, 449.0, self.tax_iva16_incl),
        )
        self.assertEqual(len(root.findall("{*}Conceptos/*")), 4)

    def test_discount_is_shown(self):
        root = self._paid_root(("Mes", 1, 400.0, self.iva16, 25.0))
        self.assertEqual((root.get("SubTotal"), root.get("Descuento")), ("400.00", "100.00"))
        self.assertEqual(root.get("Total"), "348.00")

    def test_free_line_is_left_out(self):
        root = self._paid_root(("Mes", 1, 400.0, self.iva16), ("Regalo", 1, 0.0, self.iva16))
        self.assertEqual(len(root.findall("{*}Conceptos/*")), 1)

    def test_tax_without_sat_type_is_a_clear_problem(self):
        odd = self._tax("Municipal", 2.0, l10n_mx_tax_type="local")
        with self.assertRaisesRegex(AssertionError, "Municipal"):
            self._paid_root(("Mes", 1, 100.0, odd))
