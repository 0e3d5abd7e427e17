from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.payment import utils as payment_utils

from .. import const
from ..services.dates import local_date
from ..services.orders import reference_of
from ..services.wire import parse_charge

# Of a charge's id, in the reference of a transaction that nobody asked for.
SIBLING_LETTERS = 8


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    isp_subscription_id = fields.Many2one(
        "isp.subscription", string="Subscription", readonly=True, index="btree_not_null"
    )
    isp_months = fields.Integer(
        string="Months", readonly=True, help="Months from the cut-off date that are paid."
    )
    isp_change_id = fields.Many2one(
        "isp.plan.change", string="Plan change", readonly=True, index="btree_not_null"
    )
    isp_amount_due = fields.Monetary(string="Amount asked for", readonly=True)
    isp_paid_at = fields.Datetime(string="Paid at", readonly=True)
    isp_voucher_id = fields.Many2one(
        "isp.payment.voucher", string="Voucher", readonly=True, index="btree_not_null"
    )
    isp_card_charge_id = fields.Many2one(
        "isp.card.charge", string="Card charge", readonly=True, index="btree_not_null"
    )
    openpay_charge_id = fields.Char(string="Openpay charge", readonly=True, copy=False)

    _openpay_charge_uniq = models.UniqueIndex(
        "(openpay_charge_id) WHERE openpay_charge_id IS NOT NULL",
        "A charge is booked by one transaction only.",
    )

    # === BUSINESS METHODS: PAYMENT FLOW === #

    def _get_specific_rendering_values(self, processing_values):
        """Override of `payment`: methods with a reference redirect to their voucher page.

        The request to Openpay is not sent here: this runs inside a web request that may be run
        again. The voucher is stored and its worker triggered.
        """
        values = super()._get_specific_rendering_values(processing_values)
        if not self._openpay_by_voucher():
            return values
        voucher = self.isp_voucher_id or self._openpay_get_own_voucher()
        voucher._trigger_worker()
        url, _mark, token = voucher.transaction_id._openpay_voucher_url().partition(
            "?access_token="
        )
        return {"api_url": url, "access_token": token}

    def _openpay_get_own_voucher(self):
        """Return the live voucher for the invoices of this transaction, else a new one of its own.

        A customer who comes back to the payment form of an invoice finds the reference that he
        got the first time; the transaction that asked again ends here.
        """
        vouchers = self.env["isp.payment.voucher"]
        debt_key = vouchers._debt_key(self)
        vouchers._wait_turn_of(self.invoice_ids)
        live = vouchers._live_for(debt_key, self.payment_method_id, self.amount)
        if live:
            self._set_canceled(state_message=self.env._("An earlier reference is still valid."))
        return live or vouchers._create_for(self)

    def _openpay_by_voucher(self):
        """Return whether the transaction is paid with a printed reference."""
        return (
            self.provider_code == const.PROVIDER
            and self.payment_method_code in const.VOUCHER_METHODS
        )

    def _openpay_voucher_url(self, suffix=""):
        """Return the address of the voucher page, with the token that opens it."""
        self.ensure_one()
        token = payment_utils.generate_access_token(self.id, self.reference, env=self.env)
        return f"{const.VOUCHER_ROUTE}/{self.id}{suffix}?access_token={token}"

    # === BUSINESS METHODS: WHAT OPENPAY SAYS === #

    @api.model
    def _openpay_receive(self, provider, data):
        """Book what Openpay says about a charge, in one database transaction.

        Safe to repeat: the same charge is booked once. A charge that no voucher asked for, with
        the reference of one, is a second payment of it and gets a transaction of its own.

        :param provider: ``payment.provider`` whose key read the charge
        :param dict data: the charge, read from the API just now
        :return: the transaction, none when the charge is not ours
        :raise LockError: another worker is booking for the same voucher
        """
        charge = parse_charge(data)
        tx = self._openpay_find(provider, charge)
        if not tx:
            return tx
        (tx.isp_voucher_id or tx.isp_card_charge_id or tx).lock_for_update(allow_referencing=True)
        tx.invalidate_recordset(["state", "payment_id", "openpay_charge_id"])
        if tx.openpay_charge_id and tx.openpay_charge_id != charge.id:
            if not charge.was_paid:
                return tx
            tx = tx._openpay_sibling(charge)
        tx._process(const.PROVIDER, data)
        tx.isp_voucher_id._note_charge(charge)
        tx.isp_card_charge_id._note_charge(charge, data)
        if tx.state == "done" and not tx.is_post_processed:
            tx._post_process()
        if debit := tx.isp_card_charge_id.debit_id:
            debit._isp_note_paid()
        tx.isp_card_charge_id._note_aftermath(charge, data)
        return tx

    @api.model
    def _openpay_find(self, provider, charge):
        """Return the transaction a charge belongs to: by id, by order_id, by reference."""
        own = Domain("provider_id", "=", provider.id)
        tx = self.search(own & Domain("openpay_charge_id", "=", charge.id), limit=1)
        if tx:
            return tx
        if charge.method == "card":
            key = Domain("idempotency_key", "=", charge.order_id or "-")
            return self.env["isp.card.charge"].search(own & key, limit=1).transaction_id
        vouchers = self.env["isp.payment.voucher"]
        own_vouchers = Domain("provider_id", "=", provider.id) & Domain(
            "openpay_method", "=", charge.method
        )
        if charge.order_id:
            key = Domain("idempotency_key", "=", charge.order_id)
            return vouchers.search(own_vouchers & key, limit=1).transaction_id
        if charge.reference:
            key = Domain("reference", "=", charge.reference)
            return vouchers.search(own_vouchers & key, limit=1).transaction_id
        return self

    def _openpay_sibling(self, charge):
        """Return a new transaction for another payment of the same reference: all of it credit.

        It is named after its charge: counting on would give the same number to the payment that
        somebody begins for the service at this moment.
        """
        self.ensure_one()
        prefix = f"{self.reference}-{charge.id[-SIBLING_LETTERS:]}"
        return self.create(
            {
                "provider_id": self.provider_id.id,
                "payment_method_id": self.payment_method_id.id,
                "reference": self._compute_reference(self.provider_code, prefix=prefix),
                "amount": float(charge.amount),
                "currency_id": self.currency_id.id,
                "partner_id": self.partner_id.id,
                "operation": self.operation,
                "isp_subscription_id": self.isp_subscription_id.id,
                "isp_months": 0,
                "isp_voucher_id": self.isp_voucher_id.id,
                "openpay_charge_id": charge.id,
            }
        )

    @api.model
    def _extract_reference(self, provider_code, payment_data):
        """Override of `payment`: our reference is the first part of the order_id."""
        if provider_code != const.PROVIDER:
            return super()._extract_reference(provider_code, payment_data)
        return reference_of(payment_data.get("order_id"))

    def _extract_amount_data(self, payment_data):
        """Override of `payment`: money that arrived by reference is taken as it came."""
        if self.provider_code != const.PROVIDER:
            return super()._extract_amount_data(payment_data)
        if self._openpay_by_voucher():
            return None
        return {
            "amount": payment_data.get("amount"),
            "currency_code": str(payment_data.get("currency") or "").upper(),
        }

    def _apply_updates(self, payment_data):
        """Override of `payment`: move the transaction to where the charge is."""
        if self.provider_code != const.PROVIDER:
            super()._apply_updates(payment_data)
            return
        charge = parse_charge(payment_data)
        if charge.currency != self.currency_id.name:
            if self.state in ("draft", "pending", "authorized"):
                self._set_error(self.env._("The charge is in another currency."))
            return
        self.write({"provider_reference": charge.id, "openpay_charge_id": charge.id})
        if charge.was_paid:
            self._openpay_set_paid(charge)
        elif charge.status in const.STATUS_MAPPING["pending"] and self.state == "draft":
            self._set_pending()
        elif charge.status in const.STATUS_MAPPING["cancel"] and self.state in ("draft", "pending"):
            self._set_canceled(state_message=self._openpay_cancel_text())
        elif charge.status in const.STATUS_MAPPING["error"] and self.state in ("draft", "pending"):
            self._set_error(self._openpay_failure_text(payment_data, charge))

    def _openpay_set_paid(self, charge):
        """Confirm the transaction with the amount that really arrived, also when it is late."""
        if self.state == "done":
            return
        amount = float(charge.amount)
        differs = self.currency_id.compare_amounts(amount, self.amount) != 0
        if differs and not self._openpay_by_voucher():
            if self.state != "error":
                self._set_error(self.env._("The amount of the charge is not the one asked for."))
            return
        late = self.state == "cancel"
        self._openpay_follow_customer(amount)
        asked = self.isp_amount_due or self.amount
        moment = charge.operated or fields.Datetime.now()
        self.write({"amount": amount, "isp_amount_due": asked, "isp_paid_at": moment})
        self._set_done(extra_allowed_states=("cancel",))
        if differs:
            self._openpay_tell(
                self.env._(
                    "Openpay received %(received)s for reference %(reference)s; %(asked)s was "
                    "asked for.",
                    received=self.currency_id.format(amount),
                    reference=charge.reference,
                    asked=self.currency_id.format(asked),
                )
            )
        if late:
            self._openpay_tell(
                self.env._("Reference %s was paid after it expired.", charge.reference)
            )

    def _openpay_follow_customer(self, amount):
        """Keep the money of who was asked for it, when the service is another customer's by now."""
        service, customer = self.isp_subscription_id, self.partner_id.commercial_partner_id
        if not service or service.commercial_partner_id == customer:
            return
        self._openpay_tell(
            self.env._(
                "%(amount)s arrived that %(customer)s was asked for before this service had another"
                " customer: it stays as credit of %(customer)s.",
                amount=self.currency_id.format(amount),
                customer=customer.name,
            )
        )
        self.write({"isp_subscription_id": False, "isp_change_id": False, "isp_months": 0})

    def _openpay_tell(self, message):
        """Write where the staff reads it what it should know about a payment.

        Invoices of Odoo are paid without a service.
        """
        record = self.isp_subscription_id or self.invoice_ids[:1] or self.partner_id
        record.sudo().message_post(body=message)

    # === BUSINESS METHODS: POST-PROCESSING === #

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment`: moment, form and service of the payment."""
        if self.provider_code == const.PROVIDER:
            code = const.PAYMENT_FORMS.get(self.payment_method_code, "other")
            form = self.env["isp.payment.form"]._isp_get(code)
            paid_at = self.isp_paid_at or fields.Datetime.now()
            extra_create_values = {
                "date": local_date(paid_at),
                "isp_paid_at": paid_at,
                "isp_payment_form_id": form.id,
                "isp_subscription_id": self.isp_subscription_id.id,
                "isp_change_id": self.isp_change_id.id,
                "isp_reference": self.isp_voucher_id.reference or self.provider_reference,
                **extra_create_values,
            }
        # Nothing is settled before what the transaction was for: see _post_process.
        tx = self.with_context(isp_settle_later=True)
        payment = super(PaymentTransaction, tx)._create_payment(**extra_create_values)
        payment = payment.with_env(self.env)
        if not self.isp_subscription_id:
            payment.move_id._isp_apply_arrived_credit()
        return payment

    def _post_process(self):
        """Override of `account_payment`: the money settles the service it was paid for."""
        res = super()._post_process()
        for tx in self.filtered(
            lambda tx: tx.state == "done" and tx.payment_id and tx.isp_subscription_id
        ):
            subscription = tx.isp_subscription_id.with_company(tx.company_id)
            subscription._isp_settle_payment(
                tx.payment_id, months=tx.isp_months, amount_due=tx.isp_amount_due or tx.amount
            )
        return res
