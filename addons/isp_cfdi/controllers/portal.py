from werkzeug.exceptions import NotFound

from odoo.http import content_disposition, request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController


class IspCfdiPortal(IspPortalController):
    @route("/my/isp/cfdi/<string:uuid>/xml", type="http", auth="user", website=True)
    def isp_cfdi_xml(self, uuid, **kwargs):
        """Send the stamped XML of one of the customer's documents, byte for byte."""
        document = self._isp_cfdi(uuid)
        return self._isp_file(
            document._isp_xml(), "application/xml", document._isp_file_name("xml")
        )

    @route("/my/isp/cfdi/<string:uuid>/pdf", type="http", auth="user", website=True)
    def isp_cfdi_pdf(self, uuid, **kwargs):
        """Send the printed form of one of the customer's documents."""
        document = self._isp_cfdi(uuid)
        # access was checked above; the report also reads the company
        pdf = document.sudo()._isp_render_pdf()
        return self._isp_file(pdf, "application/pdf", document._isp_file_name("pdf"))

    def _isp_cfdi(self, uuid):
        """Return the document; what is not the user's own is not found."""
        document = self._isp_page()._get_cfdi(uuid)
        if not document:
            raise NotFound()
        return document

    def _isp_file(self, content, mimetype, name):
        headers = [
            ("Content-Type", mimetype),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "private, no-store"),
        ]
        return request.make_response(content, headers=headers)
