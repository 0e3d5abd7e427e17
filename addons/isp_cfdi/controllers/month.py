import datetime
import os
import tempfile
from contextlib import closing

from werkzeug.exceptions import BadRequest, NotFound

from odoo import api
from odoo.http import Controller, content_disposition, request, route
from odoo.modules.registry import Registry

from ..services.month_names import month_name

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 1 << 16
#: Who may have all documents of a month at once.
MONTH_GROUPS = (
    "isp_cfdi.group_isp_accountant",
    "isp_subscription.group_isp_billing",
    "account.group_account_readonly",
)


class IspCfdiMonth(Controller):
    """The month's archive and workbook, sent while they are read: memory stays constant."""

    @route("/isp_cfdi/month/<int:company_id>/<string:month>/zip", type="http", auth="user")
    def isp_cfdi_month_zip(self, company_id, month, pdf="1", **kwargs):
        """Send XML, PDF and acuses of a month (``2026-11``) of one of the user's companies."""
        company, first = self._isp_month(company_id, month)
        env = request.env
        place = (env.cr.dbname, env.uid, dict(env.context))
        body = _month_zip(place, company.id, first, pdf == "1")
        return self._isp_answer(body, "application/zip", company, first, "zip")

    @route("/isp_cfdi/month/<int:company_id>/<string:month>/xlsx", type="http", auth="user")
    def isp_cfdi_month_xlsx(self, company_id, month, **kwargs):
        """Send the month's workbook."""
        company, first = self._isp_month(company_id, month)
        handle, path = tempfile.mkstemp(suffix=".xlsx")
        os.close(handle)
        try:
            request.env["isp.cfdi.document"]._isp_month_sheet(company, first, path)
            body = open(path, "rb")  # noqa: SIM115 - closed by the response
        finally:
            os.unlink(path)
        answer = self._isp_answer(iter(lambda: body.read(CHUNK), b""), XLSX, company, first, "xlsx")
        answer.call_on_close(body.close)
        return answer

    def _isp_month(self, company_id, month):
        """Return (company, first day) when the user may have the month's documents.

        :raise NotFound: for another company, a user without the role, or an empty month
        """
        user = request.env.user
        company = user.company_ids.filtered(lambda own: own.id == company_id)
        if not company or not any(user.has_group(group) for group in MONTH_GROUPS):
            raise NotFound()
        try:
            first = datetime.datetime.strptime(month, "%Y-%m").date()
        except ValueError as error:
            raise BadRequest() from error
        request.update_context(allowed_company_ids=company.ids)
        documents = request.env["isp.cfdi.document"]
        if not documents.search_count(documents._isp_month_domain(company, first), limit=1):
            raise NotFound()
        return company.with_env(request.env), first

    def _isp_answer(self, body, mimetype, company, first, extension):
        name = month_name(company._isp_cfdi_rfc(), f"{first:%Y-%m}")
        headers = [
            ("Content-Type", mimetype),
            ("Content-Disposition", content_disposition(f"{name}.{extension}")),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "private, no-store"),
        ]
        return request.make_response(body, headers=headers)


def _month_zip(place, company_id, first, with_pdf):
    """Read with a cursor of its own: that of the request is closed before a body is sent."""
    database, uid, context = place
    with closing(Registry(database).cursor()) as cr:
        env = api.Environment(cr, uid, context)
        company = env["res.company"].browse(company_id)
        yield from env["isp.cfdi.document"]._isp_month_zip(company, first, with_pdf)
