import os
import random

from odoo import Command
from odoo.tests import tagged

from ..services.builder import build_comprobante
from ..services.cadena import cadena
from ..services.cadena_nodes import known_cadena
from ..services.dto import Issuer, Receiver
from ..services.nodes import read_nodes
from ..services.sealer import prepare
from ..services.validator import validate
from ..services.xmlio import parse
from .common import CUSTOMER_RFC, ISSUER_RFC, IspCfdiCommon

ISSUER = Issuer(ISSUER_RFC, "RED TARASCA", "601", "58000")
RECEIVER = Receiver(CUSTOMER_RFC, "CITLALI RANGEL MORA", "612", "G03", "58110")
FECHA = "2026-11-22T12:00:00"
#: Invoices per rounding method; a long run raises it: ISP_CFDI_INVOICES=500.
INVOICES = int(os.environ.get("ISP_CFDI_INVOICES") or 8)


@tagged("post_install", "-at_install")
class TestRandomInvoices(IspCfdiCommon):
    """Whatever Odoo's tax engine makes of an invoice, its CFDI says the same total."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # prorated months are sold in small fractions
        cls.env.ref("uom.product_uom_unit").rounding = 0.000001
        cls.env["decimal.precision"].search([("name", "=", "Product Unit")]).digits = 6
        cls.usd = cls.env.ref("base.USD")
        cls.usd.active = True
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.usd.id, "company_id": cls.company.id, "rate": 0.0543217}
        )
        included = {"price_include_override": "tax_included"}
        ieps = cls._tax("IEPS 3", 3.0, l10n_mx_tax_type="ieps", include_base_amount=True)
        iva16, iva8 = cls._tax("IVA 16", 16.0, sequence=2), cls._tax("IVA 8", 8.0)
        isr = cls._tax("ISR", -1.25, l10n_mx_tax_type="isr")
        iva_held = cls._tax("IVA WH", -10.6667)
        fee = cls._tax(
            "Cuota",
            1.5,
            amount_type="fixed",
            l10n_mx_tax_type="ieps",
            l10n_mx_factor_type="Cuota",
            include_base_amount=True,
        )
        none = cls.env["account.tax"]
        cls.choices = [
            cls.tax_iva16_incl,
            iva16,
            iva8,
            cls._tax("IVA 0", 0.0),
            cls._tax("Exento", 0.0, l10n_mx_factor_type="Exento"),
            ieps | iva16,
            fee | iva16,
            iva16 | isr,
            iva16 | isr | iva_held,
            cls._tax("IVA 8 incluido", 8.0, **included),
            none,
        ]

    @classmethod
    def _tax(cls, name, amount, **values):
        defaults = {
            "price_include_override": "tax_excluded",
            "l10n_mx_tax_type": "iva",
            "sequence": 1,
        }
        return cls.tax_iva16_incl.copy(
            {"name": f"CFDI {name}", "amount": amount, **defaults, **values}
        )

    def _prepare_random_line(self, draw):
        quantity = draw.choice([1, 1, 2, 7, round(draw.uniform(0.01, 3), 2), draw.random()])
        return {
            "name": f"Concepto {draw.randrange(1000)}",
            "quantity": max(round(quantity, 6), 0.01),
            "price_unit": draw.choice([349.0, 0.07, 33.33, round(draw.uniform(0.5, 9999), 2)]),
            "discount": draw.choice([0, 0, 0, 10, 33.33, 100, round(draw.uniform(0, 90), 2)]),
            "tax_ids": [Command.set(draw.choice(self.choices).ids)],
            "product_id": False,
        }

    def _random_move(self, draw):
        lines = [self._prepare_random_line(draw) for _line in range(draw.randint(1, 6))]
        foreign = draw.random() < 0.25
        return self.env["account.move"].create(
            {
                "move_type": draw.choice(["out_invoice", "out_invoice", "out_refund"]),
                "partner_id": self.customer.id,
                "currency_id": (self.usd if foreign else self.mxn).id,
                "invoice_line_ids": [Command.create(line) for line in lines],
            }
        )

    def _check(self, move):
        """Build, check and seal the CFDI of a move that need not be posted for it."""
        data = move._isp_cfdi_data(ISSUER, RECEIVER, "A", "1", FECHA, form="03")
        xml = build_comprobante(data)
        self.assertEqual(validate(xml), [])
        root = parse(xml)
        self.assertEqual(f"{move.amount_total:.2f}", root.get("Total"))
        self.assertEqual(root.get("Moneda"), move.currency_id.name)
        sealed = prepare(xml, self.certificate.sudo()._isp_csd())
        root = parse(sealed)
        number = root.get("NoCertificado")
        self.assertEqual(known_cadena(sealed, read_nodes(root), number), cadena(root))

    def test_total_is_the_invoices_own(self):
        """Both rounding methods of Odoo; the seed is part of the message."""
        for method in ("round_globally", "round_per_line"):
            self.company.tax_calculation_rounding_method = method
            for seed in range(INVOICES):
                move = self._random_move(random.Random(f"{method} {seed}"))
                if move.amount_total <= 0:
                    continue
                with self.subTest(method=method, seed=seed, total=move.amount_total):
                    self._check(move)
