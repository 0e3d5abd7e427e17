from odoo import models
from odoo.fields import Domain
from odoo.tools import float_round

OPEN_PAYMENT_STATES = ("not_paid", "partial")


class IspSubscription(models.Model):
    """Open invoices and open credits, as records to reconcile."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_credits(self):
        """Return ``{(payer id, company id): unallocated credit}`` of the payers of ``self``."""
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                self._get_credit_line_domain(),
                ["partner_id", "company_id"],
                ["amount_residual:sum"],
            )
        )
        credits = {}
        for partner, company, residual in groups:
            key = (partner.commercial_partner_id.id, company.id)
            credits[key] = float_round(credits.get(key, 0.0) - residual, precision_digits=2)
        return credits

    def _get_credit_line_domain(self):
        """Return the domain of the open credits (payments, credit notes) of the payers."""
        return (
            Domain("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("amount_residual", "<", 0)
            & Domain("reconciled", "=", False)
        )

    def _isp_open_moves(self):
        """Return the open customer invoices of these subscriptions, the oldest first."""
        lines = self.env["account.move.line"].search(
            Domain("isp_subscription_id", "in", self.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("move_id.move_type", "=", "out_invoice")
            & Domain("move_id.payment_state", "in", OPEN_PAYMENT_STATES)
        )
        # Odoo leaves the domain in the context of found items: an environment for each service,
        # which all that is done with them would carry on.
        return lines.with_env(self.env).move_id._isp_oldest_first()

    def _isp_payer_open_moves(self):
        """Return every open customer invoice of the payer in this company, the oldest first."""
        self.ensure_one()
        moves = self.env["account.move"].search(
            Domain("commercial_partner_id", "=", self.commercial_partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "posted")
            & Domain("move_type", "=", "out_invoice")
            & Domain("payment_state", "in", OPEN_PAYMENT_STATES)
        )
        return moves._isp_oldest_first()

    def _isp_overdue_amount(self, date, grace_days=0):
        """Return the open amount due more than ``grace_days`` days before ``date``."""
        self.ensure_one()
        overdue = (
            self.sudo()
            ._isp_open_moves()
            .filtered(lambda move: (date - move.invoice_date_due).days > grace_days)
        )
        shares = [move._isp_open_share(self) for move in overdue]
        return float_round(sum(shares), precision_digits=2)
