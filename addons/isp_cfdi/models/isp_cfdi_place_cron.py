from odoo import api, models
from odoo.fields import Domain


class IspCfdiPlace(models.Model):
    """Global invoices of the periods that are over, one document per transaction."""

    _inherit = "isp.cfdi.place"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_due_domain(self, company):
        """Return the domain of the receipts whose period is over where the company is."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "pending")
            & Domain("period_end", "<", company._isp_today())
        )

    @api.model
    def _isp_next_batch(self, company):
        """Return the oldest waiting receipts that fit together in one document, locked."""
        domain = self._isp_due_domain(company) & Domain("concept", "!=", False)
        first = self.search(domain, order="period_end, id", limit=1)
        if not first:
            return first
        domain &= Domain("period_end", "=", first.period_end)
        domain &= Domain("period", "=", first.period)
        domain &= Domain("currency_id", "=", first.currency_id.id)
        rows = self.search(domain, order="id", limit=company.isp_cfdi_global_max)
        return rows.try_lock_for_update().filtered_domain(domain)

    @api.model
    def _isp_issue_globals(self, company):
        """Issue the next global invoice of ``company``; return it, empty when none is due."""
        rows = self._isp_next_batch(company)
        documents = self.env["isp.cfdi.document"].sudo()
        if not rows:
            return documents
        document = documents._isp_create_global(rows)
        if document.outbox_state == "ready":
            documents._isp_trigger()
        return document

    @api.model
    def _cron_global(self):
        """Issue what is due, company by company; stop when the time of the job is over."""
        rows = self.sudo()
        for row in rows.search([("state", "=", "pending"), ("concept", "=", False)], limit=200):
            row._isp_read_receipt()
        for company in self.env["res.company"]._isp_cfdi_automatic():
            while rows.with_company(company)._isp_issue_globals(company):
                left = rows.search_count(
                    rows._isp_due_domain(company) & Domain("concept", "!=", False)
                )
                if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                    return
