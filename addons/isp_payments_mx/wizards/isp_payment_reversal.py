from odoo import api, fields, models


class IspPaymentReversal(models.TransientModel):
    _name = "isp.payment.reversal"
    _description = "Reverse a counter payment"

    payment_id = fields.Many2one("account.payment", required=True)
    company_id = fields.Many2one(related="payment_id.company_id")
    currency_id = fields.Many2one(related="payment_id.currency_id")
    amount = fields.Monetary(related="payment_id.amount")
    partner_id = fields.Many2one(related="payment_id.partner_id")
    own_session_id = fields.Many2one(related="payment_id.isp_till_session_id", string="Taken in")
    needs_session = fields.Boolean(compute="_compute_needs_session")
    session_id = fields.Many2one(
        "isp.till.session",
        string="Cash comes from",
        compute="_compute_session_id",
        store=True,
        readonly=False,
        domain="[('state', '=', 'open'), ('company_id', '=', company_id)]",
        help="Open till whose drawer gives the cash back.",
    )
    reason = fields.Char(required=True)

    # === COMPUTE METHODS === #

    @api.depends("payment_id")
    def _compute_needs_session(self):
        for wizard in self:
            payment_sudo = wizard.payment_id.sudo()
            closed = payment_sudo.isp_till_session_id.state == "closed"
            cash = payment_sudo.isp_payment_form_id.counter_kind == "cash"
            wizard.needs_session = closed and cash

    @api.depends("payment_id")
    def _compute_session_id(self):
        for wizard in self.filtered("needs_session"):
            till = wizard.payment_id.sudo().isp_till_session_id.till_id
            wizard.session_id = till.open_session_id.with_env(self.env)

    # === ACTION METHODS === #

    def action_reverse(self):
        """Take the payment back and print the receipt that says so."""
        self.ensure_one()
        payment = self.payment_id
        if not payment.sudo().isp_reversed_at:
            payment._isp_reverse(self.reason, self.session_id)
        return payment.action_isp_print_receipt() | {"close_on_report_download": True}
