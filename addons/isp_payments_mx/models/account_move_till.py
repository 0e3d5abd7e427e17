from odoo import models


class AccountMove(models.Model):
    """Entries of money in a till: the drawer would not follow a change in the books."""

    _inherit = "account.move"

    # === ACTION METHODS === #

    def button_draft(self):
        """Extend `account`: money of a till is undone by its reversal only."""
        self.sudo().origin_payment_id._isp_check_not_in_till(also_reversed=True)
        return super().button_draft()

    def button_cancel(self):
        """Extend `account`: money of a till is undone by its reversal only."""
        self.sudo().origin_payment_id._isp_check_not_in_till(also_reversed=True)
        return super().button_cancel()

    # === BUSINESS METHODS === #

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Extend `account`: money of a till is undone by its reversal only."""
        self.sudo().origin_payment_id._isp_check_not_in_till()
        return super()._reverse_moves(default_values_list, cancel)
