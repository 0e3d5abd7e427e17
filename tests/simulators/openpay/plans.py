"""Plans and subscriptions: kept and answered, never charged.

A merchant of ours charges stored cards himself (the amount of a plan is fixed), so that time
passing here makes no charge of a subscription.
"""

from datetime import date, timedelta
from typing import Any

from .cards import CardDesk
from .clock import CENTRAL, Clock
from .errors import ApiError, not_found
from .store import Store, public

DAYS = {"week": 7, "month": 30, "year": 365}
REQUIRED = ("name", "amount", "repeat_every", "repeat_unit", "status_after_retry", "trial_days")


def _whole(data: dict[str, Any], key: str, default: int = 0) -> int:
    try:
        return int(data.get(key, default))
    except (TypeError, ValueError) as error:
        raise ApiError(1001, f"{key} is not valid") from error


class PlanDesk:
    """Keeps plans and who has subscribed to them."""

    def __init__(self, store: Store, clock: Clock, cards: CardDesk):
        self.store = store
        self.clock = clock
        self.cards = cards

    # --- plans -----------------------------------------------------------------------------

    def create(self, data: dict[str, Any]) -> dict[str, Any]:
        """A new plan.

        :raises ApiError: 1001.
        """
        for key in REQUIRED:
            if data.get(key) in (None, ""):
                raise ApiError(1001, f"{key} is required")
        unit, after = str(data["repeat_unit"]).lower(), str(data["status_after_retry"]).lower()
        if unit not in DAYS or after not in ("unpaid", "cancelled"):
            raise ApiError(1001, "repeat_unit or status_after_retry is not valid")
        try:
            amount = float(data["amount"])
        except (TypeError, ValueError) as error:
            raise ApiError(1001, "amount is not valid") from error
        record = {
            "id": self.store.new_id("p"),
            "name": data["name"],
            "status": "active",
            "amount": amount,
            "currency": str(data.get("currency") or "MXN").upper(),
            "creation_date": self.clock.stamp(),
            "repeat_every": _whole(data, "repeat_every"),
            "repeat_unit": unit,
            "retry_times": _whole(data, "retry_times", 3),
            "status_after_retry": after,
            "trial_days": _whole(data, "trial_days"),
        }
        self.store.plans[record["id"]] = record
        return public(record)

    def get(self, plan_id: str) -> dict[str, Any]:
        """A plan, also a deleted one.

        :raises ApiError: 1005.
        """
        if plan_id not in self.store.plans:
            raise not_found("plan", plan_id)
        return self.store.plans[plan_id]

    def active(self) -> list[dict[str, Any]]:
        """Plans that can be subscribed to, in order of creation."""
        return [plan for plan in self.store.plans.values() if plan["status"] == "active"]

    def update(self, plan_id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Change the name or the days of trial; nothing else can be changed."""
        plan = self.get(plan_id)
        plan["name"] = data.get("name") or plan["name"]
        plan["trial_days"] = _whole(data, "trial_days", plan["trial_days"])
        return public(plan)

    def delete(self, plan_id: str) -> None:
        """Take no more subscriptions; those that exist stay."""
        self.get(plan_id)["status"] = "deleted"

    # --- subscriptions ---------------------------------------------------------------------

    def subscribe(self, data: dict[str, Any], customer_id: str) -> dict[str, Any]:
        """Subscribe a customer with a stored card, a token or the card itself.

        :raises ApiError: 1001, 1005, 1003 for a deleted plan.
        """
        plan = self.get(str(data.get("plan_id") or ""))
        if plan["status"] != "active":
            raise ApiError(1003, "The plan is deleted")
        record: dict[str, Any] = {
            "id": self.store.new_id("s"),
            "status": "active",
            "card": self._card(data, customer_id),
            "cancel_at_period_end": False,
            "charge_date": None,
            "creation_date": self.clock.stamp(),
            "current_period_number": 0,
            "period_end_date": None,
            "trial_end_date": None,
            "plan_id": plan["id"],
            "customer_id": customer_id,
        }
        trial = _whole(data, "trial_days", plan["trial_days"])
        self._set_dates(record, plan, data.get("trial_end_date"), trial)
        self.store.subscriptions[record["id"]] = record
        return public(record)

    def _card(self, data: dict[str, Any], customer_id: str) -> dict[str, Any]:
        source = {"source_id": data.get("source_id") or data.get("card_id")}
        if data.get("card"):
            source["card"] = data["card"]
        card = public(self.cards.source(source, customer_id)[0])
        return {key: value for key, value in card.items() if key != "customer_id"}

    def _set_dates(self, record, plan, trial_end: str | None, trial_days: int) -> None:
        today = self.clock.now().astimezone(CENTRAL).date()
        end = today + timedelta(days=trial_days - 1)
        if trial_end:
            try:
                end = date.fromisoformat(str(trial_end))
            except ValueError as error:
                raise ApiError(1001, "trial_end_date is not valid") from error
        on_trial = end >= today
        length = DAYS[plan["repeat_unit"]] * plan["repeat_every"]
        period_end = end if on_trial else today + timedelta(days=length - 1)
        record["status"] = "trial" if on_trial else "active"
        record["trial_end_date"] = end.isoformat() if on_trial else None
        record["period_end_date"] = period_end.isoformat()
        charged = end + timedelta(days=1) if on_trial else today
        record["charge_date"] = charged.isoformat()

    def get_subscription(self, subscription_id: str, customer_id: str) -> dict[str, Any]:
        """A subscription of a customer.

        :raises ApiError: 1005.
        """
        record = self.store.subscriptions.get(subscription_id)
        if record is None or record["customer_id"] != customer_id:
            raise not_found("subscription", subscription_id)
        return record

    def subscriptions(self, **owner: str) -> list[dict[str, Any]]:
        """Subscriptions of a ``customer_id`` or a ``plan_id``, in order of creation."""
        records = self.store.subscriptions.values()
        return [r for r in records if all(r[key] == value for key, value in owner.items())]

    def change(self, record: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Change card, end of trial, or whether it ends with its period.

        The vendor's Python library sends the whole subscription back, its masked card included.
        """
        same = (data.get("card") or {}).get("card_number") == record["card"]["card_number"]
        if data.get("source_id") or data.get("card_id") or (data.get("card") and not same):
            record["card"] = self._card(data, record["customer_id"])
        if "cancel_at_period_end" in data:
            record["cancel_at_period_end"] = bool(data["cancel_at_period_end"])
        if data.get("trial_end_date"):
            self._set_dates(record, self.get(record["plan_id"]), data["trial_end_date"], 0)
        return public(record)

    def cancel(self, record: dict[str, Any]) -> None:
        """End a subscription at once."""
        record["status"] = "cancelled"
