from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import const
from ..services import card_wire, wire
from ..services.orders import order_id


class IspCardCharge(models.Model):
    """One attempt to charge a card: what was asked of Openpay, what it answered, how it ended.

    Its outbox part is the request. It is sent once: an attempt whose outcome is unknown ends by
    asking for its order_id, and another attempt is another row with another transaction.
    """

    _name = "isp.card.charge"
    _description = "Card charge"
    _inherit = ["isp.outbox.mixin", "isp.sweep.mixin"]
    _outbox_lease = const.OUTBOX_LEASE
    _order = "id desc"
    _rec_name = "idempotency_key"
    _rec_names_search = ["idempotency_key", "charge_id", "partner_id.name"]

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
    mode = fields.Selection(
        [
            ("inline", "Form in the portal"),
            ("hosted", "Page of Openpay"),
            ("stored", "Stored card"),
        ],
        required=True,
        readonly=True,
    )
    token_id = fields.Many2one(
        "payment.token", string="Stored card", readonly=True, index="btree_not_null"
    )
    months = fields.Integer(readonly=True)
    amount = fields.Monetary(string="Amount asked for", required=True, readonly=True)
    description = fields.Char(string="Concept", required=True, readonly=True)
    start_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", help="One press of a pay button."
    )
    request_body = fields.Text(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="The exact request; the keys of the browser are masked once it was sent.",
    )
    payer_ip = fields.Char(
        string="Address of the payer", readonly=True, copy=False, groups="base.group_system"
    )
    use_3ds = fields.Boolean(string="3D Secure", readonly=True)

    # What Openpay answered
    charge_id = fields.Char(
        string="Openpay charge", readonly=True, copy=False, index="btree_not_null"
    )
    charge_status = fields.Char(readonly=True, copy=False)
    customer_ref = fields.Char(string="Openpay customer", readonly=True, copy=False)
    charge_created = fields.Datetime(string="Created", readonly=True, copy=False)
    authorization = fields.Char(readonly=True, copy=False)
    redirect_url = fields.Char(
        readonly=True, copy=False, help="The page of the bank, or of Openpay, for the cardholder."
    )
    error_code = fields.Char(readonly=True, copy=False)
    error_text = fields.Char(string="What Openpay said", readonly=True, copy=False)
    card_brand = fields.Char(readonly=True, copy=False)
    card_last4 = fields.Char(string="Last four digits", readonly=True, copy=False)
    card_kind = fields.Selection(
        [("credit", "Credit"), ("debit", "Debit")], readonly=True, copy=False
    )
    fee = fields.Monetary(readonly=True, copy=False, help="What Openpay keeps, without tax.")
    amount_refunded = fields.Monetary(readonly=True, copy=False)
    abandoned = fields.Boolean(
        readonly=True, copy=False, help="The cardholder did not finish on the page of the bank."
    )
    state = fields.Selection(
        [
            ("preparing", "Being processed"),
            ("pending", "Waiting for the cardholder"),
            ("paid", "Paid"),
            ("expired", "Not finished"),
            ("failed", "Failed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    _transaction_uniq = models.Constraint(
        "UNIQUE(transaction_id)", "A transaction charges a card once."
    )
    _start_token_uniq = models.Constraint(
        "UNIQUE(start_token)", "One press of a button charges a card once."
    )
    _live_uniq = models.UniqueIndex(
        "(subscription_id, (mode = 'stored')) WHERE state IN ('preparing', 'pending')",
        "A payment of this service by card is under way already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("outbox_state", "charge_status", "abandoned", "transaction_id.state")
    def _compute_state(self):
        paid = const.STATUS_MAPPING["done"]
        for charge in self:
            if charge.transaction_id.state == "done":
                charge.state = "paid"
            elif charge.charge_status in const.STATUS_MAPPING["error"]:
                charge.state = "failed"
            elif charge.abandoned or charge.charge_status in const.STATUS_MAPPING["cancel"]:
                charge.state = "expired"
            elif charge.outbox_state == "error" or charge.transaction_id.state == "error":
                charge.state = "failed"
            elif charge.outbox_state == "done" and charge.charge_status not in paid:
                charge.state = "pending"
            else:
                # also when the money is there and only our books wait
                charge.state = "preparing"

    # === BUSINESS METHODS: CREATION === #

    @api.model
    def _create_for(
        self,
        tx,
        mode,
        source_id="",
        device_session_id="",
        payer_ip="",
        use_3ds=None,
        token=None,
        start_token=False,
        description="",
    ):
        """Store the request that charges a card for a transaction, ready to be sent.

        Nothing is sent: commit, then ``_outbox_process_one``, or ``_trigger_worker`` and commit.

        :param tx: draft ``payment.transaction`` of an Openpay account
        :param str mode: "inline" (``source_id`` is a token of the browser), "hosted" (the
            cardholder types on Openpay's page) or "stored" (``token``, default that of ``tx``)
        :param str device_session_id: of openpay.js, for charges with the cardholder present
        :param str payer_ip: address of the payer's browser, for the antifraud
        :param bool use_3ds: whether the bank asks the cardholder; the company's setting when
            None, never for a stored card unless told so
        :param str start_token: mark of the press of a button; unique
        :raise UserError: Openpay could not take the request
        """
        tx.ensure_one()
        token = (token or tx.token_id) if mode == "stored" else self.env["payment.token"]
        if use_3ds is None:
            use_3ds = mode == "inline" and tx.company_id.isp_card_3ds
        charge = self.create(
            {
                **self._prepare_tx_vals(tx),
                "mode": mode,
                "token_id": token.id,
                "customer_ref": token.openpay_customer_id,
                "description": wire.clean_description(description or tx.reference),
                "start_token": start_token,
                "payer_ip": payer_ip,
                "use_3ds": use_3ds,
                "outbox_state": "ready",
            }
        )
        charge.sudo().request_body = charge._prepare_request_body(
            token.openpay_card_id or source_id, device_session_id
        )
        tx.isp_card_charge_id = charge
        return charge

    @api.model
    def _prepare_tx_vals(self, tx):
        """Return what a charge takes over from its transaction."""
        return {
            "transaction_id": tx.id,
            "provider_id": tx.provider_id.id,
            "company_id": tx.company_id.id,
            "currency_id": tx.currency_id.id,
            "partner_id": tx.partner_id.commercial_partner_id.id,
            "subscription_id": tx.isp_subscription_id.id,
            "months": tx.isp_months,
            "amount": tx.amount,
            "idempotency_key": self._prepare_order_id(tx),
        }

    @api.model
    def _prepare_order_id(self, tx):
        """Return the key of the attempt at Openpay, the same whenever it is asked for."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        return order_id(tx.reference, uuid, tx.id, "card")

    def _prepare_request_body(self, source_id, device_session_id):
        """Return the exact JSON text of the charge.

        :raise UserError: amount, card, or name and e-mail of the customer are missing
        """
        tx = self.transaction_id
        customer = None if self.mode == "stored" else self._prepare_customer()
        if self.mode == "stored" and not self.customer_ref:
            raise UserError(self.env._("This card is not stored any more."))
        try:
            return card_wire.card_request(
                self.amount,
                self.currency_id.name,
                self.description,
                self.idempotency_key,
                customer=customer,
                source_id="" if self.mode == "hosted" else source_id,
                device_session_id=device_session_id,
                redirect_url=tx._openpay_card_url("return"),
                use_3ds=self.use_3ds,
                hosted=self.mode == "hosted",
            )
        except wire.WireError as error:
            raise UserError(
                self.env._("A card payment needs an amount, a card and the customer's e-mail.")
            ) from error

    def _prepare_customer(self):
        """Return the payer as Openpay sees him when he is no customer of the account."""
        tx = self.transaction_id
        name, last_name = wire.split_name(tx.partner_name or tx.partner_id.name or "")
        return wire.Customer(
            name=name or tx.reference,
            last_name=last_name,
            email=tx.partner_email or tx.company_id.email or "",
            phone=tx.partner_phone or "",
        )

    def _trigger_worker(self, at=None):
        """Have the worker of card charges run as soon as this transaction is committed."""
        self.env.ref("isp_payments_mx.cron_card_charges").sudo()._trigger(at)
