from werkzeug.exceptions import NotFound

from odoo.http import request, route

from .common import IspPortalController


class IspDocuments(IspPortalController):
    @route("/my/isp/documents", type="http", auth="user", website=True, readonly=True)
    def isp_documents(self, q="", page=1, fragment=None, **kwargs):
        """List the customer's documents, newest first."""
        values = self._isp_page()._get_document_values(self._isp_query(q), page)
        return self._isp_render_list(
            "isp_portal.documents", "documents", "/my/isp/documents", values, fragment
        )

    @route("/my/isp/documents/<int:document_id>/download", type="http", auth="user", website=True)
    def isp_document_download(self, document_id, **kwargs):
        """Stream one of the customer's documents and note the download in its log."""
        document = self._isp_page()._get_document(document_id)
        if not document:
            raise NotFound()
        stream = document._isp_download_stream()
        document.sudo()._message_log(
            body=request.env._("Downloaded in the customer area by %s", request.env.user.name)
        )
        return stream.get_response(as_attachment=True)
