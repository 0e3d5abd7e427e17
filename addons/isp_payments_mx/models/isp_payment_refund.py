from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import const

STATES = {
    "draft": "preparing",
    "ready": "preparing",
    "sent": "preparing",
    "unknown": "asking",
    "done": "done",
    "error": "failed",
}


class IspPaymentRefund(models.Model):
    """Money of an online payment that goes back to the customer, and how it ended.

    To the card, its outbox part is the request to Openpay. It is sent once: Openpay gives refunds
    no key, so a request whose outcome is unknown ends by reading the charge, and another try is
    another row that a manager orders. By transfer, the row is the note of what people did.
    """

    _name = "isp.payment.refund"
    _description = "Refund of an online payment"
    _inherit = ["isp.outbox.mixin"]
    _outbox_lease = const.OUTBOX_LEASE
    _order = "id desc"
    _rec_names_search = ["name", "openpay_id", "partner_id.name"]

    name = fields.Char(string="Folio", required=True, readonly=True, copy=False)
    kind = fields.Selection(
        [("card", "To the card"), ("payout", "By transfer")], required=True, readonly=True
    )
    origin = fields.Selection(
        [("office", "Ordered here"), ("openpay", "Made in Openpay's dashboard")],
        required=True,
        readonly=True,
        default="office",
    )
    payment_id = fields.Many2one(
        "account.payment",
        string="Payment given back",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    charge_id = fields.Many2one(
        "isp.card.charge",
        string="Card payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    transaction_id = fields.Many2one(
        "payment.transaction", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    provider_id = fields.Many2one("payment.provider", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    subscription_id = fields.Many2one("isp.subscription", readonly=True, index="btree_not_null")
    amount = fields.Monetary(required=True, readonly=True)
    reason = fields.Char(readonly=True)
    ordered_by_id = fields.Many2one("res.users", string="Ordered by", readonly=True)
    request_body = fields.Text(
        readonly=True, copy=False, groups="base.group_system", help="The exact request."
    )
    openpay_id = fields.Char(
        string="Refund at Openpay", readonly=True, copy=False, index="btree_not_null"
    )
    given_at = fields.Datetime(string="Given back", readonly=True, copy=False)

    # What it did to the books
    refund_payment_id = fields.Many2one(
        "account.payment",
        string="Outgoing payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    booked_at = fields.Datetime(string="Booked", readonly=True, copy=False)
    booking_note = fields.Text(
        string="Why it is not booked", readonly=True, copy=False, help="Somebody has to look."
    )
    from_credit = fields.Monetary(
        string="From the credit balance", readonly=True, copy=False, help="Paid bills stay paid."
    )
    reopened = fields.Monetary(
        string="Owed again", readonly=True, copy=False, help="Bills that are open again."
    )
    effect = fields.Text(string="Effect on the bills", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("preparing", "Being given back"),
            ("asking", "Outcome unknown"),
            ("done", "Given back"),
            ("failed", "Not given back"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)", "The folio must be unique per company."
    )
    _amount_positive = models.Constraint("CHECK(amount > 0)", "A refund has an amount.")
    _one_open = models.UniqueIndex(
        "(charge_id) WHERE outbox_state IN ('ready', 'sent', 'unknown')",
        "A refund of this payment is under way.",
    )
    _openpay_uniq = models.UniqueIndex(
        "(provider_id, openpay_id) WHERE openpay_id IS NOT NULL",
        "A refund of Openpay is noted once.",
    )
    _transaction_uniq = models.UniqueIndex(
        "(transaction_id) WHERE transaction_id IS NOT NULL", "A transaction refunds once."
    )
    _booked_uniq = models.UniqueIndex(
        "(refund_payment_id) WHERE refund_payment_id IS NOT NULL",
        "An outgoing payment belongs to one refund.",
    )

    # === COMPUTE METHODS === #

    @api.depends("outbox_state")
    def _compute_state(self):
        for refund in self:
            refund.state = STATES[refund.outbox_state]

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Refunds are ordered in the payment."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("Refunds are ordered in the payment."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Refunds are kept as proof."))

    # === ACTION METHODS === #

    def action_check(self):
        """Button: ask Openpay now what became of it."""
        self.ensure_one()
        self._check_manager()
        refund_sudo = self.sudo()
        if refund_sudo.state in ("preparing", "asking") and refund_sudo.last_error:
            refund_sudo.next_attempt_at = fields.Datetime.now()
        refund_sudo.charge_id.aftercare_at = fields.Datetime.now()
        refund_sudo._trigger_worker()

    def action_book(self):
        """Button: book a refund that could not be booked when it was found."""
        self.ensure_one()
        self._check_manager()
        refund_sudo = self.sudo()
        refund_sudo.lock_for_update(allow_referencing=True)
        refund_sudo.invalidate_recordset(["booked_at", "outbox_state"])
        if refund_sudo.state != "done" or refund_sudo.booked_at:
            raise UserError(self.env._("There is nothing to book for this refund."))
        refund_sudo._book()

    # === HELPERS === #

    def _check_manager(self):
        """Raise an `AccessError` for everybody but managers who may read these."""
        self.check_access("read")
        if not self.env.user.has_group("isp_subscription.group_isp_manager"):
            raise AccessError(self.env._("Only managers give money back."))

    def _trigger_worker(self, at=None):
        """Have the worker run as soon as this transaction is committed."""
        self.env.ref("isp_payments_mx.cron_card_charges").sudo()._trigger(at)
