from odoo import api, fields, models
from odoo.exceptions import UserError


class IspTillMovement(models.Model):
    """Cash into or out of the drawer that is no payment: never changed, never deleted."""

    _name = "isp.till.movement"
    _description = "Cash movement of a till"
    _order = "id"

    session_id = fields.Many2one(
        "isp.till.session", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="session_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="session_id.currency_id")
    kind = fields.Selection(
        [("in", "Cash in"), ("out", "Cash out"), ("reversal", "Payment given back")],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(required=True, readonly=True)
    amount_signed = fields.Monetary(string="Change of the drawer", compute="_compute_amount_signed")
    reason_id = fields.Many2one("isp.till.reason", readonly=True)
    note = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True)
    moment = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    payment_id = fields.Many2one("account.payment", readonly=True, index="btree_not_null")
    move_id = fields.Many2one("account.move", string="Entry", readonly=True)

    _amount_positive = models.Constraint("CHECK(amount > 0)", "The amount must be more than zero.")
    _payment_uniq = models.UniqueIndex(
        "(payment_id) WHERE payment_id IS NOT NULL", "A payment is given back once."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "amount")
    def _compute_amount_signed(self):
        for movement in self:
            movement.amount_signed = movement.amount if movement.kind == "in" else -movement.amount

    @api.depends("reason_id", "note", "payment_id")
    def _compute_display_name(self):
        for movement in self:
            movement.display_name = movement._isp_text()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: only into an open drawer, and booked where the reason says."""
        sessions = self.env["isp.till.session"].browse(vals["session_id"] for vals in vals_list)
        sessions._isp_check_open()
        movements = super().create(vals_list)
        for movement in movements:
            movement._isp_book()
        return movements

    def write(self, vals):
        """Extend: what moved has moved."""
        if set(vals) - {"move_id"} or self.move_id:
            raise UserError(self.env._("A cash movement stays as it is: make another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A cash movement stays as it is: make another one."))

    # === BUSINESS METHODS === #

    def _isp_text(self):
        """Return the reason in words."""
        self.ensure_one()
        words = [self.reason_id.name, self.note]
        if self.payment_id:
            words.insert(0, self.env._("Payment no. %s", self.payment_id.sudo().isp_number))
        return ", ".join(word for word in words if word)

    def _isp_book(self):
        """Post the entry between the cash and the account of the reason, if it has one.

        Money given back was taken out of the cash that had received it, by the reversal of the
        payment; the cash of another branch that gives it makes up for that.
        """
        self.ensure_one()
        session = self.session_id
        account = self.reason_id.with_company(session.company_id).account_id
        if self.kind == "reversal":
            taken = self.payment_id.sudo().isp_till_session_id.journal_id
            account = taken.default_account_id - session.journal_id.default_account_id
        if account:
            entry = session._isp_create_entry(account, self.amount_signed, self._isp_text())
            self.move_id = entry
