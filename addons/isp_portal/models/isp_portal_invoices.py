from odoo import api, models
from odoo.fields import Domain


class IspPortalPage(models.AbstractModel):
    """Electronic invoices tab: Odoo's own invoices until an addon brings fiscal documents."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_invoice_rows_domain(self):
        """Return the domain of the user's posted invoices (record rules apply too)."""
        partner = self.env.user.partner_id.commercial_partner_id
        return (
            Domain("partner_id", "child_of", partner.ids)
            & Domain("move_type", "in", ("out_invoice", "out_refund"))
            & Domain("state", "=", "posted")
        )

    @api.model
    def _get_invoice_records(self):
        """Return the records behind the rows, newest first. Override to list another model."""
        return self.env["account.move"].search(
            self._get_invoice_rows_domain(), order="invoice_date desc, name desc, id desc"
        )

    @api.model
    def _get_invoice_values(self, query="", page=1):
        """Return rows, pager and count of the invoices that match ``query``, newest first."""
        records = self._get_invoice_records()
        return self._get_list_values(records, self._get_invoice_row_values, query, page)

    @api.model
    def _get_invoice_row_values(self, record):
        """Return one row of the list; ``search`` holds the texts the search compares with."""
        fmt = self._get_formatter()
        partner_sudo = record.sudo().commercial_partner_id
        row = {
            "record": record,
            "name": partner_sudo.name,
            "vat": partner_sudo.vat or "",
            "folio": record.name,
            "date": fmt.iso(record.invoice_date),
            "total": record.amount_total,
            "badge": self._get_invoice_badge(record),
            **self._get_invoice_link(record),
        }
        row["search"] = [
            row["name"],
            row["vat"],
            row["folio"],
            row["date"],
            fmt.date(record.invoice_date),
            fmt.month(record.invoice_date) if record.invoice_date else "",
            fmt.money(row["total"]),
        ]
        return row

    @api.model
    def _get_invoice_link(self, record):
        """Return what opens an invoice: Odoo's own PDF, or its page where none can be made."""
        url = f"/my/invoices/{record.id}"
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() in ("ok", "workers", "upgrade"):
            pdf_url = f"{url}?report_type=pdf&download=true"
            return {"pdf_url": pdf_url, "pdf_label": "PDF", "pdf_icon": "download"}
        return {"pdf_url": url, "pdf_label": self.env._("View"), "pdf_icon": "document"}

    @api.model
    def _get_invoice_badge(self, record):
        """Return dict(kind, label): paid, partly paid or pending."""
        _ = self.env._
        if record.payment_state in ("paid", "in_payment", "reversed"):
            return {"kind": "activo", "label": _("Paid")}
        if record.payment_state == "partial":
            return {"kind": "pendiente", "label": _("Partly paid")}
        return {"kind": "pendiente", "label": _("Pending")}
