from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.isp_portal.services.formatting import format_money

from .. import const
from ..services import wire
from ..services.dates import end_of_day_after
from ..services.orders import order_id


class IspPaymentVoucher(models.Model):
    """How a reference comes into being: the exact request, stored before anything is sent."""

    _inherit = "isp.payment.voucher"

    @api.model
    def _create_for(self, tx, description="", start_token=False):
        """Store the request for the charge of a transaction, ready to be sent.

        Nothing is sent. :raise UserError: when Openpay could not take the request
        """
        tx.ensure_one()
        refusal = self._refusal(tx.company_id, tx.payment_method_code, tx.amount, tx.currency_id)
        if refusal:
            raise UserError(refusal)
        due_at = self._due_at(tx)
        debt_key = self._debt_key(tx)
        self._close_overdue(debt_key, tx)
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        key = order_id(tx.reference, uuid, tx.id, tx.payment_method_code)
        description = wire.clean_description(description or tx.reference)
        voucher = self.create(
            {
                "transaction_id": tx.id,
                "provider_id": tx.provider_id.id,
                "company_id": tx.company_id.id,
                "currency_id": tx.currency_id.id,
                "partner_id": tx.partner_id.commercial_partner_id.id,
                "subscription_id": tx.isp_subscription_id.id,
                "payment_method_id": tx.payment_method_id.id,
                "openpay_method": const.VOUCHER_METHODS[tx.payment_method_code],
                "months": tx.isp_months,
                "amount": tx.amount,
                "description": description,
                "due_at": due_at,
                "debt_key": debt_key,
                "start_token": start_token,
                "idempotency_key": key,
                "request_body": self._prepare_request_body(tx, description, key, due_at),
                "outbox_state": "ready",
            }
        )
        tx.isp_voucher_id = voucher
        return voucher

    @api.model
    def _refusal(self, company, method_code, amount, currency):
        """Return why an amount cannot be paid this way, for the customer; empty when it can.

        Stores take cash up to an amount (Openpay's error 1012), which is asked before anything
        is stored.
        """
        limit = company.sudo().isp_store_limit
        if method_code != "paynet" or currency.compare_amounts(amount, limit) <= 0:
            return ""
        return self.env._(
            "Stores take up to %s in one payment. Choose fewer months or another way to pay.",
            format_money(limit, currency.symbol or "$"),
        )

    @api.model
    def _due_at(self, tx):
        """Return until when the reference of a transaction can be paid (UTC).

        Cash: hours from now. Transfer: end of the day after some days. A reference does not
        outlive the change of plan that it pays.
        """
        now, company = fields.Datetime.now(), tx.company_id
        if tx.payment_method_code == "paynet":
            due_at = now + timedelta(hours=company.isp_store_hours)
        else:
            zone = company._isp_zone_name()
            due_at = end_of_day_after(now, company.isp_voucher_days, zone)
        expires_at = tx.isp_change_id.expires_at
        return min(due_at, expires_at) if expires_at else due_at

    @api.model
    def _debt_key(self, tx):
        """Return what names the invoices a transaction pays, False for a service or nothing."""
        if tx.isp_subscription_id or not tx.invoice_ids:
            return False
        return ",".join(str(move_id) for move_id in sorted(tx.invoice_ids.ids))

    @api.model
    def _wait_turn_of(self, invoices):
        """Let references for the same invoices be made one after the other.

        A second tap waits for the first, is run again by the server and finds its reference.
        """
        if not invoices:
            return
        invoices.flush_recordset()
        query = SQL(
            "UPDATE account_move SET write_date = NOW() AT TIME ZONE 'UTC' WHERE id IN %s",
            tuple(sorted(invoices.ids)),
        )
        # Refused because another one was faster is no error: the server runs the work again.
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_model(["state", "due_at"])

    @api.model
    def _close_overdue(self, debt_key, tx):
        """Close the references of a debt whose time is over and that Openpay has not closed yet."""
        if not debt_key:
            return
        overdue = self.search(
            self._live_domain(debt_key, tx.payment_method_id, tx.amount)
            & Domain("due_at", "<=", fields.Datetime.now())
        )
        overdue._expire()
        overdue.flush_recordset()

    @api.model
    def _live_domain(self, debt_key, method, amount):
        """Return the domain of the references for invoices that are not closed."""
        return (
            Domain("state", "in", ("preparing", "pending"))
            & Domain("debt_key", "=", debt_key)
            & Domain("payment_method_id", "=", method.id)
            & Domain("amount", "=", amount)
        )

    @api.model
    def _live_for(self, debt_key, method, amount):
        """Return the reference that can still be paid for some invoices, if there is one."""
        if not debt_key:
            return self.browse()
        return self.search(
            self._live_domain(debt_key, method, amount)
            & Domain("due_at", ">", fields.Datetime.now()),
            limit=1,
        )

    @api.model
    def _prepare_request_body(self, tx, description, key, due_at):
        """Return the exact JSON text of the charge."""
        name, last_name = wire.split_name(tx.partner_name or tx.partner_id.name or "")
        customer = wire.Customer(
            name=name or tx.reference,
            last_name=last_name,
            email=tx.partner_email or tx.company_id.email or "",
            phone=tx.partner_phone or "",
        )
        method = const.VOUCHER_METHODS[tx.payment_method_code]
        try:
            return wire.reference_request(
                tx.amount, tx.currency_id.name, description, key, due_at, customer, method
            )
        except wire.WireError as error:
            raise UserError(
                self.env._("A reference needs an amount and the customer's name and e-mail.")
            ) from error

    def _set_purpose(self, quote):
        """Let a reference that lives on pay what the customer chose last, for the same amount."""
        self.ensure_one()
        if self.months != quote["months"]:
            self.months = quote["months"]
            self.transaction_id.isp_months = quote["months"]
        change_id = quote.get("change_id") or False
        if self.transaction_id.isp_change_id.id != change_id:
            self.transaction_id.isp_change_id = change_id

    def _trigger_worker(self):
        """Have the voucher's request sent as soon as this transaction is committed."""
        self.env.ref("isp_payments_mx.cron_send_vouchers").sudo()._trigger()
