from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .account_payment_till import STAFF
from .isp_till_session import MANAGER


class AccountPayment(models.Model):
    """A counter payment that is taken back: reversed in the books, given back in the till."""

    _inherit = "account.payment"

    isp_reversed_at = fields.Datetime(string="Reversed", readonly=True, copy=False, groups=STAFF)
    isp_reversed_by_id = fields.Many2one(
        "res.users", string="Reversed by", readonly=True, copy=False, groups=STAFF
    )
    isp_reversal_reason = fields.Char(
        string="Why it was reversed", readonly=True, copy=False, groups=STAFF
    )
    isp_reversal_move_id = fields.Many2one(
        "account.move", string="Reversal entry", readonly=True, copy=False, groups=STAFF
    )

    # === ACTION METHODS === #

    def action_isp_reverse_wizard(self):
        """Ask for the reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_payment_reversal_action"
        )
        return {**action, "context": {"default_payment_id": self.id}}

    # === BUSINESS METHODS === #

    def _isp_reverse(self, reason, session=None):
        """Take the payment back: entry reversed, debts open again, drawer corrected.

        :param str reason: why, printed on the receipt
        :param session: open till session that gives cash back; its own one when it is open
        :raise UserError: not a counter payment, taken back already, or no till to pay from
        """
        self.ensure_one()
        self._isp_check_reversible(reason)
        payment_sudo = self.sudo()
        payment_sudo.flush_recordset()
        query = SQL("SELECT id FROM account_payment WHERE id = %s FOR NO KEY UPDATE", self.id)
        # Refused because another one was faster is no error: the server runs the work again.
        self.env.cr.execute(query, log_exceptions=False)
        payment_sudo.invalidate_recordset(["isp_reversed_at", "state"])
        if payment_sudo.isp_reversed_at:
            raise UserError(self.env._("Payment no. %s was reversed.", payment_sudo.isp_number))
        services = payment_sudo.isp_subscription_id | payment_sudo.isp_coverage_ids.subscription_id
        if services:
            services._lock_for_settlement()
        giver = payment_sudo._isp_giving_session(session)
        payment_sudo.write(
            {
                "isp_reversed_at": fields.Datetime.now(),
                "isp_reversed_by_id": self.env.uid,
                "isp_reversal_reason": reason.strip(),
            }
        )
        if giver:
            giver.with_env(self.env)._isp_move_cash(
                "reversal", payment_sudo.amount, note=reason.strip(), payment=payment_sudo
            )
        elif payment_sudo.isp_till_session_id.state == "open":
            payment_sudo.isp_till_session_id._isp_enter()
        payment_sudo._isp_reverse_entry(reason.strip())
        services._isp_invalidate_balances()
        payment_sudo._isp_tell_reversal(services)

    def _isp_check_reversible(self, reason):
        if not self.env.user.has_group(MANAGER):
            raise UserError(self.env._("Only managers reverse payments."))
        self.check_access("read")
        payment_sudo = self.sudo()
        if not payment_sudo.isp_till_session_id or not payment_sudo.isp_number:
            raise UserError(self.env._("Only payments of a till are reversed here."))
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the payment is reversed."))

    def _isp_giving_session(self, session):
        """Return the open session whose drawer gives the cash back, none for other forms."""
        self.ensure_one()
        if self.isp_payment_form_id.counter_kind != "cash":
            return self.env["isp.till.session"]
        own = self.isp_till_session_id
        giver = own if own.state == "open" else (session or own.browse()).sudo()
        if not giver or giver.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "Session %s is closed: choose the open till that gives the money back.",
                    own.name,
                )
            )
        return giver

    def _isp_reverse_entry(self, reason):
        """Reverse the journal entry; what the payment had settled is open again."""
        self.ensure_one()
        values = {"date": self.company_id._isp_today(), "ref": reason}
        reversal = self.move_id._reverse_moves([values], cancel=True)
        self.isp_reversal_move_id = reversal
        self.state = "canceled"

    def _isp_tell_reversal(self, services):
        text = self.env._(
            "Payment no. %(number)s of %(amount)s was reversed by %(user)s: %(reason)s",
            number=self.isp_number,
            amount=self.currency_id.format(self.amount),
            user=self.isp_reversed_by_id.name,
            reason=self.isp_reversal_reason,
        )
        for record in (self, *services):
            record.message_post(body=text, author_id=self.isp_reversed_by_id.partner_id.id)
