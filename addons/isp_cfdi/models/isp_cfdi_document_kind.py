from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const_issue import PAY_METHODS, RELATIONS
from ..services import const as sat
from ..services.builder import build_comprobante
from ..services.dto import Receiver, Relation
from ..services.global_invoice import everybody
from ..services.xmlio import parse


class IspCfdiDocument(models.Model):
    """Invoices and credit notes: method, form, receiver and relation by the kind of document."""

    _inherit = "isp.cfdi.document"

    pay_method = fields.Selection(
        PAY_METHODS, string="Method to be written", default="PUE", required=True, readonly=True
    )
    origin_id = fields.Many2one(
        "isp.cfdi.document",
        string="Corrects",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    relation = fields.Selection(RELATIONS, readonly=True)

    _credit_live_uniq = models.UniqueIndex(
        "(move_id) WHERE cancel_state != 'cancelled' AND kind = 'E' AND is_replaced IS NOT TRUE",
        "The entry already has a live credit note (CFDI).",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """A named invoice takes the place of its receipt, the only one it may have."""
        documents = super().create(vals_list)
        documents.filtered(lambda doc: doc.kind == "I" and doc.move_id)._isp_take_place()
        return documents

    # === BUSINESS METHODS: NEW DOCUMENTS === #

    def _isp_is_of(self, move):
        """Return whether this is the document of ``move`` itself, no correction of it."""
        return self.kind == ("E" if move.move_type == "out_refund" else "I")

    def _isp_is_of_move(self):
        """Return whether the document is that of its entry, whose end is the end of both."""
        return bool(self.move_id) and self._isp_is_of(self.move_id)

    def _prepare_move_vals(self, move):
        """Extend: the method follows from the rule of the customer and the company."""
        method = move._isp_cfdi_method() if move.move_type == "out_invoice" else "PUE"
        return {**super()._prepare_move_vals(move), "pay_method": method}

    @api.model
    def _isp_create_credit(self, note, origin):
        """Create the CFDI of a credit note of an invoice that SAT knows as ``origin``.

        :return: the document, the live one when there is one already
        """
        existing = self.sudo().search(
            [("move_id", "=", note.id), ("kind", "=", "E"), ("cancel_state", "!=", "cancelled")]
        )
        if existing:
            return existing
        goods = note.invoice_line_ids.product_id.filtered(lambda prod: prod.type == "consu")
        values = {
            **self._prepare_move_vals(note),
            "kind": "E",
            "origin_id": origin.id,
            "relation": note.isp_cfdi_relation or ("03" if goods else "01"),
        }
        if origin.is_global:
            values.update(receiver_rfc=sat.RFC_GENERIC, receiver_name=sat.NAME_GENERIC)
        document = self.sudo().create(values)
        document._isp_build()
        return document

    # === BUSINESS METHODS: BUILD === #

    def _isp_serie_kind(self):
        """Return the letter whose series and folios the document uses."""
        return "G" if self.is_global else self.kind

    def _isp_number(self):
        """Extend: each kind counts for itself."""
        kind = self._isp_serie_kind()
        if self.folio or kind == "I":
            return super()._isp_number()
        company = self.company_id
        return company._isp_cfdi_serie_of(kind), company._isp_cfdi_next_folio(kind)

    def _isp_receiver(self, issuer):
        """Extend: everybody for what concerns a global invoice, the origin's for a credit note."""
        if self.is_global or self.origin_id.is_global:
            return everybody(issuer), []
        if self.kind != "E" or self.partner_id._isp_cfdi_rfc() == self.origin_id.receiver_rfc:
            receiver, problems = super()._isp_receiver(issuer)
        else:
            # The customer has another RFC by now; the credit note goes to whom was invoiced.
            receiver, problems = self.origin_id._isp_receiver_of_xml(), []
        return (self._isp_credit_use(receiver) if self.kind == "E" else receiver), problems

    def _isp_credit_use(self, receiver):
        """A credit note is used as G02 where the regime may, else without fiscal effects."""
        generic = receiver.rfc in (sat.RFC_GENERIC, sat.RFC_FOREIGN)
        fits = receiver.regime in sat.USE_REGIMES["G02"] and not generic
        return replace(receiver, use="G02" if fits else sat.USE_NONE)

    def _isp_receiver_of_xml(self):
        """Return the Receptor that the document names."""
        node = parse(self._isp_xml()).find(f"{sat.CFDI}Receptor")
        names = ("Rfc", "Nombre", "RegimenFiscalReceptor", "UsoCFDI", "DomicilioFiscalReceptor")
        return Receiver(*(node.get(name, "") for name in names))

    def _isp_relations(self):
        """Return the ``Relation`` tuple of the document.

        :raise UserError: when what it corrects is not stamped
        """
        relations = super()._isp_relations()
        if not self.origin_id:
            return relations
        # Its state follows in the same transaction when it has just got its UUID.
        if not self.origin_id.uuid or self.origin_id.cancel_state == "cancelled":
            raise UserError(
                self.env._("%s, which this document corrects, is not valid.", self.origin_id.name)
            )
        return (*relations, Relation(self.relation, (self.origin_id.uuid,)))

    def _isp_build_xml(self, issuer, receiver, serie, folio, fecha):
        """Extend: method, form and relations of an invoice or credit note."""
        if self.is_global or self.kind not in ("I", "E") or not self.move_id:
            return super()._isp_build_xml(issuer, receiver, serie, folio, fecha)
        data = self.move_id._isp_cfdi_data(
            issuer, receiver, serie, folio, fecha, form=self._isp_form()
        )
        data = replace(
            data, kind=self.kind, method=self.pay_method, relations=self._isp_relations()
        )
        return data, build_comprobante(data)

    def _isp_form(self):
        """Return FormaPago: "99" for PPD, the expected one before the payment, None to look."""
        if self.pay_method == "PPD":
            return sat.FORM_TO_DEFINE
        company = self.company_id
        if self.kind == "E":
            origin = parse(self.origin_id._isp_xml()).get("FormaPago")
            return company.isp_cfdi_form_unpaid if origin in (None, "99") else origin
        return None if self.move_id._isp_is_settled() else company.isp_cfdi_form_expected

    def _isp_problem_text(self, problem):
        """Extend: problems of an invoice's lines."""
        code, _colon, text = problem.partition(": ")
        if code == "NEGATIVE":
            return self.env._(
                "The negative line “%s” is larger than the lines with the same taxes: correct the "
                "invoice, or use a credit note.",
                text,
            )
        return super()._isp_problem_text(problem)
