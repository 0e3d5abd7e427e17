import logging
import uuid
from collections import Counter
from types import SimpleNamespace

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.isolation import attempt, reason_of

from ..services import const as sat
from ..services.builder import build_comprobante
from ..services.dto import Comprobante, GlobalInfo, GlobalInvoice
from ..services.global_invoice import build_global, everybody
from ..services.periods import period_of
from ..services.receipt import credit_concept, receipt_total, unpack_receipt

_logger = logging.getLogger(__name__)


class IspCfdiDocument(models.Model):
    """Global invoices of paid receipts, and how a receipt leaves one."""

    _inherit = "isp.cfdi.document"

    # === CRUD METHODS === #

    def unlink(self):
        """Extend: the receipts of a document that never was look for their place again."""
        self.check_access("unlink")
        self._isp_free_places()
        return super().unlink()

    # === BUSINESS METHODS: PLACES === #

    def _isp_places(self):
        """Return the rows of the receipts that these documents invoice."""
        return self.env["isp.cfdi.place"].sudo().search([("document_id", "in", self.ids)])

    def _isp_take_place(self):
        """Put the receipt of each named document in its only live place."""
        places_sudo = self.env["isp.cfdi.place"].sudo()
        for document in self:
            move = document.move_id
            move._isp_cfdi_live_place()._isp_leave(document)
            # An insert does not wait for the updates before it, the unique index does.
            places_sudo.flush_model(["state"])
            places_sudo.create(
                {
                    "move_id": move.id,
                    "state": "named",
                    "document_id": document.id,
                    "reference": move.name,
                    "total": move.amount_total,
                }
            )

    def _isp_free_places(self):
        """Forget the places of documents that will never be stamped."""
        places_sudo = self._isp_places()
        named = places_sudo.filtered(lambda row: row.state == "named")
        leaving = places_sudo.search([("taken_by_id", "in", self.ids), ("state", "=", "leaving")])
        named.unlink()
        leaving._isp_return()
        collected = places_sudo.exists().filtered(lambda row: row.state == "global")
        collected.write({"state": "pending", "document_id": False})
        (places_sudo.exists() - collected).write({"state": "void", "document_id": False})

    def _isp_on_stamped(self):
        """Extend: what waited for the UUID of this document goes on.

        Whatever fails there, the stamp is kept: somebody is told, and the next sweep retries.
        """
        res = super()._isp_on_stamped()
        error, _result = attempt(self.env, self._isp_go_on)
        if error:
            _logger.error("%s: what follows its stamp failed", self.uuid, exc_info=error)
            self._isp_activity(
                self.env._("What follows the stamp could not be issued"), reason_of(error)
            )
        return res

    def _isp_go_on(self):
        """Set right the global invoices that receipts leave, issue the notes that waited."""
        places_sudo = self._isp_places().filtered("is_live")
        if self.kind == "I" and not self.is_global:
            leaving = places_sudo.search([("taken_by_id", "=", self.id), ("state", "=", "leaving")])
            leaving._isp_finish_leaving()
        # Credit notes that were posted before the invoice had its UUID.
        places_sudo.move_id._isp_cfdi_notes()._isp_cfdi_issue_credit()

    def _isp_on_cancelled(self):
        """Extend: receipts of a cancelled document have no place, or wait for the next global."""
        res = super()._isp_on_cancelled()
        for row_sudo in self._isp_places():
            if row_sudo.state == "global":
                row_sudo.write({"state": "pending", "document_id": False})
            elif row_sudo.state == "leaving":
                row_sudo.state = "left"
            elif row_sudo.state == "named":
                row_sudo.state = "void"
        if self.is_global:
            self.env.ref("isp_cfdi.ir_cron_global").sudo()._trigger()
        return res

    # === BUSINESS METHODS: GLOBAL === #

    @api.model
    def _isp_create_global(self, rows):
        """Create the global invoice of waiting receipts of one period and currency."""
        first = rows[0]
        document = self.sudo().create(
            {
                "company_id": first.company_id.id,
                "currency_id": first.currency_id.id,
                "is_global": True,
                "receiver_rfc": sat.RFC_GENERIC,
                "receiver_name": sat.NAME_GENERIC,
                "total": sum(rows.mapped("total")),
                "idempotency_key": str(uuid.uuid4()),
            }
        )
        rows.write({"state": "global", "document_id": document.id})
        document._isp_build()
        return document

    def _isp_build_xml(self, issuer, receiver, serie, folio, fecha):
        """Extend: a global invoice, or the credit note that takes a receipt out of one."""
        if self.is_global:
            return self._isp_build_global(issuer, serie, folio, fecha)
        leaving = self._isp_leaving_row()
        if leaving:
            return self._isp_build_leaving(leaving, issuer, receiver, serie, folio, fecha)
        return super()._isp_build_xml(issuer, receiver, serie, folio, fecha)

    def _isp_build_global(self, issuer, serie, folio, fecha):
        """Return (facts, XML): one concept per receipt, streamed out of the database."""
        rows = self._isp_places().filtered(lambda row: row.state == "global").sorted("id")
        if not rows:
            raise UserError(self.env._("No receipt is left in this global invoice."))
        receipts = [unpack_receipt(row.reference, row.concept) for row in rows]
        period = period_of(rows[0].period_end, rows[0].period)
        forms = Counter()
        for row in rows:
            forms[row.form] += row.total
        currency, rate = self.currency_id.name, None
        if currency != "MXN":
            rate = rows[0].move_id._isp_cfdi_rate()
        data = GlobalInvoice(
            issuer=issuer,
            receipts=receipts,
            info=GlobalInfo(period.kind, period.months, period.end.year),
            fecha=fecha,
            expected_total=sum(map(receipt_total, receipts)),
            form=forms.most_common(1)[0][0],
            serie=serie,
            folio=folio,
            currency=currency,
            exchange_rate=rate,
        )
        facts = SimpleNamespace(
            issuer=issuer,
            receiver=everybody(issuer),
            serie=serie,
            folio=folio,
            expected_total=data.expected_total,
        )
        return facts, build_global(data)

    def _isp_rebuild_global(self):
        """Build an unsent global invoice again without the receipts that left it."""
        self.ensure_one()
        if self._isp_places().filtered(lambda row: row.state == "global"):
            self._isp_build()
        elif self.attempts:
            self.outbox_state = "draft"
        else:
            self.unlink()

    def _isp_reissue_global(self):
        """Ask SAT to cancel a global invoice (04) whose receipts got their own invoices.

        The receipts that stay wait for the next one as soon as SAT has cancelled this one.
        """
        self.ensure_one()
        if self.cancel_state in ("requested", "in_process", "cancelled"):
            return
        try:
            self.env["isp.cfdi.cancellation"]._isp_request(self, "04")
        except UserError as error:
            self._isp_activity(self.env._("Cancel this global invoice (04)"), str(error))

    # === BUSINESS METHODS: CREDIT NOTE ON A GLOBAL === #

    @api.model
    def _isp_create_leaving(self, row):
        """Create the credit note that takes a receipt out of a stamped global invoice."""
        document = self.sudo().create(
            {
                **self._prepare_move_vals(row.move_id),
                "kind": "E",
                "pay_method": "PUE",
                "origin_id": row.document_id.id,
                "relation": "01",
                "receiver_rfc": sat.RFC_GENERIC,
                "receiver_name": sat.NAME_GENERIC,
            }
        )
        row.credit_id = document
        document._isp_build()
        return document

    def _isp_leaving_row(self):
        return self.env["isp.cfdi.place"].sudo().search([("credit_id", "=", self.id)], limit=1)

    def _isp_build_leaving(self, row, issuer, receiver, serie, folio, fecha):
        receipt = unpack_receipt(row.reference, row.concept)
        text = self.env._("Receipt %s, invoiced to its customer", row.reference)
        data = Comprobante(
            issuer=issuer,
            receiver=receiver,
            concepts=(credit_concept(receipt, text),),
            fecha=fecha,
            expected_total=receipt_total(receipt),
            serie=serie,
            folio=folio,
            kind="E",
            form=row.form,
            currency=self.currency_id.name,
            exchange_rate=row.move_id._isp_cfdi_rate(),
            relations=self._isp_relations(),
        )
        return data, build_comprobante(data)
