from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_path

from ..services.typst_pdf import TypstError, compile_pdf


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    report_type = fields.Selection(
        selection_add=[("typst-pdf", "PDF (Typst)")], ondelete={"typst-pdf": "cascade"}
    )
    isp_typst_template = fields.Char(
        string="Typst template", help='Path inside the addons, e.g. "isp_x/report/receipt.typ".'
    )

    @api.model
    def _render_typst_pdf(self, report_ref, res_ids, data=None):
        """Render the records with the Typst template of the report, one document for all.

        The records give their data by ``_isp_typst_data(report)``: JSON-able values; texts or
        bytes under "files" become virtual files beside the template.

        :return: ``(bytes, "pdf")``
        """
        report_sudo = self._get_report(report_ref)
        if isinstance(res_ids, int):
            res_ids = [res_ids]
        records = self.env[report_sudo.model].browse(res_ids or [])
        records.check_access("read")
        documents, files = [], {}
        for record in records:
            values = record._isp_typst_data(report_sudo)
            files.update(values.pop("files", {}))
            documents.append(values)
        company = records[:1].company_id if "company_id" in records._fields else False
        payload = {
            "company": (company or self.env.company)._isp_typst_company(files),
            "documents": documents,
            **(data or {}),
        }
        library = file_path("isp_subscription/report/isp_common.typ")
        try:
            template = file_path(report_sudo.isp_typst_template or "")
            fonts = [file_path("web/static/fonts/google/Open_Sans")]
            pdf = compile_pdf(template, payload, files, [library], fonts)
        except (FileNotFoundError, ValueError, TypstError) as error:
            raise UserError(
                self.env._(
                    "The document %(report)s could not be made: %(error)s",
                    report=report_sudo.name,
                    error=error,
                )
            ) from error
        return pdf, "pdf"
