from odoo import models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """Extend `account`: an undone payment un-pays the periods it had paid."""
        moves = (self.debit_move_id | self.credit_move_id).move_id
        invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
        payments = moves.origin_payment_id
        res = super().unlink()
        invoices.exists()._isp_after_unreconcile()
        payments.exists().sudo()._isp_forget_coverage()
        return res
