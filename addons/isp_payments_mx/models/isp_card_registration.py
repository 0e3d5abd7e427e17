import hashlib
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from .. import const
from ..services import card_wire, wire
from ..services.dates import from_iso

DUPLICATE_CUSTOMER = "2003"
# Clocks differ a little: a card of this order is not older than the order by more than that.
CLOCK_MARGIN = timedelta(minutes=2)


class IspCardRegistration(models.Model):
    """A card to be stored at Openpay, or to be deleted there: one effect each.

    Storing needs the customer at Openpay, who is known there by an external id of ours, so that
    he is made once. The card is stored with one request that is never sent a second time: when
    its outcome is unknown, the customer's cards are listed.
    """

    _name = "isp.card.registration"
    _description = "Card to store or to delete"
    _inherit = ["isp.outbox.mixin"]
    _outbox_lease = const.OUTBOX_LEASE * 2
    _order = "id desc"
    _rec_name = "idempotency_key"

    operation = fields.Selection(
        [("store", "Store"), ("delete", "Delete")], required=True, readonly=True
    )
    provider_id = fields.Many2one(
        "payment.provider", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    subscription_id = fields.Many2one("isp.subscription", readonly=True, index="btree_not_null")
    token_id = fields.Many2one(
        "payment.token", string="Stored card", readonly=True, index="btree_not_null"
    )
    external_ref = fields.Char(string="Our key of the customer", required=True, readonly=True)
    customer_ref = fields.Char(string="Openpay customer", readonly=True, copy=False)
    card_ref = fields.Char(string="Openpay card", readonly=True, copy=False)
    card_number = fields.Char(
        string="Masked number", readonly=True, copy=False, help="First six and last four digits."
    )
    source_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    device_session = fields.Char(readonly=True, copy=False, groups="base.group_system")
    payer_ip = fields.Char(readonly=True, copy=False, groups="base.group_system")
    error_code = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [("preparing", "Being processed"), ("done", "Done"), ("failed", "Failed")],
        compute="_compute_state",
        store=True,
        index=True,
    )

    # === COMPUTE METHODS === #

    @api.depends("outbox_state")
    def _compute_state(self):
        states = {"done": "done", "error": "failed"}
        for row in self:
            row.state = states.get(row.outbox_state, "preparing")

    # === BUSINESS METHODS: CREATION === #

    @api.model
    def _create_for(
        self, provider, partner, source_id, device_session_id, payer_ip="", subscription=None
    ):
        """Store the order to keep a card for a customer, ready to be sent; nothing is sent.

        The same token of the browser gives the same row. The result is ``token_id``.

        :param str source_id: one-time token of openpay.js
        :raise UserError: the customer has no name or e-mail
        """
        partner = partner.commercial_partner_id
        digest = hashlib.sha256(source_id.encode()).hexdigest()[:32]
        key = f"card|{provider.id}|{digest}"
        found = self.search([("idempotency_key", "=", key)], limit=1)
        if found:
            return found
        if not partner.name or not partner.email:
            raise UserError(self.env._("To store a card we need your name and e-mail."))
        return self.create(
            {
                "operation": "store",
                "provider_id": provider.id,
                "company_id": provider.company_id.id,
                "partner_id": partner.id,
                "subscription_id": subscription.id if subscription else False,
                "external_ref": self._prepare_external_ref(provider, partner),
                "customer_ref": self._get_known_customer(provider, partner),
                "source_token": source_id,
                "device_session": device_session_id,
                "payer_ip": payer_ip,
                "idempotency_key": key,
                "outbox_state": "ready",
            }
        )

    @api.model
    def _create_removal(self, token):
        """Order the deletion of a stored card at Openpay, once."""
        key = f"delete|{token.provider_id.id}|{token.openpay_card_id}"
        found = self.search([("idempotency_key", "=", key)], limit=1)
        if found:
            return found
        removal = self.create(
            {
                "operation": "delete",
                "provider_id": token.provider_id.id,
                "company_id": token.company_id.id,
                "partner_id": token.partner_id.commercial_partner_id.id,
                "token_id": token.id,
                "external_ref": self._prepare_external_ref(token.provider_id, token.partner_id),
                "customer_ref": token.openpay_customer_id,
                "card_ref": token.openpay_card_id,
                "idempotency_key": key,
                "outbox_state": "ready",
            }
        )
        removal._trigger_worker()
        return removal

    @api.model
    def _prepare_external_ref(self, provider, partner):
        """Return our key of a customer at Openpay: for ever the same in this database."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        seed = f"{uuid}|{provider.id}|{partner.commercial_partner_id.id}"
        digest = hashlib.sha256(seed.encode()).hexdigest()[:16]
        return f"c{partner.commercial_partner_id.id}-{digest}"

    @api.model
    def _get_known_customer(self, provider, partner):
        """Return the customer's id at Openpay when an earlier card told it."""
        row = self.search(
            [
                ("provider_id", "=", provider.id),
                ("partner_id", "=", partner.id),
                ("customer_ref", "!=", False),
                ("outbox_state", "=", "done"),
            ],
            limit=1,
        )
        return row.customer_ref

    def _trigger_worker(self, at=None):
        """Have the worker of card charges run as soon as this transaction is committed."""
        self.env.ref("isp_payments_mx.cron_card_charges").sudo()._trigger(at)

    # === BUSINESS METHODS: OUTBOX === #

    def _outbox_call(self):
        """Delete the card, or make sure of the customer and store the card."""
        if self.operation == "delete":
            return self._delete_card()
        self.provider_id._openpay_check_open()
        customer = self._ensure_customer()
        row_sudo = self.sudo()
        body = {"token_id": row_sudo.source_token}
        if row_sudo.device_session:
            body["device_session_id"] = row_sudo.device_session
        card = self.provider_id._openpay_request(
            "POST",
            f"customers/{customer}/cards",
            body=json.dumps(body),
            payer_ip=row_sudo.payer_ip,
        )
        return {"customer": customer, "card": card}

    def _delete_card(self):
        """Delete the card; one that is not there any more is deleted."""
        path = f"customers/{self.customer_ref}/cards/{self.card_ref}"
        try:
            self.provider_id._openpay_request("DELETE", path)
        except OutboxReject as refusal:
            if refusal.code != const.NOT_FOUND:
                raise
        return {"deleted": True}

    def _ensure_customer(self):
        """Return the customer's id at Openpay, made now when there is none."""
        if self.customer_ref:
            return self.customer_ref
        found = self._find_customer()
        if found:
            return found
        name, last_name = wire.split_name(self.partner_id.name or "")
        customer = wire.Customer(
            name, self.partner_id.email or "", last_name, self.partner_id.phone or ""
        )
        body = {**customer.as_payer(), "external_id": self.external_ref}
        try:
            made = self.provider_id._openpay_request("POST", "customers", body=json.dumps(body))
        except OutboxReject as refusal:
            if refusal.code != DUPLICATE_CUSTOMER:
                raise
            made = {"id": self._find_customer()}
        except OutboxUnknown as error:
            # The card was not sent: making the customer is asked for again and harmless.
            raise OutboxRetry(str(error)) from error
        if not isinstance(made, dict) or not made.get("id"):
            raise OutboxRetry("no customer")
        return str(made["id"])

    def _find_customer(self):
        """Return the id of the customer with our key, or an empty text."""
        found = self._ask("customers", {"external_id": self.external_ref})
        same = [row for row in found if row.get("external_id") == self.external_ref]
        return str(same[0]["id"]) if same else ""

    def _ask(self, path, params=None):
        """Return a list from Openpay; asking is harmless, so any failure means: again later."""
        try:
            found = self.provider_id._openpay_request("GET", path, params=params)
        except OutboxUnknown as error:
            raise OutboxRetry(str(error)) from error
        return found if isinstance(found, list) else []

    def _outbox_recover(self):
        """Look whether the card is among the customer's cards; it is never sent again.

        :raise OutboxReject: it is not there although Openpay had time enough
        """
        if self.operation == "delete":
            return self._delete_card()
        customer = self.customer_ref or self._find_customer()
        found = self._find_card(customer) if customer else None
        if found is not None:
            return {"customer": customer, "card": found}
        if fields.Datetime.now() - (self.sent_at or self.create_date) < const.CARD_SETTLE:
            raise OutboxUnknown("not found yet")
        raise OutboxReject(const.CARD_NOT_FOUND)

    def _find_card(self, customer):
        """Return the customer's card that this token of the browser became, or None.

        It is no record of ours yet, not older than the order, and looks like the token.
        """
        wanted = self._read_source()
        since = (self.sent_at or self.create_date) - CLOCK_MARGIN
        tokens = self.env["payment.token"].sudo().with_context(active_test=False)
        known = set(
            tokens.search([("provider_id", "=", self.provider_id.id)]).mapped("provider_ref")
        )
        for data in self._ask(f"customers/{customer}/cards"):
            card = card_wire.read_card(data)
            made = from_iso(data.get("creation_date"))
            if card.card_id in known or (made and made < since):
                continue
            if wanted is None or card.looks_like(wanted):
                return data
        return None

    def _read_source(self):
        """Return the card behind the token of the browser, None when Openpay does not tell it."""
        source = self.sudo().source_token
        if not source:
            return None
        try:
            token = self.provider_id._openpay_request("GET", f"tokens/{source}")
        except (OutboxReject, OutboxUnknown):
            return None
        return card_wire.read_card((token or {}).get("card"))
