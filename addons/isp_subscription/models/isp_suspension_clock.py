import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models

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

    def _isp_note_confirmed(self):
        """Stop the clock: the network says that the service is on."""
        waiting = self.filtered(lambda row: row.reactivated_at and not row.network_confirmed_at)
        if waiting:
            waiting.write({"network_confirmed_at": fields.Datetime.now()})
            waiting.subscription_id.activity_unlink([ACTIVITY])

    # === BUSINESS METHODS: FEE === #

    def _isp_charge_fee(self):
        """Charge the reconnection once per suspension for debt; a failure stops no service.

        An error is noted on the subscription for the billing team.
        """
        self.ensure_one()
        if self.reason != "debt" or self.fee_move_id:
            return
        subscription = self.subscription_id
        amount = self._isp_fee_amount()
        if amount <= 0:
            return
        try:
            with self.env.cr.savepoint():
                self.fee_move_id = subscription._isp_charge(
                    self._isp_fee_product(), self.env._("Reconnection"), amount
                )
                self.env.flush_all()
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 the customer has paid: his service comes first
            self.invalidate_recordset()
            subscription._note_billing_error(self.company_id._isp_today(), error)

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
        """Hourly: bring back who was missed, and raise the alarm before the legal limit."""
        subscriptions = self.env["isp.subscription"]
        for company in subscriptions._isp_companies():
            company_self = self.with_company(company).with_context(lang=company._isp_lang()).sudo()
            company_self._isp_bring_back_missed(company)
            company_self._isp_raise_alarms(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

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
