from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const_issue import RELATIONS
from .account_move import READERS


class AccountMove(models.Model):
    """What staff decides about the CFDI of an entry by hand."""

    _inherit = "account.move"

    isp_cfdi_relation = fields.Selection(
        [(code, text) for code, text in RELATIONS if code != "04"],
        string="Relation of the CFDI",
        copy=False,
        help="TipoRelacion of a credit note. Empty: 03 when goods come back, else 01.",
    )
    isp_cfdi_collected = fields.Boolean(
        string="In or before a global invoice",
        compute="_compute_isp_cfdi_collected",
        groups=READERS,
    )

    # === COMPUTE METHODS === #

    @api.depends("isp_cfdi_place_ids.state")
    def _compute_isp_cfdi_collected(self):
        for move in self:
            states = move.isp_cfdi_place_ids.mapped("state")
            move.isp_cfdi_collected = bool({"pending", "global"} & set(states))

    # === BUSINESS METHODS === #

    def _isp_cfdi_tell_unrelated(self):
        """Tell who answers for the CFDI that these credit notes correct no invoice.

        SAT wants the UUID of what a credit note corrects (CfdiRelacionados): without an invoice
        there is none, and no CFDI. Their posting goes on, the books may need them.
        """
        for note_sudo in self.sudo():
            company = note_sudo.company_id
            note_sudo = note_sudo.with_context(lang=company._isp_lang())
            summary = note_sudo.env._("This credit note gets no CFDI")
            if summary in note_sudo.activity_ids.mapped("summary"):
                continue  # posted again
            note_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note_sudo.env._(
                    "It corrects no invoice, and SAT wants the UUID of the one that it corrects. "
                    "Cancel it and use «Credit note» on the invoice instead."
                ),
                user_id=company._isp_cfdi_user().id,
            )

    # === ACTION METHODS === #

    def action_isp_cfdi_named(self):
        """Issue a named invoice of a receipt that is, or would be, in a global one."""
        self.ensure_one()
        self.check_access("write")
        self.env["isp.cfdi.document"].check_access("write")
        self._isp_cfdi_self_invoice()
        return self.action_isp_view_cfdi()

    def action_isp_cfdi_credit(self):
        """Issue the CFDI of a credit note."""
        self.ensure_one()
        self.check_access("write")
        self.env["isp.cfdi.document"].check_access("write")
        if not self._isp_cfdi_issue_credit():
            raise UserError(
                self.env._(
                    "The invoice that this credit note corrects has no stamped CFDI: a credit "
                    "note is made with «Credit note» on its invoice, and issued after it."
                )
            )
        return self.action_isp_view_cfdi()
