from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

POSTED_STATES = ("in_process", "paid")
# Written when the payment is posted and allocated, by nobody's hand.
BOOKED_FIELDS = {
    "isp_number",
    "isp_cutoff_from",
    "isp_cutoff_to",
    "isp_amount_due",
    "isp_settled",
    "isp_duplicate_of_id",
    "isp_duplicate_state",
    "isp_reference_unique",
}


class AccountPayment(models.Model):
    _inherit = "account.payment"

    isp_number = fields.Integer(string="Payment no.", readonly=True, copy=False, index=True)
    isp_paid_at = fields.Datetime(
        string="Paid at", copy=False, help="Moment of the payment itself, not of its booking (UTC)."
    )
    isp_payment_form_id = fields.Many2one("isp.payment.form", string="Payment form", copy=False)
    isp_subscription_id = fields.Many2one(
        "isp.subscription", string="Subscription", index="btree_not_null", copy=False
    )
    isp_branch_id = fields.Many2one("isp.branch", string="Branch", copy=False)
    isp_cutoff_from = fields.Date(string="Cut-off", readonly=True, copy=False)
    isp_cutoff_to = fields.Date(string="Next cut-off", readonly=True, copy=False)
    isp_amount_due = fields.Monetary(
        string="Total due",
        currency_field="company_currency_id",  # what is due never is in another one
        readonly=True,
        copy=False,
    )
    isp_reference = fields.Char(string="Channel reference", copy=False, index="btree_not_null")
    isp_settled = fields.Boolean(
        readonly=True, copy=False, help="The payment was allocated; it is never allocated again."
    )

    _isp_number_uniq = models.UniqueIndex(
        "(company_id, isp_number) WHERE isp_number > 0",
        "The payment number must be unique per company.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._isp_number_posted()
        return payments

    def write(self, vals):
        if not self.env.su and BOOKED_FIELDS & set(vals):
            raise AccessError(self.env._("Number and coverage of a payment follow from its entry."))
        res = super().write(vals)
        if vals.get("state") in POSTED_STATES:
            self._isp_number_posted()
        elif vals.get("state") in ("canceled", "rejected"):
            # Posted again, the money is allocated anew; the number stays.
            self.sudo().filtered("isp_settled").isp_settled = False
            self.sudo()._isp_release_reference()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        for payment in self.filtered("isp_number"):
            raise UserError(
                self.env._(
                    "Payment no. %s was received: cancel it, its number stays.", payment.isp_number
                )
            )

    # === ACTION METHODS === #

    def action_isp_print_receipt(self):
        self.ensure_one()
        return self.env.ref("isp_subscription.action_report_payment_receipt").report_action(
            self, config=False
        )

    # === BUSINESS METHODS === #

    def _isp_number_posted(self):
        """Number the posted customer payments that have no number yet and date them."""
        for payment in self:
            if (
                payment.isp_number
                or payment.state not in POSTED_STATES
                or payment.payment_type != "inbound"
                or payment.partner_type != "customer"
            ):
                continue
            payment.sudo()._isp_claim_reference()
            number = payment.company_id._isp_next_number("isp.payment")
            payment.sudo().isp_number = int(number)
            if not payment.isp_paid_at:
                payment.isp_paid_at = payment._isp_default_paid_at()

    def _isp_default_paid_at(self):
        """Return now for a payment of today, noon (company's time) for another day, in UTC."""
        self.ensure_one()
        if self.date == self.company_id._isp_today():
            return fields.Datetime.now()
        zone = pytz.timezone(self.company_id._isp_zone_name())
        noon = zone.localize(datetime.combine(self.date, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)

    def _isp_receivable_lines(self):
        """Return the journal items by which the payment settles invoices."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _isp_check_settlable(self, subscription):
        """Raise a `UserError` unless this is posted money of the payer of ``subscription``."""
        self.ensure_one()
        payer = self.partner_id.commercial_partner_id
        if (
            self.state not in POSTED_STATES
            or self.payment_type != "inbound"
            or payer != subscription.commercial_partner_id
            or self.company_id != subscription.company_id
        ):
            raise UserError(
                self.env._(
                    "Payment %(payment)s cannot be allocated to %(subscription)s.",
                    payment=self.display_name,
                    subscription=subscription.name,
                )
            )

    def _isp_payment_label(self):
        """Return the number customers and cashiers use, "" before posting."""
        self.ensure_one()
        return str(self.isp_number) if self.isp_number else ""

    def _isp_receipt_name(self):
        """Return the name of the file of the receipt, without extension."""
        self.ensure_one()
        return self.env._("Payment receipt %s", self._isp_payment_label() or self.id)

    def _isp_typst_data(self, report):
        """Return the data of the payment receipt; dates are local, as dd/mm/yyyy HH:MM:SS."""
        self.ensure_one()
        payment = self.sudo()
        subscription = payment.isp_subscription_id
        paid = payment.state in POSTED_STATES
        rows = [
            (self.env._("Payment no."), payment._isp_payment_label()),
            (self.env._("Customer"), payment.partner_id.display_name),
            (self.env._("Service"), subscription.display_name or ""),
            (self.env._("Payment form"), payment.isp_payment_form_id.name or ""),
            (self.env._("Payment date"), payment._isp_local(payment.isp_paid_at)),
            (self.env._("Reference"), payment.isp_reference or ""),
            (self.env._("Branch"), payment.isp_branch_id.name or ""),
            *payment._isp_receipt_cutoffs(),
        ]
        return {
            "title": self.env._("Payment receipt"),
            "stamp": payment._isp_local(fields.Datetime.now()),
            "state": self.env._("PAID") if paid else self.env._("NOT VALID"),
            "rows": [row for row in rows if row[1]],
            "header": [self.env._("Concept"), self.env._("Amount")],
            "lines": payment._isp_receipt_lines(),
            "total_label": self.env._("Total paid"),
            "total": payment._isp_money(payment.amount),
        }

    def _isp_receipt_lines(self):
        """Return ``[concept, amount]`` of what the payment settled and the credit it left."""
        self.ensure_one()
        credit_lines = self._isp_receivable_lines()
        lines = []
        for partial in credit_lines.matched_debit_ids:
            lines += self._isp_receipt_move_lines(partial.debit_move_id.move_id, partial.amount)
        left = -sum(credit_lines.mapped("amount_residual"))
        if self.company_currency_id.compare_amounts(left, 0.0) > 0:
            lines.append([self.env._("Credit balance"), self._isp_money(left, own=False)])
        return lines

    def _isp_receipt_cutoffs(self):
        """Return the rows of the covered dates: of the service, or of each of several."""
        self.ensure_one()
        if len(self.isp_coverage_ids) > 1:
            return [
                (
                    row.subscription_id.name,
                    self.env._(
                        "Cut-off %(start)s, next cut-off %(end)s",
                        start=row.cutoff_from,
                        end=row.cutoff_to,
                    ),
                )
                for row in self.isp_coverage_ids
            ]
        return [
            (self.env._("Cut-off"), fields.Date.to_string(self.isp_cutoff_from) or ""),
            (self.env._("Next cut-off"), fields.Date.to_string(self.isp_cutoff_to) or ""),
        ]

    def _isp_receipt_move_lines(self, move, amount):
        """Return the concepts of one invoice: line by line, or one partial payment."""
        if self.company_currency_id.compare_amounts(move.amount_total, amount) == 0:
            return [
                [line.name or move.name, self._isp_money(line.price_total, own=False)]
                for line in move.invoice_line_ids
                if line.display_type == "product"
            ]
        concept = move.invoice_line_ids[:1].name or move.name
        text = self.env._("Payment on account of %(invoice)s: %(concept)s")
        text = text % {"invoice": move.name, "concept": concept}
        return [[text, self._isp_money(amount, own=False)]]

    def _isp_money(self, amount, own=True):
        """Return ``amount`` as customers read it: "$349.00 MXN".

        :param own: in the currency of the payment, else in that of the company
        """
        currency = self.currency_id if own else self.company_currency_id
        return f"{currency.symbol}{amount:,.2f} {currency.name}"

    def _isp_local(self, moment):
        """Return a UTC ``moment`` in the company's zone with the zone's name, "" for none."""
        if not moment:
            return ""
        zone = self.company_id._isp_zone_name()
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        return f"{local:%d/%m/%Y %H:%M:%S} ({zone})"
