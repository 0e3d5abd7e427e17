from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

MONTHS_BACK = 60


class IspCfdiMonth(models.TransientModel):
    """The files of a month for the accountant."""

    _name = "isp.cfdi.month"
    _description = "CFDI: files of a month"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    month = fields.Selection(
        selection="_selection_month", required=True, default=lambda self: self._default_month()
    )
    with_pdf = fields.Boolean(string="With PDF", default=True)
    documents = fields.Integer(string="CFDI of the month", compute="_compute_documents")
    missing = fields.Integer(
        string="PDF to make first", compute="_compute_documents", help="The worker makes them."
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id", "month")
    def _compute_documents(self):
        documents = self.env["isp.cfdi.document"]
        for wizard in self:
            domain = wizard._isp_domain()
            wizard.documents = documents.search_count(domain) if domain else 0
            wanted = domain and domain & Domain("pdf_source", "=", False)
            wizard.missing = documents.sudo().search_count(wanted) if wanted else 0

    @api.model
    def _selection_month(self):
        this = self.env.company._isp_today().replace(day=1)
        months = [this - relativedelta(months=number) for number in range(MONTHS_BACK)]
        return [
            (f"{month:%Y-%m}", format_date(self.env, month, date_format="LLLL y"))
            for month in months
        ]

    @api.model
    def _default_month(self):
        """Return last month: the one an accountant works on."""
        return f"{self.env.company._isp_today() - relativedelta(months=1):%Y-%m}"

    # === ACTION METHODS === #

    def action_zip(self):
        """Download XML, PDF and cancellation receipts; too many new PDF are made first."""
        self.ensure_one()
        self._isp_check_not_empty()
        documents = self.env["isp.cfdi.document"]
        if self.with_pdf and self.missing > documents._isp_render_limit():
            return self._isp_make_pdfs_first()
        return self._isp_download(f"zip?pdf={int(self.with_pdf)}")

    def action_sheet(self):
        """Download the workbook: a row per CFDI and per paid document, IVA by rate."""
        self.ensure_one()
        self._isp_check_not_empty()
        return self._isp_download("xlsx")

    def action_documents(self):
        """Open the list of the month's documents."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_cfdi.isp_cfdi_document_action_accounting"
        )
        return {**action, "domain": list(self._isp_domain()), "context": {}}

    # === HELPERS === #

    def _isp_first_day(self):
        """Return the first day of the chosen month."""
        self.ensure_one()
        return date.fromisoformat(f"{self.month}-01")

    def _isp_domain(self):
        """Return the domain of the month's documents; None while nothing is chosen."""
        self.ensure_one()
        if not self.company_id or not self.month:
            return None
        documents = self.env["isp.cfdi.document"]
        return documents._isp_month_domain(self.company_id, self._isp_first_day())

    def _isp_check_not_empty(self):
        """Say clearly that a month has no documents instead of sending an empty file.

        :raise UserError: when there is nothing to download
        """
        if not self.documents:
            raise UserError(
                self.env._(
                    "%(company)s has no stamped CFDI in %(month)s.",
                    company=self.company_id.name,
                    month=format_date(self.env, self._isp_first_day(), date_format="LLLL y"),
                )
            )

    def _isp_make_pdfs_first(self):
        """Order the printed forms of the month and say when to come back."""
        documents_sudo = self.env["isp.cfdi.document"].sudo()
        documents_sudo.search(self._isp_domain())._isp_want_pdfs()
        message = self.env._(
            "%(missing)s PDF of this month have to be made first. The worker has begun: come back "
            "in about %(minutes)s minutes, or download without PDF.",
            missing=self.missing,
            minutes=1 + self.missing // 1000,
        )
        params = {"type": "warning", "sticky": True, "message": message}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def _isp_download(self, file):
        url = f"/isp_cfdi/month/{self.company_id.id}/{self.month}/{file}"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}
