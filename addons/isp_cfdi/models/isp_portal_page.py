from functools import partial
from urllib.parse import urlencode

from odoo import api, models
from odoo.fields import Domain

# What SAT says of a document -> look of its badge; everything else is on its way.
BADGES = {"valid": "valido", "cancelling": "prorroga", "cancelled": "cancelado"}


class IspPortalPage(models.AbstractModel):
    """Electronic invoices and the folio of payments, with fiscal documents."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_cfdi_domain(self):
        """Return the domain of the user's own documents (record rules apply too)."""
        partner = self.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", partner.ids)

    @api.model
    def _get_invoice_records(self):
        """Extend `isp_portal`: fiscal documents instead of Odoo's invoices."""
        return self.env["isp.cfdi.document"].search(
            self._get_cfdi_domain(), order="issued_at desc, id desc"
        )

    @api.model
    def _get_invoice_values(self, query="", page=1):
        """Extend `isp_portal`: add when the states were last checked with SAT."""
        values = super()._get_invoice_values(query, page)
        checked = self._get_invoice_records().filtered("sat_checked_at").mapped("sat_checked_at")
        moment = self._get_formatter().moment(max(checked)) if checked else ""
        return {**values, "sat_checked": moment[:16]}

    @api.model
    def _get_invoice_row_values(self, record):
        """Extend `isp_portal`: recipient, RFC, UUID, total, state and downloads."""
        if record._name != "isp.cfdi.document":
            return super()._get_invoice_row_values(record)
        fmt = self._get_formatter()
        uuid = record.uuid or ""
        day = fmt.local_date(record.issued_at)
        row = {
            "record": record,
            "name": record.receiver_name or "",
            "vat": record.receiver_rfc or "",
            "uuid": uuid,
            "folio": record.name,
            "kind": self._get_cfdi_kind(record),
            "date": fmt.iso(day),
            "total": record._isp_shown_total(),
            "badge": self._get_cfdi_badge(record),
            "checked": self._get_cfdi_checked(record),
            "payments": partial(self._get_cfdi_payments, record),
            "wait": "" if uuid else self._get_cfdi_wait(record),
            "pdf_url": f"/my/isp/cfdi/{uuid}/pdf" if uuid else "",
            "xml_url": f"/my/isp/cfdi/{uuid}/xml" if uuid else "",
        }
        texts = ("name", "vat", "uuid", "folio", "kind", "date")
        row["search"] = [row[key] for key in texts]
        row["search"] += [fmt.month(day), fmt.money(row["total"]), row["badge"]["label"]]
        return row

    @api.model
    def _get_cfdi_badge(self, record):
        """Return dict(kind, label): what SAT says, in one word."""
        badge = record._isp_badge()
        return {"kind": BADGES.get(badge["code"], "pendiente"), "label": badge["label"]}

    @api.model
    def _get_cfdi_kind(self, record):
        """Return what the document is, in the words of a customer."""
        _ = self.env._
        labels = {"E": _("Credit note"), "P": _("Payment receipt (REP)")}
        return labels.get(record.kind, _("Invoice"))

    @api.model
    def _get_cfdi_checked(self, record):
        """Return when SAT was last asked about this document, empty before the first time."""
        checked = record._isp_badge()["checked_at"]
        return self._get_formatter().moment(checked)[:16] if checked else ""

    @api.model
    def _get_cfdi_payments(self, record):
        """Return dict(label, url) of the user's payments behind a document."""
        payments = record._isp_payments().with_user(self.env.user)._filtered_access("read")
        return [
            {
                "label": self.env._("Payment %s", payment.isp_number),
                "url": f"/my/isp/payments?{urlencode({'q': payment.isp_number})}",
            }
            for payment in payments
            if payment.isp_number
        ]

    @api.model
    def _get_cfdi_wait(self, record):
        """Return what stands in place of the downloads of an unfinished document."""
        if record.state in ("draft", "error"):
            return self.env._("We are checking your data")
        return self.env._("Ready in a few minutes")

    @api.model
    def _get_payment_row_values(self, payment):
        """Extend `isp_portal`: the folio of a payment is that of its fiscal document."""
        row = super()._get_payment_row_values(payment)
        moves = payment.sudo().reconciled_invoice_ids
        document = self.env["isp.cfdi.document"].search(
            self._get_cfdi_domain()
            & Domain("move_id", "in", moves.ids)
            & Domain("uuid", "!=", False),
            # "cancelled" and "in_process" come last: a live document before its predecessor
            order="cancel_state desc, id desc",
            limit=1,
        )
        if document:
            row["folio"] = document.name
            row["folio_url"] = f"/my/isp/cfdi/{document.uuid}/pdf"
            row["search"] += [document.name, document.uuid]
        return row

    @api.model
    def _get_cfdi(self, uuid):
        """Return the user's stamped document with this UUID, or an empty recordset."""
        return self.env["isp.cfdi.document"].search(
            self._get_cfdi_domain() & Domain("uuid", "=", (uuid or "").upper()), limit=1
        )
