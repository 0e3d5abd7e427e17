from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxUnknown

from .. import const
from ..services import wire
from ..services.references import reference_problem
from .payment_provider import OpenpayDuplicate


class IspPaymentVoucher(models.Model):
    """A reference to pay with: what was asked of Openpay, what it answered, how it ended.

    Its outbox part is the request that makes the charge. One live voucher exists per service,
    amount and method, so that screen, print and message show the same reference.
    """

    _name = "isp.payment.voucher"
    _description = "Payment reference"
    _inherit = ["isp.outbox.mixin", "isp.sweep.mixin"]
    _outbox_lease = const.OUTBOX_LEASE
    _order = "id desc"
    _rec_name = "display_name"
    _rec_names_search = ["reference", "idempotency_key", "partner_id.name"]

    transaction_id = fields.Many2one(
        "payment.transaction", required=True, readonly=True, index=True, ondelete="restrict"
    )
    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    subscription_id = fields.Many2one("isp.subscription", readonly=True, index="btree_not_null")
    payment_method_id = fields.Many2one("payment.method", required=True, readonly=True)
    openpay_method = fields.Char(string="Method at Openpay", required=True, readonly=True)
    months = fields.Integer(readonly=True)
    amount = fields.Monetary(string="Amount asked for", required=True, readonly=True)
    description = fields.Char(string="Concept", required=True, readonly=True)
    due_at = fields.Datetime(string="Due", required=True, readonly=True, index=True)
    debt_key = fields.Char(
        readonly=True, copy=False, help="The invoices that are paid, when it is no service."
    )
    start_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", help="One press of a pay button."
    )
    request_body = fields.Text(
        readonly=True, copy=False, groups="base.group_system", help="The exact request."
    )

    # What Openpay answered
    charge_id = fields.Char(
        string="Openpay charge", readonly=True, copy=False, index="btree_not_null"
    )
    charge_status = fields.Char(readonly=True, copy=False)
    charge_created = fields.Datetime(string="Created", readonly=True, copy=False)
    reference = fields.Char(readonly=True, copy=False, index="btree_not_null")
    clabe = fields.Char(string="CLABE", readonly=True, copy=False)
    agreement = fields.Char(readonly=True, copy=False)
    bank = fields.Char(string="Receiving bank", readonly=True, copy=False)
    amount_received = fields.Monetary(readonly=True, copy=False)
    fee = fields.Monetary(readonly=True, copy=False, help="What Openpay keeps, without tax.")
    expired = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("preparing", "Preparing"),
            ("pending", "Pending"),
            ("paid", "Paid"),
            ("expired", "Expired"),
            ("failed", "Failed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    payment_ids = fields.Many2many(
        "account.payment", string="Payments", compute="_compute_payment_ids"
    )

    _start_token_uniq = models.Constraint(
        "UNIQUE(start_token)", "One press of a button makes one voucher."
    )
    _live_uniq = models.UniqueIndex(
        "(subscription_id, payment_method_id, amount) WHERE state IN ('preparing', 'pending')",
        "The service has a reference for this amount already.",
    )
    _live_debt_uniq = models.UniqueIndex(
        "(debt_key, payment_method_id, amount) "
        "WHERE state IN ('preparing', 'pending') AND debt_key IS NOT NULL",
        "The invoice has a reference for this amount already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("outbox_state", "charge_status", "expired", "transaction_id.state")
    def _compute_state(self):
        for voucher in self:
            if voucher.transaction_id.state == "done":
                voucher.state = "paid"
            elif voucher.expired or voucher.charge_status in const.STATUS_MAPPING["cancel"]:
                voucher.state = "expired"
            elif (
                voucher.outbox_state == "error"
                or voucher.charge_status in const.STATUS_MAPPING["error"]
            ):
                voucher.state = "failed"
            else:
                voucher.state = "pending" if voucher.outbox_state == "done" else "preparing"

    @api.depends("reference", "idempotency_key")
    def _compute_display_name(self):
        for voucher in self:
            voucher.display_name = voucher.reference or voucher.idempotency_key or ""

    def _compute_payment_ids(self):
        for voucher in self:
            txs = (
                self.env["payment.transaction"].sudo().search([("isp_voucher_id", "=", voucher.id)])
            )
            voucher.payment_ids = txs.payment_id

    # === BUSINESS METHODS: OUTBOX === #

    def _outbox_call(self):
        """Make the charge; an order_id that exists already is the answer of an earlier call."""
        self._check_wanted()
        try:
            return self._checked(
                self.provider_id._openpay_request(
                    "POST",
                    "charges",
                    body=self.sudo().request_body,
                    reference=self.transaction_id.reference,
                )
            )
        except OpenpayDuplicate as duplicate:
            found = self._outbox_recover()
            if found is None:
                raise OutboxUnknown(str(duplicate)) from duplicate
            return found

    def _check_wanted(self):
        """Send nothing that nobody can pay any more.

        :raise OutboxReject: the account was disabled meanwhile, or the reference would be overdue
        """
        if self.provider_id.sudo().state == "disabled":
            raise OutboxReject("disabled", self.env._("Online payments are switched off."))
        if self.expired or self.due_at <= fields.Datetime.now():
            raise OutboxReject("late", self.env._("The time to pay this reference is over."))

    def _outbox_recover(self):
        """Look for the charge by its order_id; adopt it only when it is what was asked for."""
        found = self.provider_id._openpay_request(
            "GET", "charges", params={"order_id": self.idempotency_key}
        )
        if not isinstance(found, list):
            raise OutboxUnknown("not a list")
        charges = [data for data in found if data.get("order_id") == self.idempotency_key]
        return self._checked(charges[0]) if charges else None

    def _checked(self, data):
        """Return the answer when it is the charge that was asked for.

        :raise OutboxUnknown: it is not a charge
        :raise OutboxReject: it is another charge, or its numbers cannot be right
        """
        try:
            charge = wire.parse_charge(data)
        except wire.WireError as error:
            raise OutboxUnknown(str(error)) from error
        difference = wire.mismatch(charge, self.sudo().request_body)
        if difference:
            raise OutboxReject("order_id", difference)
        problem = reference_problem(charge, self.company_id._openpay_account())
        if problem:
            raise OutboxReject(problem.code, problem.text)
        return data

    def _outbox_store(self, answer):
        """Store the charge; one that was paid meanwhile is booked by the sweep."""
        charge = wire.parse_charge(answer)
        self._note_charge(charge)
        self.next_check_at = self._next_check(0)
        self.transaction_id.write({"provider_reference": charge.id, "openpay_charge_id": charge.id})
        if self.transaction_id.state == "draft":
            self.transaction_id._set_pending()
        if charge.is_paid:
            self.next_check_at = fields.Datetime.now()

    def _outbox_note(self, state, error, code=False):
        """Extend: a voucher that is refused ends its transaction."""
        res = super()._outbox_note(state, error, code)
        if state == "error" and self.transaction_id.state == "draft":
            own = code in const.OWN_REFUSALS
            self.transaction_id._set_error(
                str(error) if own else self.env._("Openpay refused the request: %s", code or error)
            )
        return res

    def _note_charge(self, charge):
        """Write what Openpay says about the charge of this voucher."""
        for voucher in self:
            if voucher.charge_id and voucher.charge_id != charge.id:
                continue
            vals = {"charge_id": charge.id}
            # our own answer may be older than the message that overtook it
            if charge.status not in const.STATUS_MAPPING["pending"] or not voucher.amount_received:
                vals["charge_status"] = charge.status
            if charge.is_paid:
                vals.update(amount_received=float(charge.amount), fee=float(charge.fee))
            if not voucher.reference:
                vals.update(voucher._prepare_charge_vals(charge))
            voucher.write(vals)

    def _prepare_charge_vals(self, charge):
        """Return what is printed on the voucher; written once and never changed."""
        return {
            "charge_created": charge.created or fields.Datetime.now(),
            "due_at": charge.due or self.due_at,
            "reference": charge.reference,
            **self._prepare_account_vals(charge),
        }

    def _prepare_account_vals(self, charge):
        """Return where a transfer goes: what Openpay says, else what the company says."""
        if charge.method != "bank_account":
            return {}
        account = self.company_id._openpay_account()
        return {
            "clabe": charge.clabe or account.clabe,
            "agreement": charge.agreement or account.agreement,
            "bank": charge.bank,
        }
