from odoo import models
from odoo.tools import float_compare, float_round

from ..const import PAYABLE_STATES


class IspSubscription(models.Model):
    """One payer, several services, one payment."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_payer_services(self):
        """Return the services of the same payer and company that can be paid, this one first."""
        self.ensure_one()
        others = self.search(
            [
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", PAYABLE_STATES),
                ("id", "!=", self.id),
            ],
            order="id",
        )
        return self + others

    def _get_payer_quote(self, plan):
        """Return what paying several services of one payer at once costs.

        The credit of the payer is deducted once, and an invoice of two services counts once.

        :param dict plan: ``{subscription: months}``, the services of one payer
        :return: dict with ``quotes`` (``{subscription: its own quote}``), ``lines`` (as in
            `_get_payment_quote`, each with its ``subscription``), ``total`` and ``currency``
        :raise UserError: when a number of months is out of range
        """
        quotes = {service: service._get_payment_quote(months) for service, months in plan.items()}
        lines, seen = [], set()
        for service, quote in quotes.items():
            charges = [line for line in quote["lines"] if line["kind"] != "credit"]
            fresh = [line for line in charges if line["move_id"] not in seen]
            lines += [{**line, "subscription": service} for line in fresh]
            seen |= {line["move_id"] for line in charges if line["move_id"]}
        due = sum(line["amount"] for line in lines)
        payer = next(iter(plan))
        credit = min(payer.sudo().credit_balance, due)
        if float_compare(credit, 0.0, precision_digits=2) > 0:
            name = self.env._("Credit balance")
            line = self._quote_line("credit", name, -credit)
            lines.append({**line, "subscription": payer})
        return {
            "quotes": quotes,
            "lines": lines,
            "total": float_round(due - max(credit, 0.0), precision_digits=2),
            "currency": payer.currency_id,
        }
