"""What customers ask for: a pause, more days to pay, another plan, the end of the service.

A wish that the rules refuse is refused in every play alike. Asked again after a lost answer, the
caller looks for what he asked for; a change of plan knows its request by the key it came with.
"""

from __future__ import annotations

from datetime import timedelta

from odoo.exceptions import UserError

LIVE = ("active", "grace", "suspended")


def wish(caller, step: dict, make) -> None:
    """Ask for something that may be refused; ``make(env, service)`` does it if it is not done."""

    def ask(env) -> None:
        service = env["isp.subscription"].search([], order="id", limit=1, offset=step["service"])
        if service.state in LIVE:
            make(env, service)

    try:
        caller.call(ask)
    except UserError as refusal:
        caller.note(refused=str(refusal)[:200])


def pause(caller, step: dict) -> None:
    """Plan a pause for vacations."""

    def make(env, service) -> None:
        start = service.company_id._isp_today() + timedelta(step["days"] % 5)
        end = start + timedelta(15 + step["days"])
        known = [("subscription_id", "=", service.id), ("date_from", "=", start)]
        if not env["isp.pause"].search_count(known):
            service._isp_plan_pause(start, end)

    wish(caller, step, make)


def extension(caller, step: dict) -> None:
    """Ask for some more days to pay."""
    wish(caller, step, lambda _env, service: service._isp_request_extension("portal"))


def change_plan(caller, step: dict) -> None:
    """Ask for the other plan, by one of the three policies."""

    def make(env, service) -> None:
        plans = service._isp_allowed_plans()
        if plans:
            plan = plans.sorted("id")[step["days"] % len(plans)]
            service._isp_request_plan_change(plan, step["policy"], key=step["reference"])

    wish(caller, step, make)


def cancel(caller, step: dict) -> None:
    """Cancel the service for a day soon."""

    def make(env, service) -> None:
        if not env["isp.cancellation"].search_count([("subscription_id", "=", service.id)]):
            today = service.company_id._isp_today()
            service._isp_request_cancellation(today + timedelta(step["days"] % 9))

    wish(caller, step, make)


STEPS = {function.__name__: function for function in (pause, extension, change_plan, cancel)}
