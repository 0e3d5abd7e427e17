from odoo import api, models
from odoo.fields import Domain

from ..services.dto import PaidDocument
from ..services.rep_taxes import paid_taxes, taxes_of
from ..services.rounding import dec, ratio_up


class IspCfdiInstalment(models.Model):
    """Gathering payments into complements, and what a complement says of one."""

    _inherit = "isp.cfdi.instalment"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_ready_domain(self, company):
        """Return the domain of the payments whose invoice SAT knows.

        An invoice waits while SAT counts an undone payment of it: its balance would be wrong.
        """
        wrong = self.search(
            [
                ("company_id", "=", company.id),
                ("partial_id", "=", False),
                ("document_id", "!=", False),
                ("document_id.cancel_state", "!=", "cancelled"),
            ]
        )
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "pending")
            & Domain("invoice_document_id.uuid", "!=", False)
            & Domain("invoice_document_id.cancel_state", "!=", "cancelled")
            & Domain("invoice_document_id.is_replaced", "=", False)
            & Domain("invoice_document_id", "not in", wrong.invoice_document_id.ids)
        )

    def _isp_group_key(self):
        """Return what the payments of one complement have in common, None to wait for more."""
        self.ensure_one()
        policy = self.partner_id.isp_cfdi_rep or self.company_id.isp_cfdi_rep
        buyer = (self.partner_id.id, self.invoice_document_id.receiver_rfc)
        if policy == "payment":
            return (*buyer, self.source_id.id)
        # The due day lies in the month after the payment.
        month = self.due_date.replace(day=1)
        return (*buyer, str(month)) if self.company_id._isp_today() >= month else None

    @api.model
    def _isp_issue_reps(self, company, limit=50):
        """Issue the complements of ``company`` that are due, at most ``limit``; return them."""
        documents = self.env["isp.cfdi.document"].sudo()
        rows = self.sudo().search(self._isp_ready_domain(company), order="paid_at, id")
        rows = rows.try_lock_for_update().filtered(lambda row: row.state == "pending")
        groups = rows.grouped(lambda row: row._isp_group_key())
        groups.pop(None, None)
        for members in list(groups.values())[:limit]:
            documents |= documents._isp_create_rep(
                members.sorted(lambda row: (row.paid_at, row.id))
            )
        if documents.filtered(lambda doc: doc.outbox_state == "ready"):
            documents._isp_trigger()
        return documents

    @api.model
    def _cron_rep(self):
        """Issue what is due, company by company, some documents per transaction."""
        for company in self.env["res.company"]._isp_cfdi_automatic():
            while documents := self.with_company(company)._isp_issue_reps(company, limit=10):
                if not self.env["ir.cron"]._commit_progress(len(documents)):
                    return

    def _isp_close_gaps(self):
        """These rows are undone and SAT knows none: complements of later payments, which count
        them in their balance, are built anew while they are not sent.
        """
        for invoice, rows in self.filtered("number").grouped("invoice_document_id").items():
            first = min(rows.mapped("number"))
            later = self.search(
                [
                    ("invoice_document_id", "=", invoice.id),
                    ("state", "=", "issued"),
                    ("number", ">", first),
                ],
                order="number",
            )
            unsent = later.document_id.try_lock_for_update().filtered(
                lambda doc: doc.outbox_state in ("draft", "ready", "error")
            )
            if unsent == later.document_id and not unsent.replaces_id:
                for number, row in enumerate(later, first):
                    row.number = number
                    row.flush_recordset()  # each number is free before the next row takes it
            for document in unsent.filtered(lambda doc: doc.outbox_state == "ready"):
                document._isp_build()

    def _isp_paid_document(self):
        """Return the ``PaidDocument``; the taxes are the invoice's, by the part that is paid."""
        self.ensure_one()
        invoice = self.invoice_document_id
        paid, total = dec(self.amount), dec(invoice.total)
        same = self.currency_id == self.pay_currency_id
        return PaidDocument(
            uuid=invoice.uuid,
            balance=dec(self.balance),
            paid=paid,
            part=self.number,
            taxes=paid_taxes(taxes_of(invoice._isp_xml()), total, paid),
            currency=self.currency_id.name,
            equivalence=dec(1) if same else ratio_up(paid, dec(self.pay_amount), 10),
            serie=invoice.serie or "",
            folio=invoice.folio or "",
        )
