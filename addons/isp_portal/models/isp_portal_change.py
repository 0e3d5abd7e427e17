import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..services.paging import to_int

CHANGE_SCOPE = "isp_portal.plan_change"
CHANGE_HOURS = 24
CHANGEABLE_STATES = ("active", "grace")
SHOWN_DAYS = 15


class IspPortalPage(models.AbstractModel):
    """Change the plan: what may be chosen, what it costs line by line, the open request."""

    _inherit = "isp.portal.page"

    # === PAGES === #

    @api.model
    def _get_pay_values(self, subscription, months=None):
        """Extend: the plans the service may change to, and the request that is open."""
        return {**super()._get_pay_values(subscription, months), **self._get_plans(subscription)}

    @api.model
    def _get_plans(self, subscription):
        """Return dict(plans, plan_request, plan_done) of a service."""
        plans = []
        if subscription.state in CHANGEABLE_STATES:
            plans = [
                self._get_plan_option(subscription, plan_sudo)
                for plan_sudo in subscription.sudo()._isp_allowed_plans()
            ]
        return {
            "plans": plans,
            "plan_request": self._get_plan_request(subscription),
            "plan_done": self._get_plan_done(subscription),
        }

    @api.model
    def _get_plan_option(self, subscription, plan_sudo):
        """Return the card of a plan: name, speeds, price and what it differs by."""
        fmt = self._get_formatter()
        price = plan_sudo._isp_price_total(subscription.sudo().partner_id)
        difference = round(price - subscription.price_total, 2)
        text = self.env._("%s more", fmt.money(difference))
        if difference < 0:
            text = self.env._("%s less", fmt.money(-difference))
        return {
            "id": plan_sudo.id,
            "name": plan_sudo.name,
            "speed": self._get_plan_speed(plan_sudo),
            "price": price,
            "difference": text if difference else self.env._("Same price"),
            "url": self._get_change_url(subscription, plan_sudo.id),
        }

    @api.model
    def _get_plan_speed(self, plan_sudo):
        """Return ``50 / 20 Mbps``, or nothing for a plan without speeds."""
        if not plan_sudo.isp_down_mbps:
            return ""
        fmt = self._get_formatter()
        return f"{fmt.speed(plan_sudo.isp_down_mbps)} / {fmt.speed(plan_sudo.isp_up_mbps)} Mbps"

    @api.model
    def _get_change_url(self, subscription, plan_id=None):
        """Return the address of the page "Change plan", with a plan chosen or not."""
        url = f"/my/isp/plan?subscription_id={subscription.id}"
        return f"{url}&plan_id={plan_id}" if plan_id else url

    @api.model
    def _get_change_values(self, subscription, plan_id=None):
        """Return the values of the page "Change plan"; the arithmetic when a plan is chosen."""
        values = self._get_plans(subscription)
        wanted = to_int(plan_id)
        chosen = [plan for plan in values["plans"] if plan["id"] == wanted]
        if plan_id and not chosen:
            values["refused"] = self.env._("Your plan cannot be changed to this one.")
        if chosen:
            values.update(self._get_terms_values(subscription, wanted))
        return {
            **values,
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "plan_now": {"price": subscription.price_total},
            "chosen": chosen[0] if chosen else None,
            "pay_url": f"/my/isp/pay?subscription_id={subscription.id}",
        }

    @api.model
    def _get_terms_values(self, subscription, plan_id):
        """Return the arithmetic of a change as it is now, and the token of its button."""
        subscription_sudo = subscription.sudo()
        plan_sudo = self.env["product.template"].sudo().browse(plan_id)
        policy = subscription_sudo._isp_default_policy(plan_sudo)
        try:
            subscription_sudo._isp_check_plan_change(plan_sudo, policy)
            terms = subscription_sudo._isp_change_terms(plan_sudo, policy)
        except UserError as error:
            return {"refused": str(error)}
        due = float(terms.amount_due)
        return {
            "terms": {
                "lines": [line for line in terms.lines if line.kind != "later"],
                "total": due,
                "rows": self._get_terms_rows(policy, terms),
                "note": self._get_terms_note(subscription, policy, due),
                "policy": policy,
            },
            "token": self._sign_change(subscription, plan_id, policy, due),
        }

    @api.model
    def _get_terms_rows(self, policy, terms):
        """Return what changes and when: dict(label, value)."""
        fmt, _ = self._get_formatter(), self.env._
        start = {
            "on_payment": _("When your payment is registered"),
            "now_credit": _("When your payment is registered") if terms.amount_due else _("Now"),
            "next_cutoff": fmt.date(terms.day),
        }[policy]
        rows = [{"label": _("The new plan starts"), "value": start}]
        if policy != "next_cutoff" and terms.covered_until:
            rows.append({"label": _("New next cut-off"), "value": fmt.date(terms.covered_until)})
        return rows

    @api.model
    def _get_terms_note(self, subscription, policy, due):
        """Return what happens if the customer does nothing more."""
        fmt, _ = self._get_formatter(), self.env._
        if policy == "next_cutoff":
            return _("There is nothing to pay now. You can cancel the change until that day.")
        if not due:
            return _("There is nothing to pay: the change is made at once.")
        changes = self.env["isp.plan.change"].sudo()
        last = fmt.local_date(changes._isp_expiry(subscription.sudo().company_id))
        return _(
            "If you do not pay by %s, the request is cancelled and your plan stays the same.",
            fmt.date(last),
        )

    # === THE REQUEST === #

    @api.model
    def _get_plan_request(self, subscription):
        """Return the open request of a service as dict, or None."""
        change_sudo = subscription.sudo().open_change_id
        if not change_sudo:
            return None
        fmt = self._get_formatter()
        waits = change_sudo.state == "awaiting_payment"
        try:
            amount = change_sudo._get_payment_quote()["total"] if waits else 0.0
        except UserError:
            # billing has something to do first; the customer sees what he was told
            amount = change_sudo.amount_due
        return {
            "id": change_sudo.id,
            "plan": change_sudo.plan_to_id.name,
            "waits": waits,
            "amount": amount,
            "last_day": fmt.date(fmt.local_date(change_sudo.expires_at)),
            "starts": fmt.date(change_sudo.effective_date),
            "pay_url": self._get_change_pay_url(subscription, change_sudo.id),
        }

    @api.model
    def _get_plan_done(self, subscription):
        """Return the change made in the last days as dict(plan, date), or None."""
        change_sudo = subscription.sudo().change_ids[:1]
        if change_sudo.state != "applied":
            return None
        fmt = self._get_formatter()
        if (fields.Datetime.now() - change_sudo.applied_at).days > SHOWN_DAYS:
            return None
        date = fmt.date(fmt.local_date(change_sudo.applied_at))
        return {"plan": change_sudo.plan_to_id.name, "date": date}

    @api.model
    def _get_change_pay_url(self, subscription, change_id):
        """Return the address of the payment summary of a request."""
        return f"/my/isp/pay/summary?subscription_id={subscription.id}&change_id={change_id}"

    @api.model
    def _get_own_request(self, subscription, change_id):
        """Return the request ``change_id`` while it waits for the payment of this service."""
        change_sudo = subscription.sudo().open_change_id
        if change_sudo.id != to_int(change_id) or change_sudo.state != "awaiting_payment":
            return change_sudo.browse()
        return change_sudo

    @api.model
    def _get_change_quote(self, subscription, change_id):
        """Return the quote of the server for a request, None when it waits for nothing."""
        change_sudo = self._get_own_request(subscription, change_id)
        try:
            quote = change_sudo._get_payment_quote() if change_sudo else None
        except UserError:
            quote = None
        return quote and {**quote, "subscription": subscription}

    @api.model
    def _get_change_summary_values(self, subscription, change_id):
        """Return the values of the payment summary of a request, None when there is none."""
        quote = self._get_change_quote(subscription, change_id)
        if not quote:
            return None
        methods = self._get_payment_methods(subscription, quote) if quote["total"] > 0 else []
        return {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "quote": quote,
            "months": 0,
            "new_plan": quote["plan"].name,
            "covered": self._get_covered_period(quote),
            "methods": sorted(methods, key=lambda method: method["sequence"]),
            "branches": self._get_branches(subscription),
            "status_url": self._get_status_url(subscription),
            "pay_url": self._get_change_url(subscription),
        }

    @api.model
    def _request_change(self, subscription, token):
        """Ask for the change whose arithmetic was shown; return the request, None when it differs.

        :param str token: what `_sign_change` made; the same press gives the same request
        :raise UserError: the change is not possible any more
        """
        values = self._read_change(subscription, token)
        if not values:
            return None
        plan_id, policy, due, key = values
        subscription_sudo = subscription.sudo()
        changes_sudo = self.env["isp.plan.change"].sudo()
        known = changes_sudo.search(
            [("request_mark", "=", key), ("subscription_id", "=", subscription.id)], limit=1
        )
        if known:
            return known
        plan_sudo = self.env["product.template"].sudo().browse(plan_id)
        subscription_sudo._isp_check_plan_change(plan_sudo, policy)
        terms = subscription_sudo._isp_change_terms(plan_sudo, policy)
        if subscription.currency_id.compare_amounts(float(terms.amount_due), due):
            return None
        return subscription_sudo._isp_request_plan_change(plan_sudo, policy, "portal", key=key)

    # === TOKEN === #

    @api.model
    def _sign_change(self, subscription, plan_id, policy, due):
        """Return a signed mark of what was shown: pressing its button twice is one request."""
        values = [subscription.id, plan_id, policy, f"{due:.2f}", uuid.uuid4().hex]
        return hash_sign(self.env(su=True), CHANGE_SCOPE, values, expiration_hours=CHANGE_HOURS)

    @api.model
    def _read_change(self, subscription, token):
        """Return ``(plan id, policy, amount, mark)`` of a token made for this service, or None."""
        try:
            values = verify_hash_signed(self.env(su=True), CHANGE_SCOPE, token or "")
        except ValueError:
            values = None
        if not values or values[0] != subscription.id:
            return None
        return values[1], values[2], float(values[3]), values[4]
