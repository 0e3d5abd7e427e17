import logging
import time
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, models
from odoo.fields import Domain

from ..const import BATCH_SIZE, BILLABLE_STATES

_logger = logging.getLogger(__name__)


class IspSubscription(models.Model):
    """The billing run: chunks, one savepoint each, the failing record found and reported."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    @api.model
    def _cron_billing_run(self):
        """Bill every due period of every company, then apply credits."""
        for company in self._isp_companies():
            company_self = self.with_company(company).with_context(lang=company._isp_lang()).sudo()
            today = company._isp_today()
            if not company_self._run_billing(today, company):
                break

    @api.model
    def _isp_companies(self):
        """Return the companies that have subscriptions."""
        groups = self.sudo()._read_group([], ["company_id"])
        return self.env["res.company"].sudo().concat(*(company for (company,) in groups))

    @api.model
    def _run_billing(self, date, company, limit=None):
        """Bill all the periods of ``company`` due on ``date``, in chunks with a commit each.

        Safe to repeat and to interrupt: what was committed is no longer due.

        :param int limit: stop after this many subscriptions
        :return: the figures of the run, empty when the time of the cron was used up
        """
        started = time.monotonic()
        figures = {"subscriptions": 0, "invoices": 0, "failed": 0}
        last_id = 0
        remaining = self.search_count(self._get_due_domain(date, company))
        while remaining > 0 and (limit is None or figures["subscriptions"] < limit):
            size = BATCH_SIZE
            if limit is not None:
                size = min(size, limit - figures["subscriptions"])
            domain = self._get_due_domain(date, company) & Domain("id", ">", last_id)
            chunk = self.search(domain, order="id", limit=size)
            if not chunk:
                break
            last_id = chunk[-1].id
            moves, failed = chunk._bill_chunk(date)
            figures["subscriptions"] += len(chunk)
            figures["invoices"] += len(moves)
            figures["failed"] += len(failed)
            remaining = max(remaining - len(chunk), 0)
            if not self.env["ir.cron"]._commit_progress(len(chunk), remaining=remaining):
                return {}
        figures["seconds"] = round(time.monotonic() - started, 3)
        _logger.info("Billing run of %s on %s: %s", company.name, date, figures)
        return figures

    def _get_due_domain(self, date, company):
        """Return the domain of the services that may have a period due on ``date``."""
        prepaid = Domain("billing_mode", "=", "prepaid") & Domain(
            "next_billing_date", "<=", date + timedelta(company.isp_lead_days)
        )
        postpaid = Domain("billing_mode", "=", "postpaid") & Domain(
            "next_billing_date", "<=", date - timedelta(1)
        )
        not_failed_today = Domain("billing_error_date", "=", False) | Domain(
            "billing_error_date", "<", date
        )
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", company._isp_billable_states(BILLABLE_STATES))
            & (prepaid | postpaid)
            & not_failed_today
        )

    def _due_periods(self, date):
        """Return the periods of the service that are due for billing on ``date``."""
        self.ensure_one()
        if self.billing_mode == "postpaid":
            periods = self._next_periods(until=date)
            return [period for period in periods if period.end <= date]
        return self._next_periods(until=date + timedelta(self.company_id.isp_lead_days + 1))

    def _bill_chunk(self, date):
        """Bill the chunk in one savepoint; when it fails, halve it down to the culprit.

        :return: ``(posted invoices, failed subscriptions)``
        """
        try:
            with self.env.cr.savepoint():
                moves = self._bill_due(date)
                moves.flush_recordset()
                return moves, self.browse()
        except OperationalError:
            # Lost connection, serialization: not the fault of a record, the run is repeated.
            raise
        except Exception as error:  # noqa: BLE001 one bad record must never stop the others
            if len(self) == 1:
                self._note_billing_error(date, error)
                return self.env["account.move"], self
        half = len(self) // 2
        moves, failed = self[:half]._bill_chunk(date)
        more_moves, more_failed = self[half:]._bill_chunk(date)
        return moves | more_moves, failed | more_failed

    def _bill_due(self, date):
        """Bill every due period, one invoice per period, dated by rule; apply credits."""
        plan = []
        for subscription in self:
            plan += [(subscription, [period]) for period in subscription._due_periods(date)]
        moves = self._isp_invoice(plan, date) if plan else self.env["account.move"]
        recovered = self.filtered("billing_error")
        if recovered:
            recovered.write({"billing_error": False, "billing_error_date": False})
            recovered.activity_unlink(["isp_subscription.mail_activity_billing_error"])
        moves.isp_subscription_ids._apply_credit()
        return moves

    def _note_billing_error(self, date, error):
        """Write the error on the record, with one open activity for the billing team."""
        self.ensure_one()
        text = str(error) or type(error).__name__
        _logger.info("Billing of %s failed: %s", self.name, text)
        self.write({"billing_error": text, "billing_error_date": date})
        xmlid = "isp_subscription.mail_activity_billing_error"
        if not self.activity_search([xmlid]):
            seller = self.create_uid if self.create_uid._is_internal() else self.env.user
            self.activity_schedule(xmlid, note=text, user_id=seller.id, date_deadline=date)
