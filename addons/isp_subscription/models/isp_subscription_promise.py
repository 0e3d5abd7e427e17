from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, format_date


class IspSubscription(models.Model):
    """Promises of payment (promesa) and lent grace days (prórroga)."""

    _inherit = "isp.subscription"

    promise_ids = fields.One2many("isp.promise", "subscription_id", readonly=True)
    promised_until = fields.Date(
        compute="_compute_promised_until",
        search="_search_promised_until",
        help="Last day of the promise or extension in force.",
    )

    # === COMPUTE METHODS === #

    def _compute_promised_until(self):
        promises = self.env["isp.promise"].search(
            [("subscription_id", "in", self.ids), ("state", "=", "open")]
        )
        until = {promise.subscription_id.id: promise.date_until for promise in promises}
        for subscription in self:
            subscription.promised_until = until.get(subscription.id, False)

    def _search_promised_until(self, operator, value):
        if operator not in ("in", "<", "<=", ">", ">="):
            return NotImplemented
        in_force = [("state", "=", "open")]
        if operator == "in" and False in value:
            days = [day for day in value if day]
            nothing = [("promise_ids", "not any", in_force)]
            if not days:
                return nothing
            return ["|", *nothing, ("promise_ids", "any", [*in_force, ("date_until", "in", days)])]
        return [("promise_ids", "any", [*in_force, ("date_until", operator, value)])]

    # === ACTION METHODS === #

    def action_promise(self):
        """Open the form of a new promise of payment."""
        self.ensure_one()
        self._isp_check_role("cashier", "billing")
        self._isp_check_promise("promise")
        day = self.company_id._isp_today() + timedelta(min(self.company_id.isp_promise_max_days, 7))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise of payment"),
            "res_model": "isp.promise",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_id": self.id, "default_date_until": day},
        }

    def action_extension(self):
        """Lend the grace days of the settings."""
        self._isp_check_role("cashier", "billing")
        for subscription in self:
            subscription._isp_request_extension("staff")

    # === BUSINESS METHODS === #

    def _isp_request_extension(self, channel="portal"):
        """Lend the grace days of the settings, once per cycle, and return the `isp.promise`.

        :param str channel: "portal" when the customer asks himself, which is a setting
        :raise UserError: when it is not possible; the message is for the reader
        """
        self.ensure_one()
        if channel == "portal" and not self.company_id.isp_extension_self_service:
            raise UserError(self.env._("Call us to ask for an extension."))
        vals = {"subscription_id": self.id, "kind": "extension", "channel": channel}
        return self.env["isp.promise"].sudo().create(vals)

    def _isp_extension_offer(self):
        """Return what asking for an extension now would give.

        :return: dict ``possible``, ``reason`` (why not, for the reader), ``days`` and
            ``date_until`` (last day without a cut, False when it is not possible)
        """
        self.ensure_one()
        record = self.sudo()
        offer = {"possible": False, "reason": "", "days": 0, "date_until": False}
        try:
            if not self.company_id.isp_extension_self_service:
                raise UserError(self.env._("Call us to ask for an extension."))
            record._isp_check_promise("extension")
        except UserError as error:
            return {**offer, "reason": str(error)}
        days = record.company_id.isp_extension_days
        until = record._isp_extension_until()
        return {**offer, "possible": True, "days": days, "date_until": until}

    def _isp_extension_until(self):
        """Return the last day of an extension asked for now.

        The days are added to the last day of grace, or to today when that has passed.
        """
        self.ensure_one()
        company, today = self.company_id, self.company_id._isp_today()
        due = self._isp_oldest_due() or today
        protected = max(due + timedelta(company.isp_grace_days), today)
        return protected + timedelta(company.isp_extension_days)

    def _isp_oldest_due(self):
        """Return the due date of the oldest open invoice, False when nothing is open."""
        self.ensure_one()
        return self.sudo()._isp_open_moves()[:1].invoice_date_due

    def _isp_check_promise(self, kind):
        """Raise a `UserError` when the service cannot take a promise of this ``kind`` now."""
        self.ensure_one()
        record = self.sudo()
        if record.state not in ("active", "grace") and not record._isp_suspended_for_debt():
            raise UserError(self.env._("%s has no debt that a promise could cover.", self.name))
        least = self.company_id.isp_min_debt
        if float_compare(record._isp_net_balance(), least, precision_digits=2) < 0:
            raise UserError(self.env._("%s owes nothing.", self.name))
        current = record.promise_ids.filtered(lambda promise: promise.state == "open")
        if current:
            day = format_date(self.env, current[:1].date_until)
            raise UserError(self.env._("There is a promise in force until %s.", day))
        if kind == "extension":
            record._isp_check_extension()
        record._isp_check_broken(allowed=self.env.user)

    def _isp_check_extension(self):
        self.ensure_one()
        if not self.company_id.isp_extension_days:
            raise UserError(self.env._("Extensions are not offered."))
        if self.promise_ids.filtered(
            lambda promise: (
                promise.kind == "extension"
                and promise.state != "cancelled"
                and promise.cutoff_date == self.cutoff_date
            )
        ):
            raise UserError(self.env._("The extension of this cycle was already given."))

    def _isp_check_broken(self, allowed):
        """A promise about this debt was broken: only a manager gives another chance."""
        self.ensure_one()
        broken = self.promise_ids.filtered(
            lambda promise: (
                promise.state == "broken"
                and promise.kind == "promise"
                and promise.cutoff_date == self.cutoff_date
            )
        )
        if broken and not allowed.has_group("isp_subscription.group_isp_manager"):
            raise UserError(
                self.env._(
                    "A promise about this debt was broken on %s: ask a manager.",
                    format_date(self.env, broken[:1].date_until),
                )
            )

    def _isp_net_balance(self):
        """Return what is open less the credit of the payer."""
        self.ensure_one()
        situation = self._isp_situation().get(self.id)
        return situation.balance - situation.credit if situation else 0.0

    def _isp_prepare_promise_vals(self, vals):
        """Return the values of a promise; checks its last day.

        :raise UserError: when the day is over or too far away
        """
        self.ensure_one()
        record = self.sudo()
        moves = record._isp_open_moves()
        if vals.get("kind") == "extension":
            until = record._isp_extension_until()
        else:
            until = record._isp_check_promise_day(fields.Date.to_date(vals.get("date_until")))
        return {
            **vals,
            "date_until": until,
            "amount": vals.get("amount") or record._isp_net_balance(),
            "cutoff_date": self.cutoff_date,
            "debt_until": moves[-1:].invoice_date_due,
        }

    def _isp_check_promise_day(self, day):
        self.ensure_one()
        company, today = self.company_id, self.company_id._isp_today()
        last = today + timedelta(company.isp_promise_max_days)
        if not day or not today <= day <= last:
            raise UserError(
                self.env._(
                    "Promise a day from %(first)s to %(last)s.",
                    first=format_date(self.env, today),
                    last=format_date(self.env, last),
                )
            )
        return day
