from odoo import api, models
from odoo.fields import Domain


class IspPortalPage(models.AbstractModel):
    """Documents page."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_document_domain(self):
        """Return the domain of the user's visible documents (record rules apply too)."""
        partner = self.env.user.partner_id.commercial_partner_id
        return Domain("visible", "=", True) & Domain("partner_id", "child_of", partner.ids)

    @api.model
    def _get_document_values(self, query="", page=1):
        """Return rows, pager and count of the documents that match ``query``, newest first."""
        documents = self.env["isp.document"].search(
            self._get_document_domain(), order="date desc, id desc"
        )
        return self._get_list_values(documents, self._get_document_row_values, query, page)

    @api.model
    def _get_document_row_values(self, document):
        """Return one row of the list."""
        fmt = self._get_formatter()
        return {
            "document": document,
            "title": document.title,
            "description": document.description or "",
            "file_name": document.file_name,
            "size": fmt.size(document.file_size or 0),
            "date": fmt.iso(document.date),
            "url": f"/my/isp/documents/{document.id}/download",
            "search": [document.title, document.description],
        }

    @api.model
    def _get_document(self, document_id):
        """Return the user's visible document with this id, or an empty recordset."""
        return self.env["isp.document"].search(
            self._get_document_domain() & Domain("id", "=", document_id), limit=1
        )
