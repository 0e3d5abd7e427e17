import uuid

from odoo import api, models

from ..services.consent import text_hash

PAGE = "/my/isp/card"
# State of a charge -> look of its badge.
CHARGE_BADGES = {
    "announced": "pendiente",
    "charging": "pendiente",
    "retry": "prorroga",
    "card": "suspendido",
    "paid": "activo",
    "settled": "cancelado",
    "failed": "suspendido",
    "cancelled": "cancelado",
}
MANDATE_BADGES = {"preparing": "pendiente", "active": "activo", "suspended": "prorroga"}
SHOWN_CHARGES = 6


class IspPortalPage(models.AbstractModel):
    """Direct debit in the customer area: what is agreed to, what comes, how to stop it."""

    _inherit = "isp.portal.page"

    # === WHERE IT SHOWS === #

    @api.model
    def _get_dashboard_values(self, subscription):
        """Extend: the next charge of each card, by service."""
        values = super()._get_dashboard_values(subscription)
        with_debit = values["subscriptions"].filtered(lambda sub: bool(sub._isp_mandate()))
        return {**values, "debits": [self._get_debit_brief(sub) for sub in with_debit]}

    @api.model
    def _get_deadline_values(self, subscription, amount):
        """Extend: who is charged by direct debit has nothing to do until then."""
        values = super()._get_deadline_values(subscription, amount)
        if amount <= 0 or subscription.state == "suspended":
            return values
        coming = subscription._isp_next_charge()
        if not coming or coming["kind"] not in ("announced", "retry"):
            return values
        day = self._get_formatter().weekday(coming["date"])
        return {"title": self.env._("We charge your card on %(day)s", day=day), "left": ""}

    @api.model
    def _get_pay_values(self, subscription, months=None):
        """Extend: the button to have the card charged every month, or to manage it."""
        values = super()._get_pay_values(subscription, months)
        return {**values, "debit": self._get_debit_brief(subscription)}

    @api.model
    def _get_service_options(self, subscription):
        """Extend: direct debit among what can be done with a service."""
        options = super()._get_service_options(subscription)
        brief = self._get_debit_brief(subscription)
        if brief:
            option = {"key": "debit", "icon": "card", "sequence": 20}
            options.append({**option, **{key: brief[key] for key in ("title", "text", "url")}})
        return options

    @api.model
    def _get_debit_brief(self, subscription):
        """Return what other pages show of direct debit, None when it is not offered."""
        _ = self.env._
        mandate_sudo = subscription._isp_mandate()
        if not mandate_sudo and not subscription._isp_debit_offered():
            return None
        title = _("Direct debit of your card")
        text = _(
            "We charge your card every month, you do nothing. Switch it off whenever you want."
        )
        if mandate_sudo:
            title = _("Direct debit: %s", mandate_sudo._isp_card())
            text = self._get_next_charge_text(subscription)
        return {
            "title": title,
            "text": text,
            "url": self._get_debit_url(subscription),
            "has_mandate": bool(mandate_sudo),
            "plan": subscription.sudo().plan_id.name,
            "needs_card": mandate_sudo.state == "suspended",
        }

    @api.model
    def _get_debit_url(self, subscription, **values):
        """Return the address of the page of direct debit of a service."""
        extra = "".join(f"&{key}={value}" for key, value in values.items() if value)
        return f"{PAGE}?subscription_id={subscription.id}{extra}"

    @api.model
    def _get_next_charge_text(self, subscription):
        """Return amount and date of the next charge, in one sentence."""
        _ = self.env._
        fmt = self._get_formatter()
        coming = subscription._isp_next_charge()
        if not coming:
            return _("No charge to come.")
        values = {"amount": fmt.money(coming["amount"]), "day": fmt.weekday(coming["date"])}
        texts = {
            "announced": lambda: _("Next charge: %(amount)s on %(day)s.", **values),
            "expected": lambda: _("Next charge: %(amount)s around %(day)s.", **values),
            "retry": lambda: _("Your bank refused it: we try %(amount)s on %(day)s.", **values),
            "charging": lambda: _("We are charging %(amount)s now.", **values),
            "card": lambda: _("Your card does not work any more: register another one."),
        }
        return texts[coming["kind"]]()

    @api.model
    def _get_next_charge_day(self, coming):
        """Return when the next charge is made, for the line below its amount."""
        _ = self.env._
        day = self._get_formatter().weekday(coming.get("date"))
        texts = {
            "announced": lambda: _("On %(day)s", day=day),
            "expected": lambda: _("Around %(day)s, we tell you before", day=day),
            "retry": lambda: _("Your bank refused it: we try again on %(day)s", day=day),
            "charging": lambda: _("We are charging it now"),
        }
        return texts[coming["kind"]]() if coming.get("kind") in texts else ""

    # === THE PAGE === #

    @api.model
    def _get_debit_values(self, subscription, day=None, change=False):
        """Return the values of the page of direct debit.

        :param day: day of the month the customer looks at
        :param change: whether he wants another card although he has one
        """
        mandate_sudo = subscription._isp_mandate()
        waiting_sudo = self._get_preparing_mandate(subscription)
        values = {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "page_url": self._get_debit_url(subscription),
            "change_url": self._get_debit_url(subscription, change=1),
            "waiting": bool(waiting_sudo),
            "ended": self._get_ended_values(subscription) if not mandate_sudo else None,
            "mandate": self._get_mandate_values(mandate_sudo) if mandate_sudo else None,
            "charges": self._get_charge_rows(subscription),
            "offer": None,
        }
        wants = change or not mandate_sudo
        if wants and not waiting_sudo and subscription._isp_debit_offered():
            values["offer"] = self._get_offer_values(subscription, day or mandate_sudo.charge_day)
        return values

    @api.model
    def _get_preparing_mandate(self, subscription):
        """Return the direct debit whose card is being stored, empty when there is none (sudo)."""
        domain = [("subscription_id", "=", subscription.id), ("state", "=", "preparing")]
        return self.env["isp.card.mandate"].sudo().search(domain, limit=1)

    @api.model
    def _get_offer_values(self, subscription, day):
        """Return what is agreed to, with the signed mark of exactly this."""
        fmt = self._get_formatter()
        offer = subscription._isp_debit_offer(day)
        return {
            **offer,
            "first": fmt.weekday(offer["first_date"]),
            "amount_text": fmt.money(offer["amount"]),
            "cap_text": fmt.money(offer["cap"]),
            "notice_days": subscription.sudo().company_id.isp_debit_notice_days,
            "day_url": lambda number: self._get_debit_url(subscription, day=number, change=1),
            "token": self._get_service_token(
                subscription, "debit", offer["day"], text_hash(offer["text"]), uuid.uuid4().hex
            ),
        }

    @api.model
    def _get_mandate_values(self, mandate_sudo):
        """Return card, state and next charge of a live direct debit."""
        fmt = self._get_formatter()
        subscription = mandate_sudo.subscription_id
        coming = subscription._isp_next_charge() or {}
        labels = {
            "active": self.env._("ACTIVE"),
            "suspended": self.env._("NEEDS ANOTHER CARD"),
        }
        expiry = mandate_sudo.card_expiry
        return {
            "name": mandate_sudo.name,
            "card": mandate_sudo._isp_card(),
            "expiry": f"{expiry:%m/%y}" if expiry else "",
            "badge": {
                "kind": MANDATE_BADGES[mandate_sudo.state],
                "label": labels[mandate_sudo.state],
            },
            "is_active": mandate_sudo.state == "active",
            "why": self._get_suspended_text(mandate_sudo),
            "amount": coming.get("amount"),
            "text": self._get_next_charge_day(coming) or self._get_next_charge_text(subscription),
            "day": mandate_sudo.charge_day,
            "cap": fmt.money(mandate_sudo.amount_cap),
            "accepted": fmt.receipt_moment(mandate_sudo.accepted_at),
            "consent": mandate_sudo.consent_text,
            "version": mandate_sudo.consent_version,
            "hash": mandate_sudo.text_hash,
            "off_token": self._get_service_token(subscription, "debit_off", mandate_sudo.id),
        }

    @api.model
    def _get_suspended_text(self, mandate_sudo):
        """Return why the card is not charged any more, an empty text while it is."""
        if mandate_sudo.state != "suspended":
            return ""
        debits = self.env["isp.card.debit"]
        return debits._isp_reason_text(mandate_sudo.suspend_code or "")

    @api.model
    def _get_ended_values(self, subscription):
        """Return the folio of the direct debit switched off last, None when there is none."""
        fmt = self._get_formatter()
        mandate_sudo = (
            self.env["isp.card.mandate"]
            .sudo()
            .search(
                [
                    ("subscription_id", "=", subscription.id),
                    ("state", "=", "ended"),
                    ("end_reason", "in", ("customer", "staff")),
                ],
                order="ended_at desc, id desc",
                limit=1,
            )
        )
        if not mandate_sudo:
            return None
        return {
            "id": mandate_sudo.id,
            "folio": mandate_sudo.end_folio,
            "card": mandate_sudo._isp_card(),
            "moment": fmt.receipt_moment(mandate_sudo.ended_at),
            "ask_why": mandate_sudo.end_reason == "customer" and not mandate_sudo.end_note,
            "why_token": self._get_service_token(subscription, "debit_why", mandate_sudo.id),
        }

    @api.model
    def _get_charge_rows(self, subscription):
        """Return the last charges by direct debit, the newest first."""
        fmt = self._get_formatter()
        debits = self.env["isp.card.debit"].search(
            [("subscription_id", "=", subscription.id)],
            order="period_start desc",
            limit=SHOWN_CHARGES,
        )
        labels = dict(debits._fields["state"]._description_selection(self.env))
        return [
            {
                "date": fmt.date(debit.next_date or debit.charge_date),
                "amount": fmt.money(debit.amount_charged or debit.amount),
                "badge": {"kind": CHARGE_BADGES[debit.state], "label": labels[debit.state]},
                "text": debit._isp_reason_text(debit.last_code)
                if debit.state in ("retry", "card", "failed") and debit.last_code
                else "",
            }
            for debit in debits
        ]
