import logging
from datetime import timedelta

from odoo import api, fields, models

from ..isolation import attempt
from ..services.cut_rules import capped_fee

_logger = logging.getLogger(__name__)
ACTIVITY = "isp_subscription.mail_activity_reconnection"


class IspSuspension(models.Model):
    """The reconnection clock at work: its stamps, its fee and its alarm."""

    _inherit = "isp.suspension"

    # === BUSINESS METHODS: STAMPS === #

    def _isp_note_paid(self):
        """Start the clock: the debt is gone at this moment."""
        for suspension in self.filtered(lambda row: not row.paid_at):
            suspension.paid_at = fields.Datetime.now()

    def _isp_note_reactivated(self, reason):
        """End the suspension; the clock runs on until the network confirms the service."""
        now = fields.Datetime.now()
        still_open = self.filtered(lambda row: not row.date_to)
        still_open.write({"date_to": now, "reactivated_at": now, "reactivated_by": reason})
        still_open.flush_recordset()  # the next cut may come in the same transaction

    def _isp_note_confirmed(self):
        """Stop the clock: the network says that the service is on."""
        waiting = self.filtered(lambda row: row.reactivated_at and not row.network_confirmed_at)
        if waiting:
            waiting.write({"network_confirmed_at": fields.Datetime.now()})
            waiting.subscription_id.activity_unlink([ACTIVITY])

    # === BUSINESS METHODS: FEE === #

    def _isp_order_fee(self):
        """Note that the reconnection is to be charged, and have it done after this transaction.

        Not here: the money that just arrived first pays what the customer was quoted, and an
        invoice that is made while another one is being reconciled comes out empty.
        """
        due = self.filtered(
            lambda row: row.reason == "debt" and not row.fee_move_id and row._isp_fee_amount() > 0
        )
        if due:
            due.fee_due = True
            self.env.ref("isp_subscription.ir_cron_reconnection").sudo()._trigger()

    @api.model
    def _isp_charge_fees(self, company):
        """Charge the reconnections that were ordered, each once and with its own commit."""
        ordered = self.sudo().search([("company_id", "=", company.id), ("fee_due", "=", True)])
        for suspension in ordered:
            row = suspension.try_lock_for_update().filtered("fee_due")
            if row:
                row._isp_charge_fee_safely()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _isp_charge_fee_safely(self):
        """Charge the reconnection in a savepoint; an error is noted and tried again later."""
        self.ensure_one()
        error, _result = attempt(self.env, self._isp_charge_fee)
        if error:
            self.subscription_id._note_billing_error(self.company_id._isp_today(), error)

    def _isp_charge_fee(self):
        """Post the invoice of the reconnection, once per suspension."""
        self.ensure_one()
        amount = self._isp_fee_amount()
        if amount > 0 and not self.fee_move_id:
            self.fee_move_id = self.subscription_id._isp_charge(
                self._isp_fee_product(), self.env._("Reconnection"), amount
            )
        self.fee_due = False

    def _isp_fee_amount(self):
        """Return the fee with tax, capped at the legal part of the monthly price."""
        self.ensure_one()
        company = self.company_id
        price = self.subscription_id.price_total
        return float(capped_fee(company.isp_reconnection_fee, price, company.isp_legal_fee_percent))

    def _isp_fee_product(self):
        """Return the product of the fee; the one of the system is taxed like the plan."""
        self.ensure_one()
        company = self.company_id
        if company.isp_reconnection_product_id:
            return company.isp_reconnection_product_id
        product = self.env.ref("isp_subscription.product_reconnection").sudo()
        template = product.product_tmpl_id
        if not template._isp_taxes(company=company):
            template.taxes_id |= self.subscription_id.plan_id._isp_taxes(company=company)
        return product

    # === CRON === #

    @api.model
    def _cron_reconnection(self):
        """Hourly, and when a fee is ordered: fees, who was missed, alarms before the limit."""
        self.env["isp.subscription"]._isp_run_companies(self, "_run_reconnection")

    @api.model
    def _run_reconnection(self, _today, company):
        """Charge fees, bring back who was missed and raise alarms in ``company``.

        :return: the seconds the cron has left; nothing when its time was used up
        """
        self._isp_charge_fees(company)
        self._isp_bring_back_missed(company)
        self._isp_raise_alarms(company)
        return self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _isp_bring_back_missed(self, company):
        """Reactivate the suspended services whose debt is gone; normally there are none."""
        subscriptions = self.env["isp.subscription"].sudo()
        off = subscriptions.search([("company_id", "=", company.id), ("state", "=", "suspended")])
        off._isp_refresh_service()

    @api.model
    def _isp_raise_alarms(self, company):
        """Create one activity per running clock that is near its limit."""
        before = timedelta(hours=company.isp_reconnect_alarm_hours)
        near = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("paid_at", "!=", False),
                ("network_confirmed_at", "=", False),
                ("deadline", "<=", fields.Datetime.now() + before),
            ]
        )
        for suspension in near:
            subscription = suspension.subscription_id
            if subscription.state == "cancelled" or subscription.activity_search([ACTIVITY]):
                continue
            text = self.env._(
                "Paid, but not restored yet. By law it must be restored before %s (UTC).",
                fields.Datetime.to_string(suspension.deadline),
            )
            subscription._isp_alarm(ACTIVITY, text)
            _logger.info("Reconnection of %s is near its limit", subscription.name)
