import logging
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..isolation import attempt
from .isp_plan_change import OPEN_STATES

_logger = logging.getLogger(__name__)


class IspPlanChange(models.Model):
    """Life of a request: made, quoted again, applied once, or closed without a trace."""

    _inherit = "isp.plan.change"

    # === BUSINESS METHODS: REQUEST === #

    @api.model
    def _isp_create(self, subscription, plan, policy, channel, price=0.0):
        """Return a new request with the arithmetic of this moment."""
        today = subscription.company_id._isp_today()
        terms = subscription._isp_change_terms(plan, policy, price)
        target = subscription._isp_as_if(plan, price)
        waits = policy != "next_cutoff"
        return self.create(
            {
                "subscription_id": subscription.id,
                "plan_from_id": subscription.plan_id.id,
                "plan_to_id": plan.id,
                "policy": policy,
                "state": "awaiting_payment" if waits else "scheduled",
                "price_from": subscription.price_total,
                "price_to": target.price_total,
                "agreed_price": price,
                "requested_on": today,
                "expires_at": self._isp_expiry(subscription.company_id) if waits else False,
                "requested_by_id": self.env.uid,
                "channel": channel,
                **self._prepare_terms_vals(terms),
            }
        )

    @api.model
    def _isp_expiry(self, company):
        """Return the end of the last day to pay, in UTC."""
        last = company._isp_today() + timedelta(company.isp_change_expiry_days)
        zone = pytz.timezone(company._isp_zone_name())
        end = zone.localize(datetime.combine(last, time(23, 59, 59)))
        return end.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _prepare_terms_vals(self, terms):
        """Return the values that keep ``terms`` as they were shown."""
        return {
            "line_data": [
                {
                    "kind": line.kind,
                    "concept": line.concept,
                    "factors": line.factors,
                    "amount": float(line.amount),
                }
                for line in terms.lines
            ],
            "amount_total": float(terms.amount_total),
            "amount_due": float(terms.amount_due),
            "effective_date": terms.day,
        }

    def _isp_terms(self):
        """Return the terms of this request now; the price is the one that was shown."""
        self.ensure_one()
        return self.subscription_id._isp_change_terms(
            self.plan_to_id, self.policy, self.price_to, self.requested_on
        )

    def _isp_start(self):
        """Do what a fresh request does at once: apply it, schedule it or ask for the money."""
        self.ensure_one()
        if self.state == "scheduled":
            self._isp_schedule()
            return
        terms = self._isp_terms()
        if not terms.amount_due:
            self._isp_apply(terms)
            return
        self._isp_draft_invoice(terms)
        change = self._isp_speaking()
        change._isp_tell(
            "requested",
            change.env._(
                "Pay %(amount)s to change to %(plan)s.",
                amount=change.currency_id.format(change.amount_due),
                plan=change.plan_to_id.name,
            ),
        )

    # === BUSINESS METHODS: END === #

    def _isp_close(self, state, reason):
        """End open requests as ``expired`` or ``cancelled``; their draft invoices go with them."""
        for change in self.sudo():
            change._isp_lock()
            was = change.state
            if was not in OPEN_STATES:
                continue
            draft = change.move_id.filtered(lambda move: move.state == "draft")
            change.write({"state": state, "closed_reason": reason, "move_id": False})
            change.flush_recordset()
            draft.unlink()
            if was == "scheduled":
                change._isp_unschedule()
            speaking = change._isp_speaking()
            speaking._isp_tell(
                state,
                speaking.env._(
                    "The change to %(plan)s will not be made: %(reason)s",
                    plan=speaking.plan_to_id.name,
                    reason=reason,
                ),
            )

    def _isp_lock(self):
        """Wait for whoever else decides on this request, then read it again.

        The service is locked first, as every payment does: nobody waits for each other. When
        the other one changed the request, PostgreSQL refuses here and the work is run again.
        """
        self.ensure_one()
        self.flush_recordset()
        self.subscription_id._lock_for_settlement()
        query = SQL("SELECT id FROM isp_plan_change WHERE id = %s FOR UPDATE", self.id)
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(["state", "is_late_noted"])

    def _isp_speaking(self):
        """Return the request in the language of its customer."""
        lang = self.partner_id.lang or self.company_id._isp_lang()
        return self.with_context(lang=lang)

    def _isp_tell(self, key, text):
        """Tell the customer about the request, once per ``key``."""
        self.ensure_one()
        self.subscription_id._isp_notify("plan_change", f"{self.id}-{key}", text=text)

    # === CRON === #

    @api.model
    def _cron_plan_changes(self):
        """Hourly: let unpaid requests lapse and make the changes whose cut has come."""
        lapsed = Domain("state", "=", "awaiting_payment") & Domain(
            "expires_at", "<", fields.Datetime.now()
        )
        # The date where the company is may be one more than that of UTC: checked per record.
        tomorrow = fields.Date.today() + timedelta(1)
        due = Domain("state", "=", "scheduled") & Domain("effective_date", "<=", tomorrow)
        changes = self.sudo().search(lapsed | due, order="id")
        remaining = len(changes)
        for change in changes:
            change._isp_run_safely()
            remaining -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                break

    def _isp_run_safely(self):
        """Close or apply one request in a savepoint; an error stops nobody else."""
        self.ensure_one()
        error, _result = attempt(self.env, self._isp_run)
        if error:
            _logger.info("Plan change %s failed: %s", self.id, error)
            self.subscription_id._note_billing_error(self.company_id._isp_today(), error)

    def _isp_run(self):
        """Do what is due for this request now."""
        company = self.company_id
        change = self.with_company(company).with_context(lang=company._isp_lang())
        change._isp_lock()
        if change.state == "scheduled":
            if change.effective_date <= company._isp_today():
                change._isp_apply_scheduled()
        elif change._isp_is_over() and not change._isp_money_is_coming():
            change._isp_close("expired", change.env._("It was not paid in time"))

    def _isp_is_over(self):
        self.ensure_one()
        return self.state == "awaiting_payment" and self.expires_at < fields.Datetime.now()

    def _isp_money_is_coming(self):
        """Return whether a payment is known that is not booked yet; credit in hand counts too."""
        self.ensure_one()
        self._isp_on_money()
        return self.state != "awaiting_payment" or self.subscription_id._has_pending_payment()
