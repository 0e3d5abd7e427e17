from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import const


class IspSubscription(models.Model):
    _inherit = "isp.subscription"

    voucher_ids = fields.One2many("isp.payment.voucher", "subscription_id", readonly=True)

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: what was begun with one customer is no business of the next."""
        if "partner_id" in vals:
            customer = self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id
            left = self.sudo().filtered(lambda row: row.commercial_partner_id != customer)
            left._isp_leave_customer()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _isp_leave_customer(self):
        """Offer references and card pages no more; what is paid by them all the same is booked."""
        vouchers = self.voucher_ids.filtered(lambda row: row.state in ("preparing", "pending"))
        vouchers._expire()
        cards = self.card_charge_ids.filtered(lambda row: row.state == "pending")
        cards.filtered(lambda row: row.mode != "stored")._abandon()

    @api.model
    def _isp_pending_payment_ids(self, ids):
        """Extend: Openpay said that money arrived and it is not booked yet."""
        pending = super()._isp_pending_payment_ids(ids)
        if not ids:
            return pending
        self.env["isp.payment.voucher"].flush_model()
        self.env["isp.payment.event"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT voucher.subscription_id
                  FROM isp_payment_event event
                  JOIN isp_payment_voucher voucher ON voucher.charge_id = event.charge_id
                  JOIN res_company company ON company.id = voucher.company_id
                 WHERE voucher.subscription_id IN %s
                   AND event.event_type = 'charge.succeeded'
                   AND event.outbox_state IN ('ready', 'sent', 'unknown')
                   AND event.received_at
                       >= %s - company.isp_pending_hours * INTERVAL '1 hour'
                """,
                tuple(ids),
                fields.Datetime.now(),
            )
        )
        return pending | {sub_id for (sub_id,) in rows} | self._openpay_card_pending_ids(ids)

    @api.model
    def _isp_ids_by_reference(self, text):
        """Extend: the reference of a voucher names its service too."""
        forms = [text.strip(), "".join(text.split())]
        vouchers = self.env["isp.payment.voucher"].sudo()
        found = vouchers.search([("reference", "in", forms)], limit=80)
        return super()._isp_ids_by_reference(text) + found.subscription_id.ids

    def _openpay_provider(self):
        """Return the company's Openpay account that takes payments now, empty when none does."""
        self.ensure_one()
        return (
            self.env["payment.provider"]
            .sudo()
            .search(
                [
                    ("code", "=", const.PROVIDER),
                    ("state", "in", ("enabled", "test")),
                    ("company_id", "parent_of", self.company_id.ids),
                ],
                limit=1,
            )
        )

    def _openpay_method(self, code):
        """Return the payment method with ``code`` when the account offers it."""
        provider_sudo = self._openpay_provider()
        methods = provider_sudo.payment_method_ids.filtered("active")
        return methods.filtered(lambda method: method.code == code)[:1]

    def _openpay_get_voucher(self, quote, method_code, start_token=False):
        """Return the live voucher for a quote, made now if there is none; nothing is sent.

        The row of the service is written first: a second press of the button waits for the first,
        is run again by the server and then finds the voucher of the first.

        :param dict quote: what ``_get_payment_quote`` returned
        :param str method_code: code of the payment method ("spei", "paynet")
        :param str start_token: mark of the press of a button; the same one gives the same voucher
        :raise UserError: the method is not offered, the amount is too much for it, or there is
            nothing to pay
        """
        self.ensure_one()
        vouchers_sudo = self.env["isp.payment.voucher"].sudo()
        self._openpay_wait_turn()
        if start_token:
            found = vouchers_sudo.search([("start_token", "=", start_token)], limit=1)
            if found:
                return found
        method = self._openpay_method(method_code)
        if not method or quote["total"] <= 0:
            raise UserError(self.env._("This way to pay is not available now."))
        found = self._openpay_live_voucher(quote, method)
        if found:
            return found
        refusal = vouchers_sudo._refusal(
            self.company_id, method_code, quote["total"], quote["currency"]
        )
        if refusal:
            raise UserError(refusal)
        tx = self._openpay_create_transaction(quote, method)
        return vouchers_sudo._create_for(tx, self._openpay_concept(quote.get("plan")), start_token)

    def _openpay_wait_turn(self):
        """Let payments of one service be started one after the other."""
        self.flush_recordset()
        query = SQL(
            "UPDATE isp_subscription SET write_date = NOW() AT TIME ZONE 'UTC' WHERE id = %s",
            self.id,
        )
        # A second press fails here, which is no error: the server runs it again.
        self.env.cr.execute(query, log_exceptions=False)

    def _openpay_live_voucher(self, quote, method):
        """Return the voucher to use again; one whose time is over is closed on the way."""
        vouchers_sudo = self.env["isp.payment.voucher"].sudo()
        found = vouchers_sudo.search(
            [
                ("subscription_id", "=", self.id),
                ("payment_method_id", "=", method.id),
                ("amount", "=", quote["total"]),
                ("state", "in", ("preparing", "pending")),
            ],
            limit=1,
        )
        if found and found.due_at <= fields.Datetime.now():
            found._expire()
            found.flush_recordset()
            return vouchers_sudo
        if found:
            found._set_purpose(quote)
        return found

    def _openpay_create_transaction(self, quote, method):
        """Return a draft transaction for a quote."""
        provider_sudo = self._openpay_provider()
        transactions_sudo = self.env["payment.transaction"].sudo()
        return transactions_sudo.create(
            {
                "provider_id": provider_sudo.id,
                "payment_method_id": method.id,
                "reference": transactions_sudo._compute_reference(
                    const.PROVIDER, prefix=self.name or f"S{self.id}"
                ),
                "amount": quote["total"],
                "currency_id": quote["currency"].id,
                "partner_id": self.partner_id.id,
                "operation": "online_redirect",
                "isp_subscription_id": self.id,
                "isp_months": quote["months"],
                "isp_amount_due": quote["total"],
                "isp_change_id": quote.get("change_id"),
            }
        )

    def _openpay_concept(self, plan=None):
        """Return what bank and customer read: plan and speeds, in the customer's language.

        :param plan: the plan that is paid, default the present one
        """
        self.ensure_one()
        subscription = self.sudo().with_context(lang=self.sudo().partner_id.lang)
        plan = plan.with_env(subscription.env) if plan else subscription.plan_id
        return subscription.env._(
            "%(plan)s, Internet connection up to %(down)sMbps/%(up)sMbps",
            plan=plan.name,
            down=f"{plan.isp_down_mbps:g}",
            up=f"{plan.isp_up_mbps:g}",
        )
