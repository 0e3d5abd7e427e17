from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..const import MOTIVES
from ..services.schedule import last_cancel_day, needs_acceptance

SUBSTITUTE = "01"
#: Motives after which the invoice itself is wrong as well.
UNDONE = ("02", "03")


class IspCfdiCancel(models.TransientModel):
    _name = "isp.cfdi.cancel"
    _description = "CFDI: cancel a document"

    document_id = fields.Many2one("isp.cfdi.document", required=True, readonly=True)
    uuid = fields.Char(related="document_id.uuid")
    motive = fields.Selection(MOTIVES, required=True, default="02")
    explanation = fields.Text(compute="_compute_texts")
    outlook = fields.Text(compute="_compute_texts")
    has_move = fields.Boolean(compute="_compute_texts")
    reverse_move = fields.Boolean(
        string="Undo the invoice when SAT has cancelled it",
        compute="_compute_reverse_move",
        store=True,
        readonly=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("motive")
    def _compute_reverse_move(self):
        for wizard in self:
            wizard.reverse_move = wizard._isp_undoes()

    @api.depends("motive", "document_id")
    def _compute_texts(self):
        for wizard in self:
            wizard.explanation = wizard._isp_explanation()
            wizard.outlook = wizard._isp_outlook()
            wizard.has_move = wizard._isp_undoes()

    # === ACTION METHODS === #

    def action_request(self):
        """Order the cancellation; the worker presents it to SAT."""
        self.ensure_one()
        self.document_id.check_access("write")
        request = self.env["isp.cfdi.cancellation"]._isp_request(
            self.document_id, self.motive, self.reverse_move
        )
        substitute = request.substitute_id
        if not substitute:
            return {"type": "ir.actions.act_window_close"}
        return substitute.with_env(self.env)._get_records_action()

    # === HELPERS === #

    def _isp_undoes(self):
        """Return whether the motive undoes the entry that the document itself is about.

        A credit note that takes a receipt out of its global invoice leaves the receipt alone.
        """
        return self.motive in UNDONE and self.document_id._isp_is_of_move()

    def _isp_explanation(self):
        """Return what happens with the chosen motive."""
        _ = self.env._
        texts = {
            "01": _(
                "A new CFDI is issued first, with the data that customer and invoice have today. "
                "When it has its stamp, SAT is asked to cancel this one. Correct the data before."
            ),
            "02": _(
                "The CFDI has errors and nothing takes its place. SAT refuses while credit notes "
                "or payment complements refer to it: cancel those first."
            ),
            "03": _("The sale did not take place. Nothing takes the place of the CFDI."),
            "04": _(
                "The sale was in a global invoice and now has an invoice of its own: the global "
                "one is cancelled and issued again without it."
            ),
        }
        return texts.get(self.motive, "")

    def _isp_outlook(self):
        """Return who decides, and until when."""
        document = self.document_id
        if not document.stamped_at:
            return ""
        referring = document.sudo()._isp_referring()
        if referring and self.motive != SUBSTITUTE:
            return self.env._(
                "SAT will refuse it: these valid documents refer to it: %s.",
                ", ".join(referring.mapped("name")),
            )
        company = document.company_id
        asked = needs_acceptance(
            document.kind,
            Decimal(str(document.total)),
            document.receiver_rfc or "",
            fields.Datetime.now() - document.stamped_at,
            Decimal(str(company.sudo().isp_cfdi_free_limit)),
        )
        parts = [
            self.env._("SAT asks the recipient, who has three working days; silence is consent.")
            if asked
            else self.env._("SAT will probably cancel it at once, without asking the recipient.")
        ]
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=company._isp_zone_name()), document.stamped_at
        )
        last = last_cancel_day(local.date(), document.issuer_rfc or "")
        if company._isp_today() > last - timedelta(days=30):
            parts.append(
                self.env._("The last day to cancel it is %s; later it costs a fine.", last)
            )
        return " ".join(parts)
