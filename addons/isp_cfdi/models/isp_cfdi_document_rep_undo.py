from odoo import models
from odoo.exceptions import UserError


class IspCfdiDocument(models.Model):
    """Complements whose payments were undone, whole or in part, after SAT had them.

    Money that is given back opens its invoice again: the allocation is undone, and what is left of
    the payment is a new one. SAT counts the complement until it is cancelled, so the invoice waits.
    """

    _inherit = "isp.cfdi.document"

    # === OUTBOX === #

    def _outbox_note(self, state, error, code=False):
        """Extend: a complement that was refused reports nothing, least of all what was undone."""
        res = super()._outbox_note(state, error, code)
        if state == "error":
            self._isp_leave_undone()
        return res

    # === BUSINESS METHODS === #

    def _isp_build(self):
        """Extend: payments that were undone while the PAC was asked are not built again."""
        self._isp_leave_undone()
        return super()._isp_build()

    def _isp_leave_undone(self):
        """Let go of undone payments, of which no stamp tells SAT; a replaced complement may."""
        undone = self.sudo().instalment_ids.filtered(lambda row: not row.partial_id)
        if undone:
            undone.write({"state": "undone", "document_id": self.replaces_id.id})
            if not self.replaces_id:
                undone._isp_close_gaps()
            self.env.ref("isp_cfdi.ir_cron_rep").sudo()._trigger()

    def _isp_ask_to_cancel(self, move):
        """Somebody has to cancel this complement, since a payment of ``move`` was undone."""
        self._isp_activity(
            self.env._("Cancel this payment complement"),
            self.env._(
                "Of what it reports, the payment of %s was undone, whole or in part. SAT counts"
                " it until you cancel it: with motive 01 when a part of it is still paid, else"
                " with 02. Until then no new payment of this invoice is reported.",
                move.name,
            ),
        )

    def _isp_call_off(self):
        """Nothing is left for the substitute of this complement: SAT is not asked to replace it."""
        for document in self:
            waiting = document.cancellation_ids.filtered(lambda req: req.outbox_state == "draft")
            for request in waiting:
                request._isp_withdraw(self.env._("Nothing that it reports is paid any more."))
            document._isp_drop_substitute()

    def _isp_hand_over(self, substitute):
        """The payments that this complement reports are those of ``substitute`` from now on.

        What was undone stays behind; what is left of such a payment takes its number.

        :raise UserError: nothing that it reports is paid any more, or an invoice was replaced
        """
        rows = self.sudo().instalment_ids
        undone = rows.filtered(lambda row: not row.partial_id)
        undone.state = "undone"
        self.env.flush_all()  # their numbers are free from here on
        rest = undone._isp_rest()
        for row in rest:
            same = undone.filtered(lambda old, row=row: old._isp_key() == row._isp_key())
            row.number = min(same.mapped("number"))
        moving = rows - undone | rest
        if rows and not moving:
            raise UserError(
                self.env._(
                    "Nothing that this complement reports is paid any more: choose the motive 02."
                )
            )
        if "cancelled" in moving.invoice_document_id.mapped("cancel_state"):
            raise UserError(
                self.env._(
                    "An invoice that this complement reports was cancelled: choose the motive 02. "
                    "Its payments are then reported anew, of what took its place."
                )
            )
        moving.write({"state": "issued", "document_id": substitute.id})

    def _isp_hand_back(self, substitute):
        """The substitute is given up: its payments are those of this complement again."""
        undone = self.sudo().instalment_ids.filtered(lambda row: row.state == "undone")
        keys = {row._isp_key() for row in undone}
        rows = substitute.sudo().instalment_ids
        rest = rows.filtered(lambda row: row._isp_key() in keys)
        rest.write({"state": "pending", "document_id": False, "number": 0})
        self.env.flush_all()
        undone.state = "issued"
        (rows - rest).document_id = self
        if undone:
            self._isp_ask_to_cancel(undone[0].move_id)
