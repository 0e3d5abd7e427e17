from odoo import api, fields, models

from ..services.errors import CfdiError
from ..services.month_rows import facts

METHODS = [("PUE", "PUE"), ("PPD", "PPD")]


class IspCfdiDocument(models.Model):
    """What an accountant filters and adds up, read from the XML itself."""

    _inherit = "isp.cfdi.document"

    method = fields.Selection(
        METHODS, string="MetodoPago", compute="_compute_books", store=True, index=True
    )
    payment_form = fields.Char(string="FormaPago", compute="_compute_books", store=True)
    amount_untaxed = fields.Monetary(
        string="Untaxed amount", compute="_compute_books", store=True, help="After discounts."
    )
    amount_iva = fields.Monetary(string="IVA", compute="_compute_books", store=True)
    amount_ieps = fields.Monetary(string="IEPS", compute="_compute_books", store=True)
    amount_withheld = fields.Monetary(string="Withheld", compute="_compute_books", store=True)
    exchange_rate = fields.Float(
        string="Pesos per unit",
        compute="_compute_books",
        store=True,
        digits=(16, 6),
        aggregator=None,
    )
    amount_paid = fields.Monetary(
        string="Paid by REP", compute="_compute_books", store=True, help="MontoTotalPagos, pesos."
    )

    # === COMPUTE METHODS === #

    @api.depends("sealed_sha256", "sealed_attachment_id", "stamped_sha256")
    def _compute_books(self):
        for document in self:
            document.update(document._isp_books_values())

    # === HELPERS === #

    def _isp_books_values(self):
        """Return the figures of the stored XML; nothing of a document without readable XML."""
        values = dict.fromkeys(
            ("amount_untaxed", "amount_iva", "amount_ieps", "amount_withheld", "amount_paid"), 0.0
        )
        values |= {"method": False, "payment_form": False, "exchange_rate": 1.0}
        attachment_sudo = self.sudo().stamped_attachment_id or self.sudo().sealed_attachment_id
        raw = attachment_sudo.raw
        if not raw:
            return values
        try:
            found = facts(raw)
        except CfdiError:
            return values
        return values | {
            "method": found.method if found.method in dict(METHODS) else False,
            "payment_form": found.form,
            "exchange_rate": float(found.rate),
            "amount_untaxed": float(found.net),
            "amount_iva": float(found.iva),
            "amount_ieps": float(found.ieps),
            "amount_withheld": float(found.withheld),
            "amount_paid": float(found.paid),
        }

    def _isp_shown_total(self):
        """Return the amount a reader expects: that of the payments for a REP, else the total."""
        self.ensure_one()
        return self.amount_paid if self.kind == "P" else self.total

    def _isp_payments(self):
        """Return the payments behind the document, as superuser."""
        self.ensure_one()
        document_sudo = self.sudo()
        if document_sudo.kind == "P":
            return document_sudo.instalment_ids.source_id.origin_payment_id
        return document_sudo.move_id._get_reconciled_payments()
