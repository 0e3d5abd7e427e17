from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .account_payment import POSTED_STATES

REVIEW_ACTIVITY = "isp_subscription.mail_activity_payment_review"


class AccountPayment(models.Model):
    """The same money booked twice: refused when its reference proves it, else shown for review.

    Whatever is found, the money stays what it is: credit of the customer, for the next months
    or to be given back.
    """

    _inherit = "account.payment"

    isp_duplicate_of_id = fields.Many2one(
        "account.payment", string="Duplicate of", readonly=True, copy=False, index="btree_not_null"
    )
    isp_duplicate_state = fields.Selection(
        [("suspected", "Perhaps twice"), ("confirmed", "Twice"), ("not", "Not twice")],
        string="Duplicate",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    isp_reference_unique = fields.Char(
        readonly=True, copy=False, help="Reference that no second payment may have."
    )

    _isp_reference_uniq = models.UniqueIndex(
        "(company_id, isp_payment_form_id, isp_reference_unique)"
        " WHERE isp_reference_unique IS NOT NULL",
        "This reference was already booked as another payment.",
    )

    # === ACTION METHODS === #

    def action_isp_confirm_duplicate(self):
        """The money was paid twice: it stays as credit of the customer."""
        self._isp_decide_duplicate("confirmed", self.env._("Paid twice: kept as credit balance."))

    def action_isp_not_duplicate(self):
        """Two payments that only look alike."""
        self._isp_decide_duplicate("not", self.env._("Reviewed: not the same payment twice."))

    # === BUSINESS METHODS: REFERENCES === #

    def _isp_reference_policy(self):
        """Hook: what a second payment with this reference is: "refuse", "flag" or "reuse"."""
        self.ensure_one()
        return self.isp_payment_form_id.reference_policy or "flag"

    def _isp_same_reference(self):
        """Return the earlier posted payments of the same company, form and reference."""
        self.ensure_one()
        reference = (self.isp_reference or "").strip()
        if not reference:
            return self.browse()
        return self.search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("isp_payment_form_id", "=", self.isp_payment_form_id.id)
            & Domain("isp_reference", "=ilike", reference.replace("%", r"\%").replace("_", r"\_"))
            & Domain("state", "in", POSTED_STATES)
            & Domain("id", "!=", self.id)
            & Domain("isp_number", ">", 0),
            order="id",
        )

    def _isp_claim_reference(self):
        """Take the reference for this payment.

        :raise UserError: when a bank's or provider's reference was booked before
        """
        self.ensure_one()
        reference = (self.isp_reference or "").strip()
        if not reference or self._isp_reference_policy() != "refuse":
            return
        first = self._isp_same_reference()[:1]
        if first:
            raise UserError(
                self.env._(
                    "Reference %(reference)s (%(form)s) was already booked as payment no. "
                    "%(number)s of %(customer)s on %(date)s.",
                    reference=reference,
                    form=self.isp_payment_form_id.name,
                    number=first.isp_number,
                    customer=first.partner_id.display_name,
                    date=first.date,
                )
            )
        self.isp_reference_unique = reference.casefold()

    def _isp_release_reference(self):
        """A cancelled or rejected payment holds no reference, and nothing duplicates it."""
        self.filtered("isp_reference_unique").isp_reference_unique = False
        twins = self.search(
            [("isp_duplicate_of_id", "in", self.ids), ("isp_duplicate_state", "=", "suspected")]
        )
        suspects = twins | self.filtered(lambda pay: pay.isp_duplicate_state == "suspected")
        if suspects:
            suspects.write({"isp_duplicate_state": False, "isp_duplicate_of_id": False})
            suspects.activity_unlink([REVIEW_ACTIVITY])

    # === BUSINESS METHODS: DUPLICATES === #

    def _isp_review(self):
        """Look for payments booked before; to call once these payments have been allocated."""
        for payment in self:
            if payment.isp_duplicate_state or not payment.isp_number:
                continue
            first = payment._isp_find_twin()
            if first:
                payment.write({"isp_duplicate_of_id": first.id, "isp_duplicate_state": "suspected"})
                payment._isp_ask_for_review()

    def _isp_find_twin(self):
        """Return the payment that this one seems to repeat, whatever the channels of both.

        Either it has the same reference, or the payer had paid the same amount a few days
        before and nothing was due for this one.
        """
        self.ensure_one()
        if self._isp_reference_policy() != "reuse" and (same := self._isp_same_reference()[:1]):
            return same
        if self._isp_settled_a_debt():
            return self.browse()
        days = timedelta(self.company_id.isp_duplicate_days)
        payer = self.partner_id.commercial_partner_id
        return self.search(
            Domain("partner_id.commercial_partner_id", "=", payer.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("currency_id", "=", self.currency_id.id)
            & Domain("amount", "=", self.amount)
            & Domain("date", ">=", self.date - days)
            & Domain("date", "<=", self.date + days)
            & Domain("state", "in", POSTED_STATES)
            & Domain("isp_number", ">", 0)
            & Domain("isp_number", "<", self.isp_number),
            order="isp_number",
            limit=1,
        )

    def _isp_settled_a_debt(self):
        """Return whether the payment settled an invoice that was there before it.

        Months that were billed because the money came in were not due.
        """
        self.ensure_one()
        invoices = self._isp_receivable_lines().matched_debit_ids.debit_move_id.move_id
        return any(invoice.id < self.move_id.id for invoice in invoices)

    def _isp_ask_for_review(self):
        """Open one activity for the billing team."""
        self.ensure_one()
        if self.activity_search([REVIEW_ACTIVITY]):
            return
        company = self.company_id
        speaking = self.with_context(lang=company._isp_lang())
        note = speaking.env._(
            "%(amount)s was received twice: see payment no. %(number)s of %(date)s.",
            amount=self.currency_id.format(self.amount),
            number=self.isp_duplicate_of_id.isp_number,
            date=self.isp_duplicate_of_id.date,
        )
        group = self.env.ref("isp_subscription.group_isp_billing")
        team = (group.user_ids + group.all_user_ids).filtered(
            lambda user: user.active and company in user.company_ids
        )
        speaking.activity_schedule(
            REVIEW_ACTIVITY,
            note=note,
            user_id=(team[:1] or self.env.user).id,
            date_deadline=company._isp_today(),
        )

    def _isp_decide_duplicate(self, state, text):
        self.env["isp.subscription"]._isp_check_role("billing")
        self.check_access("read")
        for payment in self.sudo().filtered("isp_duplicate_state"):
            payment.isp_duplicate_state = state
            payment.activity_feedback([REVIEW_ACTIVITY], feedback=text)
            payment.message_post(body=text, author_id=self.env.user.partner_id.id)
