from odoo import models
from odoo.exceptions import UserError

from ..const import TAX_CODES
from ..services.balance import balanced, within_limits
from ..services.dto import Comprobante, Concept, Tax
from ..services.errors import CfdiDataError
from ..services.negative import absorb_negative
from ..services.rounding import dec, half_up
from ..services.totals import compute_totals

FORM_CASH = "01"
FORM_TRANSFER = "03"
#: Compensación: the credit of another invoice paid this one.
FORM_OFFSET = "17"


class AccountMove(models.Model):
    """The invoice as the pure core wants it; amounts are those of Odoo's tax engine."""

    _inherit = "account.move"

    def _isp_cfdi_data(self, issuer, receiver, serie, folio, fecha, form=None):
        """Return the ``Comprobante`` of an invoice or credit note.

        :param str form: FormaPago; without it that of the payments of the invoice
        :raise CfdiDataError: when the lines do not add up to the invoice's total
        """
        self.ensure_one()
        concepts, total = self._isp_cfdi_concepts()
        return Comprobante(
            issuer=issuer,
            receiver=receiver,
            concepts=concepts,
            fecha=fecha,
            expected_total=total,
            serie=serie,
            folio=folio,
            form=form or self._isp_cfdi_form(),
            currency=self.currency_id.name,
            exchange_rate=self._isp_cfdi_rate(),
        )

    def _isp_cfdi_concepts(self):
        """Return (concepts, total): every product line, with taxes, as SAT wants them.

        Exact amounts with six decimals come first, as SAT computes; where their rounded sums
        miss the invoice by a cent, the engine's own rounded amounts are used, or a part of a
        cent is moved where those would break SAT's limits.

        :raise CfdiDataError: when neither adds up to the invoice's total
        """
        self.ensure_one()
        digits = self.currency_id.decimal_places
        total = half_up(dec(self.amount_total), digits)
        if not total:
            raise UserError(self.env._("%s is worth nothing: it needs no CFDI.", self.name))
        base_lines, _tax_lines = self._get_rounded_base_and_tax_lines()
        filled = [line for line in base_lines if not self._isp_cfdi_is_empty(line)]
        concepts = [self._isp_cfdi_concept(line, True) for line in filled]
        exact = absorb_negative(concepts)
        if compute_totals(exact, digits).total == total:
            return exact, total
        concepts = [self._isp_cfdi_concept(line, False) for line in filled]
        rounded = absorb_negative(concepts, digits)
        if compute_totals(rounded, digits).total == total and within_limits(rounded, digits):
            return rounded, total
        found = balanced(exact, total, digits)
        if not found:
            text = self.env._("The lines of the invoice do not add up to its total.")
            raise CfdiDataError([text])
        return found, total

    # === HELPERS === #

    def _isp_cfdi_is_empty(self, line):
        """A line worth nothing carries no base, which SAT does not allow: it is left out.

        A fee per unit (Cuota) is due of what is given away too: its base are the units.
        """
        details, currency = line["tax_details"], self.currency_id
        amounts = [data["raw_tax_amount_currency"] for data in details["taxes_data"]]
        return all(map(currency.is_zero, [details["raw_total_excluded_currency"], *amounts]))

    def _isp_cfdi_concept(self, line, exact):
        """Return the ``Concept`` of a base line of the tax engine; a negative one stays negative.

        :param bool exact: six decimals from the raw amounts, else the rounded ones
        """
        details, record = line["tax_details"], line["record"]
        net = self._isp_cfdi_net(details, exact)
        quantity = abs(half_up(dec(line["quantity"]), 6)) or dec(1)
        gross = self._isp_cfdi_gross(line, net, 6 if exact else self.currency_id.decimal_places)
        product, unit = record.product_id.product_tmpl_id._isp_cfdi_codes()
        return Concept(
            product=product,
            unit=unit,
            description=record.name or record.product_id.display_name or "-",
            quantity=quantity,
            unit_price=half_up(gross / quantity, 6),
            amount=gross,
            discount=gross - net,
            taxes=tuple(
                self._isp_cfdi_tax(data, exact, quantity) for data in details["taxes_data"]
            ),
            reference=record.product_id.default_code or "",
        )

    def _isp_cfdi_gross(self, line, net, digits):
        """Return the amount of a line before its discount, without taxes.

        :raise UserError: when a taxed line has no price at all, which SAT does not allow
        """
        share = 1 - dec(line["discount"]) / 100
        gross = half_up(net / share, digits) if share else self._isp_cfdi_undiscounted(line, digits)
        if not gross:
            raise UserError(
                self.env._(
                    "Line “%s” has taxes but no price: write its price and a discount of 100 %%.",
                    line["record"].name or "-",
                )
            )
        return gross

    def _isp_cfdi_undiscounted(self, line, digits):
        """Return what a line given away whole would cost: its net says nothing any more."""
        whole = {**line, "discount": 0.0}
        self.env["account.tax"]._add_tax_details_in_base_line(whole, self.company_id)
        return half_up(dec(whole["tax_details"]["raw_total_excluded_currency"]), digits)

    def _isp_cfdi_net(self, details, exact):
        if exact:
            return half_up(dec(details["raw_total_excluded_currency"]), 6)
        amount = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        return half_up(dec(amount), self.currency_id.decimal_places)

    def _isp_cfdi_tax(self, data, exact, quantity):
        """Return the ``Tax`` of one tax of a line, by its SAT type, never by its name.

        The base of a fee (Cuota) are the units, that of a rate (Tasa) is money.
        """
        tax = data["tax"]
        code = TAX_CODES.get(tax.l10n_mx_tax_type)
        if not code:
            raise UserError(self.env._("The tax %s has no SAT tax type.", tax.name))
        prefix, digits = ("raw_", 6) if exact else ("", self.currency_id.decimal_places)
        base = half_up(dec(data[f"{prefix}base_amount_currency"]), digits)
        factor = tax.l10n_mx_factor_type or "Tasa"
        if factor == "Exento":
            return Tax(code, factor, base)
        # A withholding is positive on a CFDI; a tax of a negative line is not.
        sign = -1 if tax.amount < 0 else 1
        amount = sign * half_up(dec(data[f"{prefix}tax_amount_currency"]), digits)
        if factor == "Cuota":
            units = quantity if base >= 0 else -quantity
            return Tax(code, factor, units, abs(dec(tax.amount)), amount, tax.amount < 0)
        rate = abs(dec(tax.amount)) / 100
        return Tax(code, factor, base, rate, amount, withheld=tax.amount < 0)

    def _isp_cfdi_rate(self):
        """Return the exchange rate (pesos per unit) of a foreign currency, else None."""
        if self.currency_id.name == "MXN":
            return None
        return half_up(1 / dec(self.invoice_currency_rate), 6)

    def _isp_cfdi_form(self):
        """Return SAT's FormaPago: that of the largest payment of the invoice.

        :raise UserError: when the payment form has no SAT code
        """
        payment = self.sudo()._get_reconciled_payments().sorted("amount", reverse=True)[:1]
        if payment:
            return payment._isp_cfdi_form()
        lines = self.sudo()._get_reconciled_statement_lines()
        if lines:
            return FORM_CASH if lines[:1].journal_id.type == "cash" else FORM_TRANSFER
        if self.payment_state in ("paid", "reversed"):
            return FORM_OFFSET
        raise UserError(self.env._("%s is not paid: its payment form is not known.", self.name))
