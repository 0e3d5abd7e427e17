from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class IspSubscription(models.Model):
    """Suspension and reactivation, decided on figures fresh from the ledger."""

    _inherit = "isp.subscription"

    # === ACTION METHODS === #

    def action_suspend(self):
        """Suspend by hand, whatever the debt."""
        self._isp_check_role("billing")
        for subscription in self:
            subscription._suspend("manual")

    def action_reactivate(self):
        """Switch on again by hand, whatever the debt."""
        self._isp_check_role("billing")
        for subscription in self:
            subscription._reactivate(self.env._("By hand: %s", self.env.user.name))

    # === BUSINESS METHODS: MONEY ARRIVED === #

    def _on_paid(self, periods, move):
        """Hook: ``periods`` of this service, billed by ``move``, have just become paid.

        Called once per transition to paid, with the ledger already settled. The service comes
        back at once when nothing overdue is left.
        """
        self.ensure_one()
        self._isp_refresh_service()

    def _isp_refresh_service(self, date=None):
        """Bring services back whose overdue debt is gone, by whatever channel it went.

        Cheap when there is nothing to do. The rows are locked: a cut that is being decided at
        this moment either sees the money or makes this transaction run again.

        :param date: day on which "overdue" is judged (default: the company's today)
        """
        services = self.sudo().exists()
        services.promise_ids._isp_close_settled()
        waiting = services.filtered(
            lambda sub: sub.state == "grace" or sub._isp_suspended_for_debt()
        )
        if not waiting:
            return
        waiting._lock_for_settlement()
        for company, group in waiting.grouped("company_id").items():
            today = date or company._isp_today()
            situations = group._isp_situation(today)
            for subscription in group:
                if not subscription._isp_in_debt(situations.get(subscription.id), today):
                    speaking = subscription.with_context(lang=company._isp_lang())
                    speaking._isp_debt_gone()

    def _isp_in_debt(self, situation, date):
        """Return whether the service owes enough on ``date`` to stay in grace or off."""
        self.ensure_one()
        if not situation or (self.cutoff_date and self.cutoff_date > date):
            return False  # who has paid ahead is never off for another charge
        least = self.company_id.isp_min_debt
        return float_compare(situation.overdue, least, precision_digits=2) >= 0

    def _isp_debt_gone(self):
        """Start the reconnection clock, bring the service back and charge the reconnection."""
        self.ensure_one()
        suspension = self._isp_open_suspension()
        suspension._isp_note_paid()
        self._isp_switch_on("active", self.env._("Payment received"))

    # === BUSINESS METHODS: STATE === #

    def _isp_open_suspension(self):
        """Return the suspension in force, empty when there is none."""
        self.ensure_one()
        return self.sudo().suspension_ids.filtered(lambda row: not row.date_to)[:1]

    def _open_reason(self):
        """Return the reason of the suspension in force, False when there is none."""
        return self._isp_open_suspension().reason

    def _isp_suspended_for_debt(self):
        """Return whether the service is off because of a debt."""
        self.ensure_one()
        return self.state == "suspended" and self._open_reason() == "debt"

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
        suspension = self.env["isp.suspension"].sudo()
        suspension.create({"subscription_id": self.id, "reason": reason, "amount_due": due})
        if reason == "debt":
            self.env["isp.notice"]._isp_wake_up()

    def _reactivate(self, reason):
        """Switch the service on again and close its suspension; ``reason`` is shown and kept."""
        self.ensure_one()
        if self.state in ("grace", "suspended", "paused"):
            self._isp_switch_on("active", reason, fee=False)

    def _isp_switch_on(self, state, reason, fee=True):
        """Bring the service back as ``state`` ("active", or "grace" while a promise is kept).

        :param str reason: shown to customer and staff, and kept
        :param bool fee: charge the reconnection of a suspension for debt
        """
        self.ensure_one()
        was_off = self.state in ("suspended", "paused")
        suspension = self._isp_open_suspension()
        if was_off:
            self._skip_days_off()
        suspension._isp_note_reactivated(reason)
        self._set_state(state, reason)
        if was_off and suspension.reason == "debt":
            self.env["isp.notice"]._isp_wake_up()
        if fee and was_off and suspension:
            suspension._isp_order_fee()

    def _skip_days_off(self):
        """Days without service that were not billed are not billed in one block afterwards.

        They are noted as off from the day of the cut on; the day of the return is served.
        """
        self.ensure_one()
        today = self.company_id._isp_today()
        start = self._isp_first_day_off()
        if self._skips_days_off() and start and start < today:
            kind = "pause" if self.state == "paused" else "skip"
            vals = {"suspension_id": self._isp_open_suspension().id}
            self._isp_add_off_days(start, today, kind, **vals)

    def _isp_first_day_off(self):
        """Return the first day that was neither billed nor served, False when all are billed."""
        self.ensure_one()
        suspension = self._isp_open_suspension()
        if not suspension or not self.next_billing_date:
            return False
        zone = self.with_context(tz=self.company_id._isp_zone_name())
        cut = fields.Datetime.context_timestamp(zone, suspension.date_from).date()
        return max(self.next_billing_date, cut)

    def _skips_days_off(self):
        """Return whether the days of the suspension in force are not billed."""
        self.ensure_one()
        bills = "suspended" in self.company_id._isp_billable_states(())
        return self.state == "paused" or (self.state == "suspended" and not bills)
