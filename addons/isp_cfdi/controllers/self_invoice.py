from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController

from ..models.isp_portal_self_invoice import SELF_INVOICE

NOTICE_KEY = "isp_cfdi_self_invoice_notice"


class IspCfdiSelfInvoice(IspPortalController):
    """Autofactura: the customer asks for a named invoice of what he paid."""

    @route(SELF_INVOICE, type="http", auth="user", methods=["GET"], website=True)
    def isp_self_invoice(self, **kwargs):
        """List the receipts that can still be invoiced."""
        values = self._isp_page()._get_self_invoice_values()
        values["notice"] = request.session.pop(NOTICE_KEY, None)
        return self._isp_render("isp_cfdi.self_invoice", "payments", values)

    @route(
        f"{SELF_INVOICE}/<int:move_id>", type="http", auth="user", methods=["POST"], website=True
    )
    def isp_self_invoice_take(self, move_id, **kwargs):
        """Issue the named invoice of one of the customer's receipts."""
        page = self._isp_page()
        move = page._get_self_invoice_move(move_id)
        if not move:
            raise NotFound()
        kind, text = page._take_self_invoice(move)
        request.session[NOTICE_KEY] = {"kind": kind, "text": text}
        return request.redirect(SELF_INVOICE, code=303)
