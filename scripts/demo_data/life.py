"""What happens beside bills and payments: pauses, cancellations, promises, plan changes."""

from __future__ import annotations

import datetime

from . import openpay

#: next dearer plan of each plan
UPGRADE = {"r20": "r50", "r50": "r100", "r100": "r200", "r200": "n300", "n300": "n300"}
#: situation of the customer -> how many days before today it happens
MOMENTS = {
    "paused": 9,
    "vacation": 1,
    "cancelled": 22,
    "cancel_pending": 2,
    "promised": 2,
    "extended": 1,
    "changed": 33,
    "changing": 0,
    "next_cut": 3,
    "store": 0,
    "debit": 2,
}
FREE_STATES = ("active", "grace")


def happen(history, day: datetime.date) -> None:
    """Let happen what is planned for ``day``, through the buttons that staff and customers use."""
    ago = (history.today - day).days
    for customer in history.customers:
        subscription = history.rows.get(customer.index)
        if not subscription or MOMENTS.get(customer.ending) != ago:
            continue
        if subscription.state in FREE_STATES:
            _ACTS[customer.ending](history, customer, subscription, day)


def _pause(_history, _customer, subscription, day) -> None:
    subscription._isp_plan_pause(day, day + datetime.timedelta(30))


def _vacation(_history, _customer, subscription, day) -> None:
    """Planned ahead: it begins in ten days and comes back every year."""
    start = day + datetime.timedelta(10)
    subscription._isp_plan_pause(start, start + datetime.timedelta(21), repeat_yearly=True)


def _leave(history, customer, subscription, day) -> None:
    reason = history.env.ref("isp_subscription.cancel_reason_moving")
    later = 8 if customer.ending == "cancel_pending" else 0
    end = day + datetime.timedelta(later)
    subscription._isp_request_cancellation(end, reason=reason, channel="counter")


def _promise(history, _customer, subscription, _day) -> None:
    history.env["isp.promise"].create(
        {
            "subscription_id": subscription.id,
            "kind": "promise",
            "date_until": history.today + datetime.timedelta(4),
        }
    )


def _extend(_history, _customer, subscription, _day) -> None:
    subscription._isp_request_extension("staff")


def _change(history, customer, subscription, _day) -> None:
    """A faster plan, paid at the counter the same day."""
    plan = history.plans[UPGRADE[customer.plan]]
    change = subscription._isp_request_plan_change(plan, channel="office")
    if change.state == "awaiting_payment":
        history.counter(customer, subscription, change.amount_due)


def _ask_for_change(history, customer, subscription, _day) -> None:
    plan = history.plans[UPGRADE[customer.plan]]
    subscription._isp_request_plan_change(plan, channel="portal")


def _change_at_cut(history, customer, subscription, _day) -> None:
    plan = history.plans[UPGRADE[customer.plan]]
    subscription._isp_request_plan_change(plan, policy="next_cutoff")


def _go_to_the_store(history, _customer, subscription, _day) -> None:
    """The reference is made; the customer has not been at the store yet."""
    openpay.reference(history.env, subscription, 1, "paynet")


def _agree_to_direct_debit(history, _customer, subscription, _day) -> None:
    openpay.agree(history.env, subscription)


_ACTS = {
    "paused": _pause,
    "vacation": _vacation,
    "cancelled": _leave,
    "cancel_pending": _leave,
    "promised": _promise,
    "extended": _extend,
    "changed": _change,
    "changing": _ask_for_change,
    "next_cut": _change_at_cut,
    "store": _go_to_the_store,
    "debit": _agree_to_direct_debit,
}
