import json

from odoo.http import content_disposition, request, route
from odoo.tools.safe_eval import safe_eval, time

from odoo.addons.web.controllers.report import ReportController


class TypstReportController(ReportController):
    """Serve reports of type ``typst-pdf`` beside Odoo's own."""

    @route()
    def report_routes(self, reportname, docids=None, converter=None, **data):
        if converter != "typst-pdf":
            return super().report_routes(reportname, docids, converter, **data)
        context = dict(request.env.context)
        if data.get("context"):
            context.update(json.loads(data["context"]))
        ids = [int(part) for part in (docids or "").split(",") if part.isdigit()]
        reports = request.env["ir.actions.report"].with_context(**context)
        pdf, _kind = reports._render_typst_pdf(reportname, ids)
        name = self._typst_file_name(reports._get_report_from_name(reportname), ids)
        return request.make_response(
            pdf,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(pdf)),
                ("Content-Disposition", content_disposition(name, "inline")),
            ],
        )

    def _typst_file_name(self, report, ids):
        """Return the file name: the expression of the report for one record, else its name."""
        if report.print_report_name and len(ids) == 1:
            record = request.env[report.model].browse(ids)
            return f"{safe_eval(report.print_report_name, {'object': record, 'time': time})}.pdf"
        return f"{report.name}.pdf"
