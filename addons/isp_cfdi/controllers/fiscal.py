from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController

from ..const_issue import CSF_LIMIT
from ..models.isp_portal_fiscal import PATH

NOTICE_KEY = "isp_cfdi_fiscal_notice"


class IspCfdiFiscal(IspPortalController):
    """What SAT has of the customer: seen and mended by himself, nobody else's."""

    @route(PATH, type="http", auth="user", methods=["GET"], website=True)
    def isp_fiscal(self, **kwargs):
        """Show the customer's own fiscal data."""
        page = self._isp_fiscal_page()
        values = page._get_fiscal_values()
        values["notice"] = request.session.pop(NOTICE_KEY, None)
        return self._isp_render("isp_cfdi.fiscal", "payments", values)

    @route(PATH, type="http", auth="user", methods=["POST"], website=True)
    def isp_fiscal_save(self, csf=None, **form):
        """Store them; a refused form comes back with what to mend beside each field."""
        page = self._isp_fiscal_page()
        # One byte more than allowed tells a file that is too large from one that just fits.
        raw = csf.read(CSF_LIMIT + 1) if hasattr(csf, "read") and csf.filename else b""
        data, errors, documents = page._save_fiscal(form, raw)
        if errors:
            values = {**page._get_fiscal_values(data, errors), "notice": None}
            return self._isp_render("isp_cfdi.fiscal", "payments", values)
        request.session[NOTICE_KEY] = len(documents)
        return request.redirect(PATH, code=303)

    def _isp_fiscal_page(self):
        page = self._isp_page()
        if not page._get_fiscal_partner_sudo():
            raise NotFound()
        return page
