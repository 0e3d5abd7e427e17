from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.till import change_due

STAFF = "isp_subscription.group_isp_readonly"
# Written when the cashier takes the money and when a manager gives it back, by nobody's hand.
TILL_FIELDS = {
    "isp_till_session_id",
    "isp_handed_amount",
    "isp_request_mark",
    "isp_reversed_at",
    "isp_reversed_by_id",
    "isp_reversal_reason",
    "isp_reversal_move_id",
}
UNDONE_STATES = ("draft", "canceled", "rejected")


class AccountPayment(models.Model):
    """Money taken at a till."""

    _inherit = "account.payment"

    isp_till_session_id = fields.Many2one(
        "isp.till.session",
        string="Till session",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=STAFF,
    )
    isp_handed_amount = fields.Monetary(
        string="Cash handed over", readonly=True, copy=False, groups=STAFF
    )
    isp_change_amount = fields.Monetary(
        string="Change given", compute="_compute_isp_change_amount", groups=STAFF
    )
    isp_request_mark = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="One press of the cashier's button.",
    )

    _isp_request_mark_uniq = models.UniqueIndex(
        "(isp_request_mark) WHERE isp_request_mark IS NOT NULL",
        "This payment was registered already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("amount", "isp_handed_amount")
    def _compute_isp_change_amount(self):
        for payment in self:
            payment.isp_change_amount = float(change_due(payment.amount, payment.isp_handed_amount))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: only the counter puts a payment into a till."""
        if not self.env.su and any(TILL_FIELDS & set(vals) for vals in vals_list):
            raise AccessError(self.env._("Payments come into a till at the counter."))
        return super().create(vals_list)

    def write(self, vals):
        """Extend: money of a till is undone by its reversal only."""
        if not self.env.su and TILL_FIELDS & set(vals):
            raise AccessError(self.env._("Payments come into a till at the counter."))
        if vals.get("state") in UNDONE_STATES:
            self._isp_check_not_in_till()
        return super().write(vals)

    # === ACTION METHODS === #

    def action_draft(self):
        """Extend `account`: money of a till is undone by its reversal only."""
        self._isp_check_not_in_till(also_reversed=True)
        return super().action_draft()

    def action_cancel(self):
        """Extend `account`: money of a till is undone by its reversal only."""
        self._isp_check_not_in_till(also_reversed=True)
        return super().action_cancel()

    def action_isp_print_receipt(self):
        """Extend: what was paid at a till with a ticket printer is printed on a ticket."""
        self.ensure_one()
        paper = self.sudo().isp_till_session_id.till_id.paper
        if not paper or paper == "letter":
            return super().action_isp_print_receipt()
        report = self.env.ref("isp_payments_mx.action_report_ticket")
        return report.report_action(self, config=False)

    # === BUSINESS METHODS === #

    def _isp_check_not_in_till(self, also_reversed=False):
        """Raise a `UserError` when the drawer would not follow."""
        for payment in self.sudo().filtered(lambda pay: pay.isp_till_session_id and pay.isp_number):
            if also_reversed or not payment.isp_reversed_at:
                raise UserError(
                    self.env._(
                        "Payment no. %(number)s is in the till %(till)s: a manager reverses it, "
                        "with a reason.",
                        number=payment.isp_number,
                        till=payment.isp_till_session_id.name,
                    )
                )

    def _get_outstanding_account(self, payment_type):
        """Override of `account`: cash in a drawer is cash, it waits for no bank statement."""
        session = self.sudo().isp_till_session_id
        cash = self.isp_payment_form_id.counter_kind == "cash"
        if session and cash and self.journal_id == session.journal_id:
            return self.journal_id.default_account_id
        return super()._get_outstanding_account(payment_type)

    def _isp_typst_data(self, report):
        """Extend: who took the money and where, cash and change, and that it was given back."""
        data = super()._isp_typst_data(report)
        payment = self.sudo()
        session = payment.isp_till_session_id
        data["width"] = session.till_id.paper or "80"
        if not session:
            return data
        data["rows"] += [
            (self.env._("Till"), f"{session.till_id.name} · {session.name}"),
            (self.env._("Received by"), payment.create_uid.name or session.user_id.name),
        ]
        if payment.isp_handed_amount:
            data["rows"] += [
                (self.env._("Cash received"), payment._isp_money(payment.isp_handed_amount)),
                (self.env._("Change"), payment._isp_money(payment.isp_change_amount)),
            ]
        if payment.isp_reversed_at:
            data["state"] = self.env._("REVERSED")
            data["rows"] += [
                (self.env._("Reversed"), payment._isp_local(payment.isp_reversed_at)),
                (self.env._("Reason"), payment.isp_reversal_reason),
            ]
        return data

    def _isp_desk_receipt(self):
        """Return what the cashier's screen says of the payment."""
        self.ensure_one()
        payment = self.sudo()
        return {
            "payment_id": payment.id,
            "number": payment.isp_number,
            "amount": payment.currency_id.format(payment.amount),
            "change": payment.currency_id.format(payment.isp_change_amount)
            if payment.isp_change_amount
            else "",
        }
