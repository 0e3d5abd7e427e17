from odoo import models
from odoo.exceptions import UserError

from ..const import TAX_CODES
from ..services.dto import Comprobante, Concept, Tax
from ..services.errors import CfdiDataError
from ..services.rounding import dec, half_up
from ..services.totals import compute_totals

FORM_CASH = "01"
FORM_TRANSFER = "03"


class AccountMove(models.Model):
    """The invoice as the pure core wants it; amounts are those of Odoo's tax engine."""

    _inherit = "account.move"

    def _isp_cfdi_data(self, issuer, receiver, serie, folio, fecha):
        """Return the ``Comprobante`` of a paid invoice.

        Exact amounts with six decimals come first, as SAT computes; where their rounded sums
        miss the invoice by a cent, the engine's own rounded amounts are used.

        :raise CfdiDataError: when neither adds up to the invoice's total
        """
        self.ensure_one()
        currency = self.currency_id
        total = half_up(dec(self.amount_total), currency.decimal_places)
        base_lines, _tax_lines = self._get_rounded_base_and_tax_lines()
        for exact in (True, False):
            concepts = tuple(
                self._isp_cfdi_concept(line, exact)
                for line in base_lines
                if not self._isp_cfdi_is_empty(line)
            )
            if compute_totals(concepts, currency.decimal_places).total == total:
                break
        else:
            raise CfdiDataError(
                [self.env._("The lines of the invoice do not add up to its total.")]
            )
        return Comprobante(
            issuer=issuer,
            receiver=receiver,
            concepts=concepts,
            fecha=fecha,
            expected_total=total,
            serie=serie,
            folio=folio,
            form=self._isp_cfdi_form(),
            currency=currency.name,
            exchange_rate=self._isp_cfdi_rate(),
        )

    # === HELPERS === #

    def _isp_cfdi_is_empty(self, line):
        """A line worth nothing carries no base, which SAT does not allow: it is left out."""
        return self.currency_id.is_zero(line["tax_details"]["raw_total_excluded_currency"])

    def _isp_cfdi_concept(self, line, exact):
        """Return the ``Concept`` of a base line of the tax engine.

        :param bool exact: six decimals from the raw amounts, else the rounded ones
        """
        details, record = line["tax_details"], line["record"]
        net = self._isp_cfdi_net(details, exact)
        quantity = half_up(dec(line["quantity"]), 6)
        if net < 0 or quantity <= 0:
            raise UserError(self.env._("A CFDI cannot show the negative line “%s”.", record.name))
        share = 1 - dec(line["discount"]) / 100
        gross = half_up(net / share, 6 if exact else self.currency_id.decimal_places)
        product, unit = record.product_id.product_tmpl_id._isp_cfdi_codes()
        return Concept(
            product=product,
            unit=unit,
            description=record.name or record.product_id.display_name or "-",
            quantity=quantity,
            unit_price=half_up(gross / quantity, 6),
            amount=gross,
            discount=gross - net,
            taxes=tuple(self._isp_cfdi_tax(data, exact) for data in details["taxes_data"]),
            reference=record.product_id.default_code or "",
        )

    def _isp_cfdi_net(self, details, exact):
        if exact:
            return half_up(dec(details["raw_total_excluded_currency"]), 6)
        amount = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        return half_up(dec(amount), self.currency_id.decimal_places)

    def _isp_cfdi_tax(self, data, exact):
        """Return the ``Tax`` of one tax of a line, by its SAT type, never by its name."""
        tax = data["tax"]
        code = TAX_CODES.get(tax.l10n_mx_tax_type)
        if not code:
            raise UserError(self.env._("The tax %s has no SAT tax type.", tax.name))
        prefix, digits = ("raw_", 6) if exact else ("", self.currency_id.decimal_places)
        base = half_up(dec(data[f"{prefix}base_amount_currency"]), digits)
        factor = tax.l10n_mx_factor_type or "Tasa"
        if factor == "Exento":
            return Tax(code, factor, base)
        amount = half_up(dec(data[f"{prefix}tax_amount_currency"]), digits)
        rate = abs(dec(tax.amount)) / (1 if factor == "Cuota" else 100)
        return Tax(code, factor, base, rate, abs(amount), withheld=tax.amount < 0)

    def _isp_cfdi_rate(self):
        """Return the exchange rate (pesos per unit) of a foreign currency, else None."""
        if self.currency_id.name == "MXN":
            return None
        return half_up(1 / dec(self.invoice_currency_rate), 6)

    def _isp_cfdi_form(self):
        """Return SAT's FormaPago: that of the largest payment of the invoice.

        :raise UserError: when the payment form has no SAT code
        """
        payments = self.sudo()._get_reconciled_payments()
        payment = payments.sorted("amount", reverse=True)[:1]
        code = payment.isp_payment_form_id.isp_cfdi_form
        if not code:
            kinds = {"cash": FORM_CASH, "bank": FORM_TRANSFER}
            code = kinds.get(payment.journal_id.type) if not payment.isp_payment_form_id else None
        if not code:
            raise UserError(
                self.env._(
                    "The payment form “%s” has no SAT code.",
                    payment.isp_payment_form_id.name or "-",
                )
            )
        return code
