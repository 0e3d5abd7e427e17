from odoo import api, fields, models
from odoo.exceptions import UserError

PAPERS = [("letter", "Letter"), ("80", "Ticket of 80 mm"), ("58", "Ticket of 58 mm")]


class IspTill(models.Model):
    _name = "isp.till"
    _description = "Till"
    _order = "branch_id, code, name"
    _check_company_auto = True
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Short; begins the number of its sessions.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    branch_id = fields.Many2one("isp.branch", required=True, check_company=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Cash journal",
        required=True,
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('type', '=', 'cash')]",
        check_company=True,
    )
    card_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of the card terminal",
        domain="[('type', '=', 'bank')]",
        check_company=True,
        help="Where card payments are booked; the bank journal when empty.",
    )
    bank_journal_id = fields.Many2one(
        "account.journal",
        string="Bank journal",
        domain="[('type', '=', 'bank')]",
        check_company=True,
        help="Where deposits and transfers are booked; the first bank journal when empty.",
    )
    paper = fields.Selection(PAPERS, string="Receipts on", default="80", required=True)
    user_ids = fields.Many2many(
        "res.users", string="Cashiers", help="Who may open this till; empty: every cashier."
    )
    session_ids = fields.One2many("isp.till.session", "till_id", string="Sessions")
    open_session_id = fields.Many2one("isp.till.session", compute="_compute_open_session_id")
    last_counted = fields.Monetary(compute="_compute_open_session_id")

    _code_uniq = models.Constraint(
        "UNIQUE(company_id, code)", "There is already a till with this code."
    )

    # === COMPUTE METHODS === #

    @api.depends("branch_id")
    def _compute_journal_id(self):
        for till in self:
            till.journal_id = till.branch_id.sudo().journal_id or till.journal_id

    @api.depends("session_ids.state")
    def _compute_open_session_id(self):
        sessions = self.env["isp.till.session"].sudo()
        for till in self:
            own = [("till_id", "=", till.id)]
            current = sessions.search([*own, ("state", "=", "open")], limit=1)
            till.open_session_id = current.with_env(self.env)
            last = sessions.search([*own, ("state", "=", "closed")], order="id desc", limit=1)
            till.last_counted = last.left_amount

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: a till in use stays where its sessions are."""
        if {"company_id", "journal_id"} & set(vals) and any(self.mapped("open_session_id")):
            raise UserError(self.env._("Close the till before its journal is changed."))
        return super().write(vals)

    # === ACTION METHODS === #

    def action_open_wizard(self):
        """Ask for the opening float."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_till_opening_action"
        )
        return {**action, "context": {"default_till_id": self.id}}

    def action_view_sessions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_till_session_action"
        )
        return {**action, "domain": [("till_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _isp_open(self, opening_amount):
        """Open the till for the current user; return the session.

        :raise UserError: it is open, belongs to others, or the user has another one open
        """
        self.ensure_one()
        sessions = self.env["isp.till.session"]
        sessions._isp_check_cashier()
        self.check_access("read")
        till_sudo = self.sudo()
        if not till_sudo.active or (till_sudo.user_ids and self.env.user not in till_sudo.user_ids):
            raise UserError(self.env._("%s is not among your tills.", till_sudo.name))
        if till_sudo.open_session_id:
            cashier = till_sudo.open_session_id.user_id.name
            raise UserError(
                self.env._("%(till)s is open: %(user)s.", till=till_sudo.name, user=cashier)
            )
        if mine := sessions._isp_current(till_sudo.company_id):
            raise UserError(self.env._("Close %s first.", mine.sudo().till_id.name))
        if self.currency_id.compare_amounts(opening_amount, 0.0) < 0:
            raise UserError(self.env._("The opening float cannot be negative."))
        session = sessions.sudo().create(
            {
                "till_id": self.id,
                "user_id": self.env.uid,
                "opening_amount": opening_amount,
                "suggested_amount": till_sudo.last_counted,
            }
        )
        return session.with_env(self.env)

    def _isp_journal(self, kind):
        """Return the journal in which a payment of this ``counter_kind`` is booked.

        :raise UserError: there is none
        """
        self.ensure_one()
        till_sudo = self.sudo()
        if kind == "cash":
            return till_sudo.journal_id
        chosen = till_sudo.card_journal_id if kind == "card" else till_sudo.bank_journal_id
        journals = self.env["account.journal"].sudo()
        found = (
            chosen
            or till_sudo.bank_journal_id
            or journals.search(
                [*journals._check_company_domain(till_sudo.company_id), ("type", "=", "bank")],
                order="sequence, id",
                limit=1,
            )
        )
        if not found:
            raise UserError(self.env._("%s has no bank journal.", till_sudo.name))
        return found
