from odoo import api, models
from odoo.fields import Domain


class IspPortalPage(models.AbstractModel):
    """Payments tab."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_payment_domain(self):
        """Return the domain of the user's payments (record rules apply too)."""
        partner = self.env.user.partner_id.commercial_partner_id
        return (
            Domain("partner_id", "child_of", partner.ids)
            & Domain("payment_type", "=", "inbound")
            & Domain("partner_type", "=", "customer")
            & Domain("state", "in", ("in_process", "paid"))
            & Domain("isp_number", ">", 0)
        )

    @api.model
    def _get_payment_list_domain(self):
        """Return the domain of the list and of its receipts: also payments that were undone."""
        return self._get_payment_domain()

    @api.model
    def _get_payment_values(self, query="", page=1):
        """Return rows, pager and count of the payments that match ``query``, newest first."""
        payments = self.env["account.payment"].search(
            self._get_payment_list_domain(), order="isp_paid_at desc, isp_number desc, id desc"
        )
        values = self._get_list_values(payments, self._get_payment_row_values, query, page)
        return {**values, "pending": self._get_pending_references()}

    @api.model
    def _get_pending_references(self):
        """Return what the customer has asked to pay and has not paid yet, most urgent first.

        :return: list of dict(icon, title, amount, due, time_left, url); an addon that makes
            references to pay with adds them
        """
        return []

    @api.model
    def _get_payment_row_values(self, payment):
        """Return one row of the list.

        ``folio`` is the fiscal or internal document of the payment and may be empty;
        ``folio_url`` opens it. ``search`` is the list of texts the search compares with:
        an addon that changes the folio adds it there.
        """
        fmt = self._get_formatter()
        payment_sudo = payment.sudo()  # the catalogue of forms and the booked invoices
        total = payment.isp_amount_due or payment.amount
        invoice_sudo = payment_sudo.reconciled_invoice_ids[:1]
        folio = invoice_sudo.name if invoice_sudo else ""
        row = {
            "payment": payment,
            "number": payment.isp_number,
            "receipt_url": f"/my/isp/payments/{payment.id}/receipt",
            "cutoff_from": fmt.iso(payment.isp_cutoff_from),
            "cutoff_to": fmt.iso(payment.isp_cutoff_to),
            "total": total,
            "paid": payment.amount,
            "rest": max(round(total - payment.amount, 2), 0.0),
            "paid_at": fmt.moment(payment.isp_paid_at),
            "form": payment_sudo.isp_payment_form_id.name or "",
            "folio": folio,
            "folio_url": f"/my/invoices/{invoice_sudo.id}" if folio else "",
        }
        day = fmt.local_date(payment.isp_paid_at)
        row["search"] = [
            row["number"],
            row["cutoff_from"],
            row["cutoff_to"],
            row["paid_at"],
            fmt.date(day),
            fmt.month(day) if day else "",
            row["form"],
            folio,
            fmt.money(row["paid"]),
            payment.isp_reference,
        ]
        return row

    @api.model
    def _get_payment(self, payment_id):
        """Return the user's payment with this id, or an empty recordset."""
        return self.env["account.payment"].search(
            self._get_payment_list_domain() & Domain("id", "=", payment_id), limit=1
        )
