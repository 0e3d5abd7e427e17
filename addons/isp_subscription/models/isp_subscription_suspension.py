import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import BATCH_SIZE

_logger = logging.getLogger(__name__)


class IspSubscription(models.Model):
    """Grace, suspension and reactivation, decided on figures fresh from the ledger."""

    _inherit = "isp.subscription"

    # === ACTION METHODS === #

    def action_suspend(self):
        """Suspend by hand, whatever the debt."""
        self._isp_check_role("billing")
        for subscription in self:
            subscription._suspend("manual")

    def action_pause(self):
        """Pause at the customer's request: no service and no bills until it is resumed."""
        self._isp_check_role("billing")
        for subscription in self:
            subscription._suspend("voluntary")

    def action_reactivate(self):
        """Switch on again by hand, whatever the debt."""
        self._isp_check_role("billing")
        for subscription in self:
            subscription._reactivate(self.env._("By hand: %s", self.env.user.name))

    # === BUSINESS METHODS === #

    def _on_paid(self, periods, move):
        """Hook: ``periods`` of this service, billed by ``move``, have just become paid.

        Called once per transition to paid, with the ledger already settled. The service comes
        back at once when nothing overdue is left.
        """
        self.ensure_one()
        self._isp_refresh_service()

    def _isp_refresh_service(self, date=None):
        """Bring services back whose overdue debt is gone; cheap when there is nothing to do."""
        for subscription in self.sudo():
            if subscription.state not in ("grace", "suspended"):
                continue
            if subscription.state == "suspended" and subscription._open_reason() != "debt":
                continue
            today = date or subscription.company_id._isp_today()
            if subscription._isp_overdue_amount(today) < subscription.company_id.isp_min_debt:
                speaking = subscription.with_context(lang=subscription.company_id._isp_lang())
                speaking._reactivate(speaking.env._("Payment received"))

    def _open_reason(self):
        """Return the reason of the suspension in force, False when there is none."""
        self.ensure_one()
        return self.suspension_ids.filtered(lambda row: not row.date_to)[:1].reason

    def _has_pending_payment(self):
        """Hook: whether a payment in process must postpone the cut."""
        self.ensure_one()
        return False

    def _may_be_suspended(self, date):
        """Return whether the service may be cut for debt on ``date`` (company's calendar).

        Recomputed from the journal items now: never when paid ahead, when the overdue debt is
        below the minimum, within the grace days, on a day without cuts, or with a payment
        in process.
        """
        self.ensure_one()
        company = self.company_id
        if self.state not in ("active", "grace") or not self.cutoff_date:
            return False
        if self.cutoff_date > date or not company._isp_is_cut_day(date):
            return False
        overdue = self._isp_overdue_amount(date, company.isp_grace_days)
        return overdue >= company.isp_min_debt and not self._has_pending_payment()

    def _suspend(self, reason):
        """Switch the service off for ``reason`` (a key of `isp.suspension`) and record why.

        :raise UserError: when the reason is debt and there is none at this moment
        """
        self.ensure_one()
        today = self.company_id._isp_today()
        due = self._isp_overdue_amount(today)
        if reason == "debt":
            self.sudo()._apply_credit()
            due = self._isp_overdue_amount(today)
            if due < self.company_id.isp_min_debt:
                raise UserError(self.env._("%s owes nothing: it cannot be cut.", self.name))
        labels = dict(self.env["isp.suspension"]._fields["reason"]._description_selection(self.env))
        self._set_state("paused" if reason == "voluntary" else "suspended", labels[reason])
        self.env["isp.suspension"].sudo().create(
            {"subscription_id": self.id, "reason": reason, "amount_due": due}
        )

    def _reactivate(self, reason):
        """Switch the service on again and close its suspension; ``reason`` is shown and kept."""
        self.ensure_one()
        was_off = self.state in ("suspended", "paused")
        if not was_off and self.state != "grace":
            return
        suspensions = self.sudo().suspension_ids.filtered(lambda row: not row.date_to)
        suspensions.write({"date_to": fields.Datetime.now(), "reactivated_by": reason})
        if was_off:
            self._skip_days_off()
        self._set_state("active", reason)

    def _skip_days_off(self):
        """Days without service that were not billed are not billed in one block afterwards."""
        self.ensure_one()
        today = self.company_id._isp_today()
        if self._skips_days_off() and self.next_billing_date and self.next_billing_date < today:
            kind = "pause" if self.state == "paused" else "skip"
            self._isp_add_off_days(self.next_billing_date, today, kind)

    def _skips_days_off(self):
        """Return whether the days of the suspension in force are not billed."""
        self.ensure_one()
        bills = "suspended" in self.company_id._isp_billable_states(())
        return self.state == "paused" or (self.state == "suspended" and not bills)

    # === CRON === #

    @api.model
    def _cron_cutoff(self):
        """Daily: put overdue services in grace and cut those that may be cut."""
        for company in self._isp_companies():
            company_self = self.with_company(company).with_context(lang=company._isp_lang()).sudo()
            today = company._isp_today()
            if not company_self._run_cutoff(today, company):
                break

    @api.model
    def _run_cutoff(self, date, company):
        """Review the services whose cut-off date has passed, one savepoint per chunk.

        :return: the figures of the run, empty when the time of the cron was used up
        """
        figures = {"reviewed": 0, "grace": 0, "suspended": 0, "failed": 0}
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", ("active", "grace"))
            & Domain("cutoff_date", "<", date)
        )
        remaining = self.search_count(domain)
        last_id = 0
        while True:
            todo = domain & Domain("id", ">", last_id)
            chunk = self.search(todo, order="id", limit=BATCH_SIZE)
            if not chunk:
                break
            last_id = chunk[-1].id
            for subscription in chunk:
                outcome = subscription._review_cutoff_safely(date)
                figures["reviewed"] += 1
                if outcome:
                    figures[outcome] += 1
            remaining = max(remaining - len(chunk), 0)
            if not self.env["ir.cron"]._commit_progress(len(chunk), remaining=remaining):
                return {}
        _logger.info("Cut-off run of %s on %s: %s", company.name, date, figures)
        return figures

    def _review_cutoff_safely(self, date):
        """Review one service in a savepoint; an error is logged on it and stops nobody else."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return self._review_cutoff(date)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 one bad record must never stop the others
            self._note_billing_error(date, error)
            return "failed"

    def _review_cutoff(self, date):
        """Decide for one service on ``date``: nothing, grace or suspension."""
        self.ensure_one()
        self._apply_credit()
        if self._may_be_suspended(date):
            self._suspend("debt")
            return "suspended"
        overdue = self._isp_overdue_amount(date)
        if self.state == "active" and overdue >= self.company_id.isp_min_debt:
            self._set_state("grace", self.env._("Overdue: %s", self.currency_id.format(overdue)))
            return "grace"
        return ""
