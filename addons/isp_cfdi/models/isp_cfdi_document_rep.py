import uuid
from datetime import UTC, datetime, time
from types import SimpleNamespace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.dto import Payment, Rep
from ..services.periods import rep_last_day
from ..services.postal import local_fecha, to_utc
from ..services.rep import build_rep
from ..services.rounding import dec, half_up
from .account_move_cfdi import FORM_CASH, FORM_TRANSFER


class IspCfdiDocument(models.Model):
    """Payment complements (REP): payments of PPD invoices, told to SAT."""

    _inherit = "isp.cfdi.document"

    instalment_ids = fields.One2many(
        "isp.cfdi.instalment", "document_id", string="Reported payments", readonly=True
    )

    # === CRUD METHODS === #

    def unlink(self):
        """Extend: payments of a complement that never was wait for the next one.

        Those of an invoice that never was have told SAT nothing.
        """
        rows_sudo = self.sudo().instalment_ids
        rows_sudo.search([("invoice_document_id", "in", self.ids)]).unlink()
        res = super().unlink()
        rows_sudo._isp_after_document()
        return res

    # === BUSINESS METHODS: LIFE === #

    @api.model
    def _isp_create_rep(self, rows):
        """Create the complement of payments of one customer; return it."""
        rows.write({"state": "pending"})
        first = rows[0]
        document = self.sudo().create(
            {
                "company_id": first.company_id.id,
                "currency_id": first.company_id.currency_id.id,
                "partner_id": first.partner_id.id,
                "kind": "P",
                "receiver_rfc": first.invoice_document_id.receiver_rfc,
                "receiver_name": first.invoice_document_id.receiver_name,
                "idempotency_key": str(uuid.uuid4()),
            }
        )
        rows._isp_number_rows()
        rows.write({"state": "issued", "document_id": document.id})
        document._isp_build()
        return document

    def _isp_rebuild_rep(self):
        """Build an unsent complement again without the payments that were undone."""
        for document in self:
            if document.instalment_ids:
                document._isp_build()
                continue
            document.replaces_id._isp_call_off()
            if not document.exists():
                continue
            if document.attempts:
                document.outbox_state = "draft"
            else:
                document.unlink()

    def _isp_go_on(self):
        """Extend: payments that came before the stamp of their PPD invoice are reported now."""
        res = super()._isp_go_on()
        if self.kind == "I" and self.pay_method == "PPD":
            rows = self.env["isp.cfdi.instalment"].sudo()
            rows._isp_note(self.move_id._isp_cfdi_partials())
            self.env.ref("isp_cfdi.ir_cron_rep").sudo()._trigger()
        return res

    def _isp_on_cancelled(self):
        """Extend: payments of a cancelled complement are reported again, unless undone."""
        res = super()._isp_on_cancelled()
        rows_sudo = self.env["isp.cfdi.instalment"].sudo()
        if self.kind == "P":
            self.sudo().instalment_ids._isp_after_document()
        elif self.pay_method == "PPD":
            rows_sudo.search(
                [("invoice_document_id", "=", self.id), ("state", "=", "pending")]
            ).state = "undone"
            # A substitute takes over what was paid.
            rows_sudo.flush_model()
            rows_sudo._isp_note(self.move_id._isp_cfdi_partials())
        return res

    # === BUSINESS METHODS: BUILD === #

    def _isp_receiver(self, issuer):
        """Extend: a complement goes to whom the invoice went."""
        if self.kind != "P":
            return super()._isp_receiver(issuer)
        invoice = self.instalment_ids[:1].invoice_document_id
        if invoice and self.partner_id._isp_cfdi_rfc() != invoice.receiver_rfc:
            return invoice._isp_receiver_of_xml(), []
        return super()._isp_receiver(issuer)

    def _isp_build_xml(self, issuer, receiver, serie, folio, fecha):
        """Extend: a complement; amounts and balances are those of Odoo's reconciliations."""
        if self.kind != "P":
            return super()._isp_build_xml(issuer, receiver, serie, folio, fecha)
        rows = self.instalment_ids
        if not rows:
            raise UserError(self.env._("No payment is left in this complement."))
        rows._isp_number_rows()
        payments = tuple(
            self._isp_payment(source, members, issuer)
            for source, members in rows.grouped("source_id").items()
        )
        relations = self._isp_relations()
        data = Rep(issuer, receiver, payments, fecha, serie=serie, folio=folio, relations=relations)
        facts = SimpleNamespace(
            issuer=issuer, receiver=receiver, serie=serie, folio=folio, expected_total=0
        )
        return facts, build_rep(data)

    def _isp_payment(self, source, rows, issuer):
        """Return the ``Payment`` of one entry of a payment."""
        payment = source.origin_payment_id
        if payment:
            form = payment._isp_cfdi_form()
        else:
            form = FORM_CASH if source.journal_id.type == "cash" else FORM_TRANSFER
        currency = rows.pay_currency_id.name
        zone = self.company_id.isp_cfdi_tz or None
        return Payment(
            fecha=local_fecha(rows[0].paid_at.replace(tzinfo=UTC), issuer.zip, zone),
            form=form,
            amount=sum(dec(row.pay_amount) for row in rows),
            documents=tuple(row._isp_paid_document() for row in rows.sorted("number")),
            currency=currency,
            exchange_rate=half_up(dec(rows[0].pay_rate), 6) if currency != "MXN" else None,
            operation=payment.isp_reference or "",
        )

    # === HELPERS === #

    def _isp_noon(self, day):
        """Return noon of a local ``day`` at the place of issue, in UTC without zone."""
        moment = datetime.combine(day, time(12)).strftime("%Y-%m-%dT%H:%M:%S")
        return to_utc(moment, *self._isp_place_zone()).replace(tzinfo=None)

    def _isp_rep_last_day(self, paid_at):
        """Return the last local day on which a payment (UTC) may be reported."""
        fecha = local_fecha(paid_at.replace(tzinfo=UTC), *self._isp_place_zone())
        day = datetime.strptime(fecha[:10], "%Y-%m-%d").date()
        return rep_last_day(day, self.company_id.isp_cfdi_rep_day)

    def _isp_place_zone(self):
        """Return (postal code, zone or None) of the place of issue."""
        company = self.company_id.sudo()
        return company.isp_cfdi_zip or company.zip or "", company.isp_cfdi_tz or None
