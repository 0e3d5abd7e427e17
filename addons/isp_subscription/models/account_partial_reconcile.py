from odoo import api, models
from odoo.exceptions import UserError

# Lists that show the reconciliations through `isp.allocation`, which the cache cannot follow.
LINKS = (
    ("isp.subscription", "allocation_ids"),
    ("account.payment", "isp_allocation_ids"),
    ("account.move", "isp_allocation_ids"),
)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend `account`: the lists of allocations grow."""
        partials = super().create(vals_list)
        self._isp_forget_links()
        return partials

    def unlink(self):
        """Extend `account`: an undone payment un-pays the periods it had paid."""
        self._isp_check_given_back()
        moves = (self.debit_move_id | self.credit_move_id).move_id
        invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
        payments = moves.origin_payment_id
        res = super().unlink()
        invoices.exists()._isp_after_unreconcile()
        payments.exists().sudo()._isp_forget_coverage()
        self._isp_forget_links()
        return res

    # === BUSINESS METHODS === #

    def _isp_check_given_back(self):
        """Raise a `UserError` when days that were given back would be charged again.

        A credit note of days stays with its invoice. A reversal may be undone as long as its
        days were not billed again meanwhile.
        """
        for partial in self:
            note, invoice = partial.credit_move_id.move_id, partial.debit_move_id.move_id
            if invoice.move_type != "out_invoice" or note.reversed_entry_id != invoice:
                continue
            if note.line_ids.isp_credited_period_id:
                raise UserError(
                    self.env._(
                        "%(note)s gives days of %(invoice)s back and stays with it: bill the days "
                        "again instead.",
                        note=note.name,
                        invoice=invoice.name,
                    )
                )
            invoice._isp_check_days_free()

    def _isp_forget_links(self):
        """Let the lists of allocations be read again."""
        for model, name in LINKS:
            self.env[model].invalidate_model([name], flush=False)
