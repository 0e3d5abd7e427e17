from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..services.till import expected_cash

CASHIER = "isp_subscription.group_isp_cashier"
MANAGER = "isp_subscription.group_isp_manager"


class IspTillSession(models.Model):
    """A cashier's turn at a till: from the opening float to the count.

    Everything is written by the methods of this model with the rights of the system; nobody
    writes a session by hand, and a closed one is never written again.
    """

    _name = "isp.till.session"
    _description = "Till session"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_names_search = ["name", "till_id.name", "user_id.name"]

    name = fields.Char(string="Session", required=True, readonly=True, copy=False, index=True)
    till_id = fields.Many2one(
        "isp.till", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="till_id.company_id", store=True, index=True, precompute=True
    )
    branch_id = fields.Many2one(
        related="till_id.branch_id", store=True, index=True, precompute=True
    )
    journal_id = fields.Many2one(
        related="till_id.journal_id", store=True, precompute=True, string="Cash journal"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Cashier", required=True, readonly=True)
    state = fields.Selection(
        [("open", "In use"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    opened_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed by", readonly=True, copy=False)
    suggested_amount = fields.Monetary(
        string="Left by the session before", readonly=True, copy=False
    )
    opening_amount = fields.Monetary(string="Opening float", required=True, readonly=True)
    entries = fields.Integer(
        readonly=True, help="Payments, reversals and movements so far; orders who comes when."
    )
    payment_ids = fields.One2many("account.payment", "isp_till_session_id", readonly=True)
    movement_ids = fields.One2many("isp.till.movement", "session_id", readonly=True)
    count_ids = fields.One2many("isp.till.count", "session_id", readonly=True)
    summary = fields.Json(compute="_compute_summary")
    expected_now = fields.Monetary(string="Expected cash", compute="_compute_summary")
    taken_now = fields.Monetary(string="Received", compute="_compute_summary")
    # Written once, at the closing
    closing_summary = fields.Json(readonly=True, copy=False)
    expected_amount = fields.Monetary(string="Expected at closing", readonly=True, copy=False)
    counted_amount = fields.Monetary(string="Counted cash", readonly=True, copy=False)
    difference = fields.Monetary(readonly=True, copy=False, help="Counted less expected.")
    handed_amount = fields.Monetary(string="Handed over", readonly=True, copy=False)
    left_amount = fields.Monetary(string="Left in the drawer", readonly=True, copy=False)
    closing_note = fields.Text(readonly=True, copy=False)
    difference_move_id = fields.Many2one(
        "account.move", string="Entry of the difference", readonly=True, copy=False
    )

    _open_till_uniq = models.UniqueIndex(
        "(till_id) WHERE state = 'open'", "This till has an open session already."
    )
    _open_user_uniq = models.UniqueIndex(
        "(user_id, company_id) WHERE state = 'open'", "This cashier has an open till already."
    )
    _name_uniq = models.UniqueIndex("(till_id, name)", "This session exists already.")
    _amounts_positive = models.Constraint(
        "CHECK(opening_amount >= 0)", "The opening float cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "opening_amount",
        "closing_summary",
        "movement_ids",
        "payment_ids.state",
        "payment_ids.isp_reversed_at",
    )
    def _compute_summary(self):
        for session in self:
            summary = session.closing_summary or session._isp_summary()
            session.summary = summary
            session.expected_now = summary["expected"]
            session.taken_now = summary["taken"]

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            till = self.env["isp.till"].sudo().browse(vals["till_id"])
            number = self.sudo().search_count([("till_id", "=", till.id)]) + 1
            vals["name"] = f"{till.code}-{number:05d}"
        return super().create(vals_list)

    def write(self, vals):
        """Extend: a closed session stays as it is."""
        if any(session.state == "closed" for session in self.sudo()):
            raise UserError(self.env._("A closed till session stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Till sessions are kept."))

    # === ACTION METHODS === #

    def action_close_wizard(self):
        """Ask for the count."""
        self.ensure_one()
        self._isp_check_own()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_till_closing_action"
        )
        return {**action, "context": {"default_session_id": self.id}}

    def action_move_wizard(self):
        """Ask for a movement of cash."""
        self.ensure_one()
        self._isp_check_own()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_till_transfer_action"
        )
        return {**action, "context": {"default_session_id": self.id}}

    def action_print(self):
        self.ensure_one()
        report = self.env.ref("isp_payments_mx.action_report_till_session")
        return report.report_action(self, config=False)

    def action_view_payments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.account_payment_action_isp"
        )
        return {**action, "domain": [("isp_till_session_id", "=", self.id)]}

    # === BUSINESS METHODS === #

    @api.model
    def _isp_check_cashier(self):
        """Raise an `AccessError` unless the user may work at a till."""
        if not self.env.user.has_group(CASHIER):
            raise AccessError(self.env._("Only cashiers work at a till."))

    @api.model
    def _isp_current(self, company=None):
        """Return the open session of the current user in ``company`` (default: the current)."""
        company = company or self.env.company
        domain = [
            ("user_id", "=", self.env.uid),
            ("company_id", "=", company.id),
            ("state", "=", "open"),
        ]
        return self.sudo().search(domain, limit=1).with_env(self.env)

    def _isp_check_open(self):
        for session in self.sudo():
            if session.state != "open":
                raise UserError(self.env._("Session %s is closed.", session.name))

    def _isp_check_own(self):
        """Raise an `AccessError` unless the user is the cashier, or a manager."""
        self._isp_check_cashier()
        self.check_access("read")
        own = all(session.user_id == self.env.user for session in self.sudo())
        if not own and not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("This is the till of somebody else."))

    def _isp_enter(self):
        """Take the place of one more entry in the open session.

        Who writes here after a closing, or at the same time as another entry, starts anew by a
        serialization failure: no entry is missing from the sum of the closing.
        """
        self.ensure_one()
        session_sudo = self.sudo()
        session_sudo.flush_recordset()
        query = SQL(
            "UPDATE isp_till_session SET entries = COALESCE(entries, 0) + 1 WHERE id = %s", self.id
        )
        self.env.cr.execute(query, log_exceptions=False)
        session_sudo.invalidate_recordset()
        session_sudo._isp_check_open()

    def _isp_move_cash(self, kind, amount, reason=None, note="", payment=None):
        """Note cash into or out of the drawer; return the movement.

        :param str kind: "in", "out" or "reversal"
        :raise UserError: the session is closed, or the drawer does not hold so much
        """
        self.ensure_one()
        self._isp_check_own()
        self._isp_enter()
        session_sudo = self.sudo()
        if session_sudo.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(self.env._("The amount must be more than zero."))
        held = session_sudo._isp_summary()["expected"]
        if kind != "in" and session_sudo.currency_id.compare_amounts(amount, held) > 0:
            raise UserError(
                self.env._("The drawer holds %s.", session_sudo.currency_id.format(held))
            )
        movement_sudo = session_sudo.env["isp.till.movement"].create(
            {
                "session_id": self.id,
                "kind": kind,
                "amount": amount,
                "reason_id": reason.id if reason else False,
                "note": note or False,
                "user_id": self.env.uid,
                "payment_id": payment.id if payment else False,
            }
        )
        return movement_sudo.with_env(self.env)

    def _isp_expected(self, payments):
        """Return the cash that the drawer should hold, given the ``payments`` of the session."""
        self.ensure_one()
        taken = [pay.amount for pay in payments if pay.isp_payment_form_id.counter_kind == "cash"]
        moved = [(movement.kind, movement.amount) for movement in self.movement_ids]
        return float(expected_cash(self.opening_amount, taken, moved))
