from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    # What is owed is asked of every service at once; the open invoices are few among all.
    _isp_open_invoices = models.Index(
        "(company_id, invoice_date_due) WHERE state = 'posted' AND move_type = 'out_invoice'"
        " AND payment_state IN ('not_paid', 'partial')"
    )
