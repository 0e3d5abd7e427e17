from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models

DUE_SOON_STATES = ("active", "grace", "suspended", "to_install", "cancel_pending")


class IspPortalPage(models.AbstractModel):
    """Dashboard: charges, state, credit, services."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_dashboard_subscription(self, subscriptions):
        """Return the service the dashboard opens on: the one whose payment is most urgent."""
        order = {"suspended": 0, "grace": 1}
        far = self._get_today() + timedelta(days=36500)
        return subscriptions.sorted(
            lambda sub: (
                sub.state == "cancelled",
                order.get(sub.state, 2),
                not sub.balance_due,
                sub.cutoff_date or far,
            )
        )[:1]

    @api.model
    def _get_dashboard_values(self, subscription):
        """Return the values of the dashboard for one service.

        Other addons add keys of their own, which their templates in the slots read.

        :param subscription: the service in focus, readable by the user
        """
        subscriptions = self._get_subscriptions()
        return {
            "subscription": subscription,
            "subscriptions": subscriptions,
            "hero": self._get_hero_values(subscription, len(subscriptions) > 1),
            "badge": self._get_badge(subscription),
            "since": self._get_formatter().local_date(subscription.state_since),
            "credit": max(subscription.credit_balance, 0.0),
            "services": [self._get_service_values(sub) for sub in subscriptions],
            "state_notice": self._get_state_notice(subscription),
            "last_payment": self._get_last_payment_values(),
        }

    @api.model
    def _get_last_payment_values(self):
        """Return dict(amount, date, form) of the user's latest payment, or None."""
        payment = self.env["account.payment"].search(
            self._get_payment_domain(), order="isp_paid_at desc, isp_number desc", limit=1
        )
        if not payment:
            return None
        fmt = self._get_formatter()
        return {
            "amount": payment.amount,
            "date": fmt.date(fmt.local_date(payment.isp_paid_at)),
            "form": payment.sudo().isp_payment_form_id.name or "",
        }

    @api.model
    def _get_service_values(self, subscription):
        """Return the card of one service: plan, speeds, place, state, next cut-off."""
        # Plans and addresses are catalogues of the company: the customer reads his own
        # contract, which names them, but not the catalogues.
        subscription_sudo = subscription.sudo()
        plan_sudo = subscription_sudo.plan_id
        address_sudo = subscription_sudo.service_address_id
        place = ", ".join(filter(None, (address_sudo.street, address_sudo.street2)))
        return {
            "subscription": subscription,
            "id": subscription.id,
            "contract": subscription.name,
            "plan": plan_sudo.name,
            "down": plan_sudo.isp_down_mbps,
            "up": plan_sudo.isp_up_mbps,
            "speed": self._get_speed_label(plan_sudo),
            "address": place,
            "badge": self._get_badge(subscription),
            "cutoff": subscription.cutoff_date,
            "price": subscription.price_total,
            "balance": subscription.balance_due,
            "payable": self._is_payable(subscription),
        }

    @api.model
    def _get_speed_label(self, plan_sudo):
        """Return ``50 / 20 Mbps``, or nothing for a plan without speeds."""
        if not plan_sudo.isp_down_mbps:
            return ""
        fmt = self._get_formatter()
        return f"{fmt.speed(plan_sudo.isp_down_mbps)} / {fmt.speed(plan_sudo.isp_up_mbps)} Mbps"

    @api.model
    def _get_hero_values(self, subscription, several=False):
        """Return the dark card: what is owed, until when, and the buttons.

        ``amount`` and the amount in ``pay_label`` are one value: what the payment page asks
        for when it is opened by ``pay_url``.
        """
        _ = self.env._
        fmt = self._get_formatter()
        amount = subscription.balance_due
        payable = self._is_payable(subscription)
        label = _("Charges to pay")
        if several:
            label = _("Charges to pay for %(plan)s", plan=subscription.sudo().plan_id.name)
        values = {"amount": amount, "label": label, "payable": payable, "pay_label": False}
        if payable:
            values["pay_url"] = f"/my/isp/pay?subscription_id={subscription.id}"
            values["pay_label"] = _("Pay in advance")
            if amount > 0:
                values["pay_label"] = _("Pay %(amount)s", amount=fmt.money(amount))
        values.update(self._get_deadline_values(subscription, amount))
        values["meter"] = self._get_meter_values(subscription)
        return values

    @api.model
    def _get_deadline_values(self, subscription, amount):
        """Return the sentence of the deadline and the days left."""
        _ = self.env._
        fmt = self._get_formatter()
        deadline = subscription.cutoff_date
        if amount <= 0:
            title = _("You are up to date") if deadline else _("Nothing to pay yet")
            return {"title": title, "left": ""}
        if subscription.state == "suspended":
            return {"title": _("Pay and be back online"), "left": ""}
        if not deadline:
            return {"title": _("Pay your first month"), "left": ""}
        days = (deadline - self._get_today()).days
        if days < 0:
            return {"title": _("It was due on %(day)s", day=fmt.weekday(deadline)), "left": ""}
        left = _("today is the last day")
        if days == 1:
            left = _("1 day left")
        elif days > 1:
            left = _("%(days)s days left", days=days)
        return {"title": _("Pay before %(day)s", day=fmt.weekday(deadline)), "left": left}

    @api.model
    def _get_meter_values(self, subscription):
        """Return how much of the current period has passed, or None without a period."""
        end = subscription.cutoff_date
        if not end or subscription.state in ("cancelled", "paused"):
            return None
        row = self.env["isp.subscription.period"].search(
            [
                ("subscription_id", "=", subscription.id),
                ("date_end", "=", end),
                ("state", "!=", "void"),
            ],
            limit=1,
        )
        start = row.date_start or end - relativedelta(months=1)
        today = self._get_today()
        total = (end - start).days or 1
        # paid ahead: the running month says more than a period of half a year
        if start > today:
            return None
        passed = min(max((today - start).days, 0), total)
        fmt = self._get_formatter()
        label = self.env._(
            "%(passed)s of the %(total)s days of the period have passed", passed=passed, total=total
        )
        return {
            "passed": passed,
            "total": total,
            "start": fmt.day(start),
            "end": fmt.day(end),
            "label": label,
        }

    @api.model
    def _get_state_notice(self, subscription):
        """Return dict(kind, icon, strong, text) explaining an unusual state, or None."""
        maker = getattr(self, f"_get_notice_{subscription.state}", None)
        return maker(subscription) if maker else None

    @api.model
    def _get_notice_grace(self, subscription):
        _ = self.env._
        fmt = self._get_formatter()
        days = subscription.sudo().company_id.isp_grace_days
        if not subscription.cutoff_date:
            return None
        day = fmt.day(subscription.cutoff_date + timedelta(days=days))
        return {
            "kind": "warn",
            "icon": "clock",
            "strong": _("In grace until %(day)s.", day=day),
            "text": _(
                "You still have internet. Pay %(amount)s before that date.",
                amount=fmt.money(subscription.balance_due),
            ),
        }

    @api.model
    def _get_notice_suspended(self, subscription):
        _ = self.env._
        return {
            "kind": "good",
            "icon": "clock",
            "strong": _("Your internet comes back about 5 minutes after your payment."),
            "text": _("If more than 30 minutes pass, call us."),
        }

    @api.model
    def _get_notice_paused(self, subscription):
        _ = self.env._
        fmt = self._get_formatter()
        pause = subscription.next_pause_id
        if pause.state == "running":
            strong = _("Paused until %(day)s.", day=fmt.weekday(pause.date_to))
        else:
            since = fmt.date(fmt.local_date(subscription.state_since))
            strong = _("Paused since %(day)s.", day=since)
        return {
            "kind": "info",
            "icon": "pause",
            "strong": strong,
            "text": _("You are not charged while your service is paused."),
        }

    @api.model
    def _get_notice_to_install(self, subscription):
        _ = self.env._
        return {
            "kind": "info",
            "icon": "info",
            "strong": _("We are preparing your installation."),
            "text": _("Your first period starts the day we install your service."),
        }

    @api.model
    def _get_notice_cancel_pending(self, subscription):
        _ = self.env._
        return {
            "kind": "info",
            "icon": "info",
            "strong": _("Your cancellation is in process."),
            "text": self._get_cancel_pending_text(subscription),
        }

    @api.model
    def _get_cancel_pending_text(self, subscription):
        """Return folio and last day of a cancellation in process."""
        folio = self._get_cancellation_values(subscription)
        if not folio:
            return self.env._("Your payments, invoices and documents stay available here.")
        return self.env._(
            "Folio %(name)s. You have internet until %(day)s.",
            name=folio["name"],
            day=folio["last"],
        )
