from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.till import change_due


class IspCounterPayment(models.TransientModel):
    """At the counter: the money goes into the cashier's open till."""

    _inherit = "isp.counter.payment"

    session_id = fields.Many2one(
        "isp.till.session", string="Till session", compute="_compute_session_id"
    )
    payment_form_id = fields.Many2one(domain="[('counter_kind', '!=', False)]")
    counter_kind = fields.Selection(related="payment_form_id.counter_kind")
    reference_needed = fields.Boolean(related="payment_form_id.counter_reference")
    handed_amount = fields.Monetary(
        string="Cash handed over", help="What the customer gives; the change follows from it."
    )
    change_amount = fields.Monetary(string="Change to give", compute="_compute_change_amount")
    request_mark = fields.Char(readonly=True)

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_session_id(self):
        for wizard in self:
            wizard.session_id = self.env["isp.till.session"]._isp_current(wizard.company_id)

    @api.depends("amount", "handed_amount")
    def _compute_change_amount(self):
        for wizard in self:
            wizard.change_amount = float(change_due(wizard.amount, wizard.handed_amount))

    @api.depends("session_id")
    def _compute_branch_id(self):
        """Extend: the branch is where the till stands."""
        res = super()._compute_branch_id()
        for wizard in self.filtered("session_id"):
            wizard.branch_id = wizard.session_id.sudo().branch_id
        return res

    @api.depends("session_id", "payment_form_id")
    def _compute_journal_id(self):
        """Extend: the journal follows from the till and the form of payment."""
        res = super()._compute_journal_id()
        for wizard in self.filtered(lambda item: item.session_id and item.counter_kind):
            till = wizard.session_id.sudo().till_id
            wizard.journal_id = till._isp_journal(wizard.counter_kind)
        return res

    # === BUSINESS METHODS === #

    def _isp_register(self):
        """Extend: into the open till, with change for cash and a slip for the rest."""
        self.ensure_one()
        self._isp_check_till()
        if self.session_id:
            self.session_id._isp_enter()
        return super()._isp_register()

    def _isp_check_till(self):
        """Raise a `UserError` unless the money can go into a till as it was typed."""
        session, company = self.session_id, self.company_id
        tills_sudo = self.env["isp.till"].sudo()
        if not session and tills_sudo.search_count([("company_id", "=", company.id)], limit=1):
            raise UserError(self.env._("Open a till first: payments are taken in a till."))
        if self.reference_needed and not (self.reference or "").strip():
            raise UserError(
                self.env._("Type the number of the slip of %s.", self.payment_form_id.name)
            )
        if not session:
            return
        if not self.counter_kind:
            raise UserError(
                self.env._("%s is not taken at the counter.", self.payment_form_id.name)
            )
        if self.journal_id.sudo() != session.sudo().till_id._isp_journal(self.counter_kind):
            raise UserError(self.env._("Each form of payment has its journal in the till."))
        handed = self.handed_amount if self.counter_kind == "cash" else 0.0
        if handed and self.currency_id.compare_amounts(handed, self.amount) < 0:
            raise UserError(
                self.env._("The customer handed over less than %s.", self._isp_amount_text())
            )

    def _isp_amount_text(self):
        return self.currency_id.format(self.amount)

    def _prepare_payment_vals(self):
        """Extend: till, cash handed over and the mark of this press of the button."""
        values = super()._prepare_payment_vals()
        if self.session_id:
            values["isp_till_session_id"] = self.session_id.id
            if self.counter_kind == "cash":
                values["isp_handed_amount"] = self.handed_amount
        if self.request_mark:
            values["isp_request_mark"] = self.request_mark
        return values
