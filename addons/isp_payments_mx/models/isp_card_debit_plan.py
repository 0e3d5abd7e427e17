from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.isp_subscription.isolation import attempt

from ..services.charge_day import charge_date, earliest_charge
from ..services.dunning import chargeable, notice_date

# A notice goes out this many days before it must: mails may be late.
NOTICE_MARGIN_DAYS = 1


class IspCardDebit(models.Model):
    """Announcing: which bills are charged when, and the notice that the law asks for."""

    _inherit = "isp.card.debit"

    # === CRON === #

    @api.model
    def _cron_announce(self):
        """Announce the charges of every company whose automatic runs may start."""
        services = self.env["isp.subscription"].with_context(isp_auto_run=True)
        services._isp_run_companies(self, "_run_announce")
        self.env["isp.card.mandate"]._isp_run_expiring()

    # === BUSINESS METHODS === #

    @api.model
    def _run_announce(self, date, company):
        """Announce what ``company`` is to charge; one commit per service, safe to repeat.

        :return: False when the time of the cron was used up
        """
        mandates = self.env["isp.card.mandate"].sudo()
        ids = self._isp_unannounced_mandates(company)
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for mandate in mandates.browse(ids):
            self._isp_announce_safely(mandate, date)
            if not self.env["ir.cron"]._commit_progress(1):
                return False
        return True

    @api.model
    def _isp_unannounced_mandates(self, company):
        """Return the ids of the active mandates with an open bill that is not announced yet."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT mandate.id
                  FROM isp_card_mandate mandate
                  JOIN isp_subscription_period period
                    ON period.subscription_id = mandate.subscription_id
                   AND period.state = 'billed' AND period.amount_open > 0
                 WHERE mandate.state = 'active' AND mandate.company_id = %s
                   AND NOT EXISTS (
                       SELECT 1 FROM isp_card_debit debit
                        WHERE debit.subscription_id = period.subscription_id
                          AND debit.period_start >= period.date_start
                          AND debit.state NOT IN ('settled', 'cancelled')
                          AND (debit.state != 'failed' OR debit.mandate_id = mandate.id))
              ORDER BY mandate.id
                """,
                company.id,
            )
        )
        return [mandate_id for (mandate_id,) in rows]

    @api.model
    def _isp_announce_safely(self, mandate, date):
        """Announce for one mandate, alone and in a savepoint; an error stops nobody else."""
        service = mandate.subscription_id.try_lock_for_update(allow_referencing=True)
        if not service:
            return self.browse()
        mandate.invalidate_recordset()
        try:
            error, debit = attempt(self.env, self._isp_announce, mandate, date)
        except OperationalError:
            # Another process was faster with the same row: the next run sees what it did.
            self.env.cr.rollback()
            return self.browse()
        if error:
            mandate._isp_note_problem(error)
        return debit or self.browse()

    @api.model
    def _isp_announce(self, mandate, date):
        """Announce the charge of the newest open bill, when its day has come.

        :return: the charge, empty when there is nothing to announce
        """
        service, company = mandate.subscription_id, mandate.company_id
        moves = service._isp_debit_moves()
        if mandate.state != "active" or not moves:
            return self.browse()
        move = moves[-1]
        period_start, due = service._isp_debit_key(move), move.invoice_date_due
        early, late = company._isp_debit_reach(service.billing_mode)
        wanted = charge_date(due, mandate.charge_day, early, late)
        days = company.isp_debit_notice_days
        if date < notice_date(wanted, days, NOTICE_MARGIN_DAYS):
            return self.browse()
        own = [("subscription_id", "=", service.id), ("period_start", "=", period_start)]
        known = self.search(own, limit=1)
        if known and not known._isp_may_reopen(mandate):
            return self.browse()
        amount = chargeable(service._isp_debit_residual(due), mandate.amount_cap)
        if amount <= 0:
            return self.browse()
        day = earliest_charge(wanted, date, days)
        vals = {
            "mandate_id": mandate.id,
            "date_due": due,
            "charge_date": day,
            "next_date": day,
            "amount": float(amount),
            "state": "announced",
        }
        debit = known._isp_reopen(vals) if known else self._isp_create(service, period_start, vals)
        debit._isp_tell_charge(move)
        return debit

    @api.model
    def _isp_create(self, service, period_start, vals):
        return self.create(
            {
                "subscription_id": service.id,
                "company_id": service.company_id.id,
                "period_start": period_start,
                **vals,
            }
        )

    def _isp_may_reopen(self, mandate):
        """Return whether the charge of this period may be announced again: it was never paid."""
        self.ensure_one()
        if self.state == "failed":  # given up with another card
            return self.mandate_id != mandate
        return self.state in ("settled", "cancelled")

    def _isp_reopen(self, vals):
        """Announce anew a charge that was switched off or had nothing to charge."""
        self.ensure_one()
        self.write({**vals, "opening": self.opening + 1, "notice_id": False, "reason": False})
        return self
