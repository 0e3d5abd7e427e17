from odoo import api, fields, models

from ..services.allocation import split_by_weight


class AccountPayment(models.Model):
    """Where the money of a payment went: invoices, periods and services."""

    _inherit = "account.payment"

    isp_allocation_ids = fields.One2many(
        "isp.allocation",
        "payment_id",
        string="Allocations",
        readonly=True,
        groups="isp_subscription.group_isp_readonly,base.group_portal",
    )
    isp_coverage_ids = fields.One2many(
        "isp.payment.coverage",
        "payment_id",
        string="Covered services",
        readonly=True,
        groups="isp_subscription.group_isp_readonly,base.group_portal",
    )
    isp_overpaid_amount = fields.Monetary(
        string="Not allocated",
        currency_field="company_currency_id",
        compute="_compute_isp_overpaid_amount",
        search="_search_isp_overpaid_amount",
        help="Rest of the payment that settled nothing: credit of the customer.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_id.line_ids.amount_residual", "state")
    def _compute_isp_overpaid_amount(self):
        for payment in self:
            credits = (
                payment.sudo()
                ._isp_receivable_lines()
                .filtered(lambda line: line.parent_state == "posted")
            )
            rest = -sum(credits.mapped("amount_residual"))
            payment.isp_overpaid_amount = max(rest, 0.0)

    def _search_isp_overpaid_amount(self, operator, value):
        if (operator, value) not in ((">", 0), (">", 0.0)):
            return NotImplemented
        lines = self.env["account.move.line"].sudo()
        open_lines = lines._search(
            [
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("amount_residual", "<", 0),
                ("reconciled", "=", False),
            ]
        )
        return [("payment_type", "=", "inbound"), ("move_id.line_ids", "in", open_lines)]

    # === BUSINESS METHODS === #

    def _isp_note_coverage(self, cutoffs):
        """Keep the covered dates of payments that have just been reconciled.

        :param dict cutoffs: cut-off date of each subscription (id) before the reconciliation
        """
        for payment in self:
            if not payment.isp_number:
                continue
            payment._isp_update_coverage(cutoffs)
            if payment.isp_settled and payment.isp_cutoff_from:
                continue
            covered = payment.isp_coverage_ids.sorted(lambda row: (-row.amount, row.id))
            subscription = payment.isp_subscription_id or covered.subscription_id[:1]
            if not subscription:
                continue  # it lay beside the money that paid: all of it is credit still
            amount = payment.amount_company_currency_signed
            payment.write(
                {
                    "isp_subscription_id": subscription.id,
                    "isp_cutoff_from": payment.isp_cutoff_from or cutoffs.get(subscription.id),
                    "isp_cutoff_to": subscription.cutoff_date,
                    "isp_amount_due": payment.isp_amount_due or amount,
                }
            )

    def _isp_note_services(self, cutoffs):
        """Hook of the settlement: the covered dates are those of the whole settlement.

        :param dict cutoffs: ``{subscription: its cut-off date before the payment}``
        """
        for row in self.isp_coverage_ids:
            start = cutoffs.get(row.subscription_id)
            if start:
                end = max(row.subscription_id.cutoff_date, start)
                row.write({"cutoff_from": start, "cutoff_to": end})

    def _isp_update_coverage(self, cutoffs):
        """Bring the covered services up to date with the allocations of the payment.

        :param dict cutoffs: cut-off date of each subscription (id) before the reconciliation
        """
        self.ensure_one()
        amounts = self._isp_amounts_by_service()
        rows = {row.subscription_id: row for row in self.isp_coverage_ids}
        for service, amount in amounts.items():
            row = rows.pop(service, self.env["isp.payment.coverage"])
            if not row:
                start = cutoffs.get(service.id) or service.cutoff_date
                values = {"payment_id": self.id, "subscription_id": service.id}
                row = row.create({**values, "cutoff_from": start, "cutoff_to": start})
            if row.currency_id.compare_amounts(row.amount, amount) != 0:
                end = service.cutoff_date
                if amount < row.amount:
                    end = min(end, row.cutoff_to)
                row.write({"amount": amount, "cutoff_to": max(end, row.cutoff_from)})
        for row in rows.values():
            row.unlink()

    def _isp_amounts_by_service(self):
        """Return ``{subscription: amount}`` of what the payment settled, in company currency."""
        self.ensure_one()
        amounts = {}
        for partial in self._isp_receivable_lines().matched_debit_ids:
            lines = partial.debit_move_id.move_id.line_ids.filtered("isp_subscription_id")
            weights = {}
            for line in lines:
                service = line.isp_subscription_id
                weights[service] = weights.get(service, 0.0) + line.price_total
            parts = split_by_weight(partial.amount, list(weights.values())) if weights else []
            for service, part in zip(weights, parts, strict=True):
                amounts[service] = round(amounts.get(service, 0.0) + float(part), 2)
        return amounts

    def _isp_forget_coverage(self):
        """Follow an undone allocation: what is not allocated any more covers nothing."""
        for payment in self.filtered("isp_number"):
            payment._isp_update_coverage({})
            services = payment.isp_coverage_ids.subscription_id
            if payment.isp_subscription_id not in services:
                payment.write({"isp_cutoff_from": False, "isp_cutoff_to": False})
