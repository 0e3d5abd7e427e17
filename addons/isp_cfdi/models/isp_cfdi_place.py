from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..services.errors import CfdiDataError
from ..services.periods import period_of
from ..services.receipt import pack_receipt
from ..services.totals import compute_totals

LIVE = ("named", "pending", "global")
#: States of a global invoice that was surely not sent, or refused for good.
UNSENT = ("draft", "ready", "error")


class IspCfdiPlace(models.Model):
    """Where a receipt is invoiced: by a named document, or in a global invoice.

    A receipt has one live place at most, and the database holds to that. Old places stay: they
    tell how a receipt left its global invoice.
    """

    _name = "isp.cfdi.place"
    _description = "CFDI: where a receipt is invoiced"
    _order = "id desc"
    _rec_name = "reference"

    move_id = fields.Many2one(
        "account.move", string="Receipt", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Customer", store=True
    )
    currency_id = fields.Many2one(related="move_id.currency_id", store=True)
    state = fields.Selection(
        [
            ("named", "Own invoice"),
            ("pending", "Waits for its global invoice"),
            ("global", "In a global invoice"),
            ("leaving", "Leaves the global invoice"),
            ("left", "Left the global invoice"),
            ("void", "Not invoiced"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    is_live = fields.Boolean(compute="_compute_is_live", store=True)
    document_id = fields.Many2one(
        "isp.cfdi.document", string="CFDI", readonly=True, index=True, ondelete="restrict"
    )
    taken_by_id = fields.Many2one(
        "isp.cfdi.document",
        string="Taken out by",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    credit_id = fields.Many2one(
        "isp.cfdi.document",
        string="Credit note of the global invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reference = fields.Char(string="Folio", readonly=True)
    day = fields.Date(string="Paid on", readonly=True)
    period = fields.Char(readonly=True, help="SAT's code: 01 daily to 05 every two months")
    period_end = fields.Date(readonly=True)
    total = fields.Monetary(readonly=True)
    form = fields.Char(string="Payment form", readonly=True)
    concept = fields.Json(readonly=True, help="Amount and taxes, as the tax engine gave them")
    problem = fields.Text(readonly=True)

    _live_uniq = models.UniqueIndex(
        "(move_id) WHERE state IN ('named', 'pending', 'global')",
        "A receipt is invoiced once: by its own invoice or in a global one.",
    )
    _has_document = models.Constraint(
        "CHECK(state = 'void' OR (state = 'pending') = (document_id IS NULL))",
        "A receipt that is invoiced has its CFDI.",
    )
    _credit_uniq = models.UniqueIndex(
        "(credit_id) WHERE credit_id IS NOT NULL", "A credit note takes one receipt out."
    )
    _waiting = models.Index("(company_id, period_end) WHERE state = 'pending'")

    # === COMPUTE METHODS === #

    @api.depends("state")
    def _compute_is_live(self):
        for row in self:
            row.is_live = row.state in LIVE

    # === ACTION METHODS === #

    def action_retry(self):
        """Read the receipt again after what was wrong with it was mended."""
        self.env["isp.cfdi.document"].check_access("write")
        self.check_access("read")
        for row_sudo in self.sudo().filtered(lambda row: row.state == "pending"):
            row_sudo._isp_read_receipt()

    # === BUSINESS METHODS: INTO THE GLOBAL === #

    @api.model
    def _isp_queue(self, moves):
        """Let paid receipts wait for the global invoice of their period; return the new rows."""
        rows = self.sudo()
        taken = moves._isp_cfdi_live_place().move_id
        for move in moves - taken:
            day = move._isp_cfdi_paid_day()
            period = period_of(day, move.company_id.sudo().isp_cfdi_global_period)
            row = rows.create(
                {
                    "move_id": move.id,
                    "state": "pending",
                    "reference": move.name,
                    "day": day,
                    "period": period.kind,
                    "period_end": period.end,
                    "total": move.amount_total,
                }
            )
            row._isp_read_receipt()
            rows |= row
        return rows

    def _isp_read_receipt(self):
        """Keep amount and taxes of the receipt; what is wrong with it never stops its payment."""
        self.ensure_one()
        move = self.move_id.with_context(lang=self.company_id._isp_lang())
        try:
            concepts, _total = move._isp_cfdi_concepts()
            totals = compute_totals(concepts, move.currency_id.decimal_places)
            values = {
                "concept": pack_receipt(totals),
                "form": move._isp_cfdi_form(),
                "problem": False,
            }
        except (CfdiDataError, UserError, ValidationError) as error:
            problems = getattr(error, "problems", None) or [str(error)]
            values = {"concept": False, "problem": "\n".join(problems)}
        self.write(values)

    # === BUSINESS METHODS: OUT OF THE GLOBAL === #

    def _isp_is_free(self):
        """Return whether SAT knows nothing of the place yet."""
        self.ensure_one()
        return self.state == "pending" or (
            self.state == "global" and self.document_id.state in UNSENT
        )

    def _isp_release(self):
        """Give up a place of which SAT knows nothing; its global invoice is built without it.

        :raise UserError: while the global invoice is being stamped
        """
        self.ensure_one()
        document = self.document_id
        if document:
            document = document.try_lock_for_update().filtered(lambda doc: doc.state in UNSENT)
            if not document:
                raise UserError(
                    self.env._(
                        "%s is in a global invoice that SAT has just received: try again in a few "
                        "minutes, or issue a credit note.",
                        self.reference,
                    )
                )
        self.write({"state": "void", "document_id": False})
        if document:
            document._isp_rebuild_global()

    def _isp_leave(self, document):
        """Make room for the named ``document`` of the receipt.

        A global invoice that is stamped keeps the receipt until the named one is stamped too.
        """
        for row in self.filtered(lambda place: place.state in ("pending", "global")):
            if row._isp_is_free() or row.document_id.state == "sent":
                row._isp_release()
            else:
                row.write({"state": "leaving", "taken_by_id": document.id})

    def _isp_return(self):
        """Put receipts back whose named document will never be stamped."""
        for row in self:
            alive = row.document_id.cancel_state != "cancelled"
            row.write(
                {
                    "state": "global" if alive else "pending",
                    "document_id": row.document_id.id if alive else False,
                    "taken_by_id": False,
                }
            )

    def _isp_finish_leaving(self):
        """The named documents of these receipts are stamped: set their global invoice right."""
        documents = self.env["isp.cfdi.document"].sudo()
        reissued = defaultdict(lambda: self.browse())
        for row in self:
            if row.company_id.isp_cfdi_self_policy == "credit":
                row.credit_id = documents._isp_create_leaving(row)
                row.state = "left"
            else:
                reissued[row.document_id] |= row
        for document in reissued:
            document._isp_reissue_global()
        if self.credit_id:
            documents._isp_trigger()
