import logging
import uuid

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

from ..services.dto import Relation

_logger = logging.getLogger(__name__)
REPLACES = "04"
#: What a substitute takes over; the rest is built anew.
SUBSTITUTE_FIELDS = (
    "company_id",
    "currency_id",
    "kind",
    "move_id",
    "partner_id",
    "receiver_rfc",
    "receiver_name",
    "total",
    "pay_method",
    "origin_id",
    "relation",
)


class IspCfdiDocument(models.Model):
    """Substitutes, and what follows when SAT has cancelled a document."""

    _inherit = "isp.cfdi.document"

    is_replaced = fields.Boolean(
        readonly=True, copy=False, help="Another document was made to take the place of this one."
    )
    replaces_id = fields.Many2one(
        "isp.cfdi.document",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _replaces_uniq = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL", "A document has one substitute."
    )

    # === BUSINESS METHODS: SUBSTITUTE === #

    def _isp_substitute(self):
        """Return the document that takes the place of this one, made now when there is none.

        It is built with today's data and refers to this one with relation 04.

        :raise UserError: for a global invoice, which is taken apart instead
        """
        self.ensure_one()
        if self.is_global:
            raise UserError(
                self.env._("A global invoice has no substitute: choose the motive 02 or 04.")
            )
        existing = self.search([("replaces_id", "=", self.id)])
        if existing:
            if existing.state in ("draft", "error"):
                existing._isp_build()
            return existing
        self._isp_make_room()
        values = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in SUBSTITUTE_FIELDS
        }
        substitute = self.create(
            {**values, "replaces_id": self.id, "idempotency_key": str(uuid.uuid4())}
        )
        self._isp_hand_over(substitute)
        substitute._isp_build()
        self._isp_trigger()
        return substitute

    def _isp_make_room(self):
        """The document leaves the place of its receipt to the substitute that is created next."""
        self.is_replaced = True
        places = self._isp_places().filtered(lambda row: row.state == "named")
        places.state = "void"
        self.env.flush_all()  # an insert does not wait for the updates before it

    def _isp_take_back(self):
        """The substitute is gone, the document has its place again."""
        self.is_replaced = False
        if self.kind == "I" and self.move_id:
            self._isp_places().filtered(lambda row: row.state == "void")[:1].state = "named"
            # Payments that came meanwhile were noted for the substitute.
            self.env["isp.cfdi.instalment"]._isp_note(self.move_id._isp_cfdi_partials())

    def _isp_drop_substitute(self):
        """Remove a substitute that was never sent; one that was sent stays for the clerk."""
        substitute = self.search([("replaces_id", "=", self.id), ("uuid", "=", False)])
        if substitute and not substitute.attempts:
            self._isp_hand_back(substitute)
            substitute.unlink()
            self._isp_take_back()

    def _isp_relations(self):
        """Extend: a substitute says what it replaces."""
        relations = super()._isp_relations()
        if self.replaces_id:
            relations = (*relations, Relation(REPLACES, (self.replaces_id.uuid,)))
        return relations

    def _isp_on_stamped(self):
        """Extend: what waited for this substitute is cancelled now."""
        res = super()._isp_on_stamped()
        if self.replaces_id:
            waiting = self.replaces_id.cancellation_ids.filtered(
                lambda request: request.outbox_state == "draft"
            )
            for request in waiting:
                self.replaces_id._isp_order_waiting(request)
            if not waiting and self.replaces_id.state in ("stamped", "cancel_rejected"):
                # The request was given up while the PAC had the substitute already.
                self.replaces_id._isp_activity(
                    self.env._("Cancel this CFDI, which has a substitute"),
                    self.env._(
                        "%s has its stamp now and takes its place: SAT counts both until you "
                        "cancel this one with motive 01.",
                        self.name,
                    ),
                )
        return res

    def _isp_order_waiting(self, request):
        """Order a request whose substitute is stamped; the stamp never depends on it."""
        self = self.with_context(lang=self.company_id._isp_lang())
        request = request.with_env(self.env)
        try:
            with self.env.cr.savepoint():
                request._isp_order()
        except (UserError, ValidationError) as error:
            self._isp_activity(self.env._("The cancellation cannot be signed"), str(error))

    def _isp_referring(self):
        """Return the valid documents that refer to this one, as far as we know them."""
        live = [("uuid", "!=", False), ("cancel_state", "!=", "cancelled"), ("id", "!=", self.id)]
        found = self.search([("replaces_id", "=", self.id), *live])
        found |= self.search([("origin_id", "=", self.id), *live])
        if self.move_id:
            others = [("move_id", "=", self.move_id.id), ("kind", "in", ("E", "P"))]
            found |= self.search([*others, *live])
        paid = (
            self.env["isp.cfdi.instalment"].sudo().search([("invoice_document_id", "=", self.id)])
        )
        return found | paid.document_id.filtered_domain(live).with_env(self.env)

    # === BUSINESS METHODS: CANCELLED === #

    def _isp_on_cancelled(self):
        """Extend: the invoice is undone where that was ordered; nobody misses it otherwise."""
        res = super()._isp_on_cancelled()
        self._isp_clear_problems()
        request = self.cancellation_ids[:1]
        if not request:
            self._isp_activity(
                self.env._("SAT says that this CFDI is cancelled"),
                self.env._("Nobody asked for it here: find out who did."),
            )
        elif request.reverse_move:
            self._isp_undo_move()
        return res

    def _isp_undo_move(self):
        """Undo the invoice: cancelled while its books are open, else by a credit note."""
        move = self.move_id
        if move.state != "posted":
            return
        for undo in (self._isp_cancel_move, self._isp_reverse_move):
            try:
                with self.env.cr.savepoint():
                    undo(move)
                return
            except (UserError, ValidationError) as error:
                _logger.info("Invoice %s: %s", move.name, error)
                reason = str(error)
        self._isp_activity(self.env._("Undo the invoice of this cancelled CFDI"), reason)

    def _isp_cancel_move(self, move):
        move.button_draft()
        move.button_cancel()

    def _isp_reverse_move(self, move):
        today = self.company_id._isp_today()
        text = self.env._("CFDI %s was cancelled", self.name)
        move._reverse_moves([{"date": today, "invoice_date": today, "ref": text}], cancel=True)

    # === BUSINESS METHODS: WHAT PEOPLE SEE === #

    def _isp_badge(self):
        """Return {"code", "label", "checked_at"} for the portal; ``checked_at`` is UTC or False.

        A document whose cancellation was refused is valid.
        """
        self.ensure_one()
        code = {
            "cancelled": "cancelled",
            "cancel_requested": "cancelling",
            "cancel_in_process": "cancelling",
            "stamped": "valid",
            "cancel_rejected": "valid",
        }.get(self.state, "pending")
        labels = {
            "valid": self.env._("VALID"),
            "cancelling": self.env._("BEING CANCELLED"),
            "cancelled": self.env._("CANCELLED"),
            "pending": self.env._("BEING STAMPED"),
        }
        return {"code": code, "label": labels[code], "checked_at": self.sat_checked_at}
