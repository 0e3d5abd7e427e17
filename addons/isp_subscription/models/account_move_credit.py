from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Credit of a payer with services settles what he owes the moment it arrives."""

    _inherit = "account.move"

    # === ACTION METHODS === #

    def button_cancel(self):
        """Extend `account`: money of a cancelled invoice settles what else is open."""
        res = super().button_cancel()
        self._isp_apply_freed_credit()
        return res

    # === BUSINESS METHODS === #

    def _post(self, soft=True):
        """Extend `account`: credit works as soon as it is here."""
        posted = super()._post(soft)
        posted._isp_apply_arrived_credit()
        return posted

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Extend `account`: money of a reversed invoice settles what else is open."""
        reverse_moves = super()._reverse_moves(default_values_list, cancel)
        if cancel:
            self._isp_apply_freed_credit()
        return reverse_moves

    def _isp_apply_arrived_credit(self):
        """Settle open invoices with the credit that these entries have just brought.

        A credit note settles the invoice it corrects first, a payment the invoices it was made
        for, and the rest the oldest due one. Payers without services are none of our business.

        With ``isp_settle_later`` in the context nothing happens: the caller allocates himself
        (`_isp_settle_payment`, the register-payment wizard, a payment provider).
        """
        if self.env.context.get("isp_settle_later"):
            return
        # The invoices of the billing run leave here, without a query.
        moves = self.filtered(
            lambda move: move.state == "posted" and move.move_type != "out_invoice"
        )
        credits_sudo = moves.sudo()._isp_open_credits()
        services = self.env["isp.subscription"]._isp_services_of(credits_sudo)
        if not services:
            return
        services._lock_for_settlement()
        # What follows is an allocation, no reversal, whatever posted the entries.
        moves_sudo = credits_sudo.move_id.with_context(move_reverse_cancel=False)
        for move_sudo in moves_sudo:
            move_sudo._isp_settle_named_invoices()
        services._apply_credit()
        moves_sudo.origin_payment_id._isp_review()

    def _isp_settle_named_invoices(self):
        """Reconcile the entry with the invoices it names, before the oldest ones."""
        self.ensure_one()
        named = self.reversed_entry_id | self.origin_payment_id.invoice_ids
        for invoice in named.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        ):
            credits = self._isp_open_credits()
            debits = invoice.line_ids.filtered(
                lambda line, accounts=credits.account_id: (
                    line.account_id in accounts and not line.reconciled
                )
            )
            if debits:
                (credits | debits).reconcile()

    def _isp_open_credits(self):
        """Return the receivable lines of these entries that still have money to give."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.partner_id
                and not line.reconciled
                and line.company_currency_id.compare_amounts(line.amount_residual, 0.0) < 0
            )
        )

    def _isp_check_days_free(self):
        """Raise a `UserError` when the days of this reversed invoice were billed again."""
        self.ensure_one()
        rows_sudo = self._isp_periods().filtered(lambda row: row.state == "void")
        for row_sudo in rows_sudo:
            if other_sudo := row_sudo._isp_taken_by():
                raise UserError(
                    self.env._(
                        "The days of %(invoice)s are taken again by %(other)s: its reversal stays.",
                        invoice=self.name,
                        other=other_sudo.move_id.name or other_sudo.display_name,
                    )
                )

    def _isp_apply_freed_credit(self):
        """Settle what is open with what is left after these entries were undone."""
        if self.env.context.get("isp_settle_later"):
            return
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        services_sudo = invoices.sudo().isp_subscription_ids
        # A payment that is taken back opens a debt, which other credit of the payer settles.
        gone = (self - invoices).sudo().filtered("origin_payment_id").line_ids
        receivable = gone.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        services_sudo |= self.env["isp.subscription"]._isp_services_of(receivable)
        if services_sudo:
            services_sudo.with_context(move_reverse_cancel=False)._apply_credit()
