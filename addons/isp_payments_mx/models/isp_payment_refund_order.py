from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import const
from ..services.orders import order_id
from ..services.refunds import refund_request

MANAGER = "isp_subscription.group_isp_manager"


class IspPaymentRefund(models.Model):
    """How a refund is ordered: looked at under a lock, written down, sent by the worker."""

    _inherit = "isp.payment.refund"

    # === BUSINESS METHODS === #

    @api.model
    def _order_card(self, payment, amount, reason):
        """Order a refund to the card; nothing is sent before this is committed.

        It goes through Odoo's own `payment.transaction._refund`, which makes the child.

        :param payment: ``account.payment`` of a card charge
        :param float amount: at most `account.payment._isp_refundable`
        :param str reason: for the customer and for Openpay
        :return: the refund
        :raise UserError: it cannot be given back to the card, or not so much
        """
        self._check_order(payment, "card", amount, reason)
        tx_sudo = payment.sudo().payment_transaction_id
        child = tx_sudo.with_context(isp_refund_reason=reason.strip())._refund(amount)
        return self.sudo().search([("transaction_id", "=", child.id)]).with_env(self.env)

    @api.model
    def _order_for(self, child, reason):
        """Write down the request that refunds by a child transaction, ready to be sent.

        :param child: ``payment.transaction`` of the operation "refund", with a negative amount
        """
        source = child.source_transaction_id
        payment, amount = source.payment_id, abs(child.amount)
        self._check_order(payment.with_env(self.env), "card", amount, reason)
        company = source.company_id
        folio = company._isp_next_number("isp.payment.refund")
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        key = order_id(folio, uuid, child.id, "refund")
        refund = self.sudo().create(
            {
                **self._prepare_payment_vals(payment),
                "name": folio,
                "kind": "card",
                "charge_id": source.isp_card_charge_id.id,
                "transaction_id": child.id,
                "provider_id": source.provider_id.id,
                "amount": amount,
                "reason": reason,
                "ordered_by_id": self.env.uid,
                "idempotency_key": key,
                "request_body": refund_request(amount, key, reason),
                "outbox_state": "ready",
            }
        )
        refund.charge_id._sum_refunds()
        refund._tell_ordered()
        refund._trigger_worker()
        return refund

    @api.model
    def _order_payout(self, payment, amount, reason, journal, reference, date):
        """Note money that was paid out by transfer, and book it; exactly once.

        :param journal: bank ``account.journal`` the money left from
        :param str reference: tracking key of the transfer
        :param date: day of the transfer
        :raise UserError: it cannot be given back, not so much, or the transfer is not described
        """
        self._check_order(payment, "payout", amount, reason)
        company = payment.company_id
        self._check_payout(payment, journal, reference, date)
        refund = self.sudo().create(
            {
                **self._prepare_payment_vals(payment.sudo()),
                "name": company._isp_next_number("isp.payment.refund"),
                "kind": "payout",
                "charge_id": payment.sudo().payment_transaction_id.isp_card_charge_id.id,
                "amount": amount,
                "reason": reason.strip(),
                "ordered_by_id": self.env.uid,
                "given_at": fields.Datetime.now(),
                "outbox_state": "done",
            }
        )
        refund._book(refund._create_payout(journal.sudo(), reference.strip(), date))
        refund.charge_id._sum_refunds()
        return refund.with_env(self.env)

    @api.model
    def _prepare_payment_vals(self, payment):
        """Return what a refund takes over from the payment it gives back."""
        return {
            "payment_id": payment.id,
            "company_id": payment.company_id.id,
            "currency_id": payment.currency_id.id,
            "partner_id": payment.partner_id.commercial_partner_id.id,
            "subscription_id": payment.isp_subscription_id.id,
        }

    def _create_payout(self, journal, reference, date):
        """Return the posted outgoing payment of a transfer."""
        payments = self.env["account.payment"].with_context(force_payment_move=True)
        payment = payments.create(
            {
                **self._prepare_outgoing_vals(),
                "amount": self.amount,
                "journal_id": journal.id,
                "date": date,
                "isp_reference": reference,
            }
        )
        payment.action_post()
        return payment

    def _prepare_outgoing_vals(self):
        """Return what every outgoing payment of a refund has."""
        return {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "destination_account_id": self.payment_id.destination_account_id.id,
            "memo": self.env._("Refund %s", self.name),
            "isp_subscription_id": self.subscription_id.id,
        }

    # === BUSINESS METHODS: RULES === #

    @api.model
    def _check_order(self, payment, kind, amount, reason):
        """Look at everything, with the payment locked: a second order waits and sees the first.

        :raise AccessError: for everybody but managers
        :raise UserError: it cannot be done; the text says what can
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers give money back."))
        payment.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the money is given back."))
        payment._isp_wait_turn()
        payment_sudo = payment.sudo()
        obstacle = payment_sudo._isp_refund_obstacle(kind)
        if obstacle:
            raise UserError(obstacle)
        currency, most = payment_sudo.currency_id, payment_sudo._isp_refundable()
        if (
            currency.compare_amounts(amount, 0.0) <= 0
            or abs(currency.round(amount) - amount) > 1e-6
        ):
            raise UserError(self.env._("Type an amount above zero, with at most two decimals."))
        if currency.compare_amounts(amount, most) > 0:
            raise UserError(
                self.env._("At most %s of this payment can be given back.", currency.format(most))
            )

    @api.model
    def _check_payout(self, payment, journal, reference, date):
        """Raise a `UserError` unless journal, reference and day describe a transfer."""
        company = payment.company_id
        banks = [*journal._check_company_domain(company), ("type", "=", "bank")]
        if not journal.sudo().filtered_domain(banks):
            raise UserError(self.env._("Choose a bank of %s.", company.name))
        if not (reference or "").strip():
            raise UserError(self.env._("Type the tracking key of the transfer."))
        known = payment.sudo().isp_refund_ids.refund_payment_id.filtered(
            lambda outgoing: outgoing.isp_reference == reference.strip()
        )
        if known:
            raise UserError(
                self.env._("The transfer %s of this payment was noted before.", reference.strip())
            )
        if not date or not payment.date <= date <= company._isp_today():
            raise UserError(self.env._("The day of the transfer is between the payment and today."))

    # === BUSINESS METHODS: REFUSED === #

    @api.model
    def _refusal_text(self, code, text):
        """Return in plain words why Openpay did not give the money back."""
        _ = self.env._
        texts = {
            "1003": _(
                "Openpay does not take this refund: the payment is too old, was given back"
                " before, or the account takes one refund per payment. Pay the rest by transfer."
            ),
            "3006": _("Openpay does not give this payment back. Pay it by transfer."),
            "4001": _("The Openpay account has not enough money: pay in, then order it again."),
            const.CARD_NOT_FOUND: _(
                "Openpay did not answer and shows no refund: nothing was given back. Order it"
                " again."
            ),
            const.REFUND_CHANGED: _(
                "The payment changed at Openpay meanwhile (refund or dispute): nothing was sent."
                " Look at it again."
            ),
        }
        return texts.get(code or "") or _("Openpay refused the refund: %s", text or code)
