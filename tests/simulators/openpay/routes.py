"""Which path does what. A group of merchants has paths of its own to the same things."""

from typing import Any

from ..common import Request
from .api import Api
from .errors import ApiError
from .listing import page
from .store import public
from .stores import near

MERCHANT = "/v1/{merchant}"
CUSTOMER = MERCHANT + "/customers/{customer}"
GROUP = "/v1/groups/{group}"
GROUP_MERCHANT = GROUP + "/merchants/{merchant}"
GROUP_CUSTOMER = GROUP_MERCHANT + "/customers/{customer}"


def bind(api: Api) -> None:
    """Register every route of the API."""
    merchant_routes(api)
    webhook_routes(api)
    plan_routes(api)
    fee_routes(api)
    account_routes(api)
    transfer_routes(api)
    for base in (MERCHANT, GROUP):
        customer_routes(api, base + "/customers")
    for base in (MERCHANT, CUSTOMER, GROUP_MERCHANT, GROUP_CUSTOMER):
        charge_routes(api, base + "/charges")
    for base in (MERCHANT, CUSTOMER, GROUP + "/customers/{customer}"):
        card_routes(api, base + "/cards")
    for base in (CUSTOMER, GROUP_CUSTOMER):
        subscription_routes(api, base + "/subscriptions")
    for base in (MERCHANT, CUSTOMER):
        payout_routes(api, base + "/payouts")


def owner(request: Request) -> str | None:
    """The customer of a path, None at the level of the merchant."""
    return request.params.get("customer")


def shown(records: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    """The page of a list that a request asks for."""
    return [public(record) for record in page(records, request.query)]


def merchant_routes(api: Api) -> None:
    """The merchant, tokens, and shops that take cash."""

    def token(request: Request, _data) -> dict[str, Any]:
        token_id = request.params["id"]
        if token_id not in api.store.tokens:
            raise ApiError(1005, f"The token with id '{token_id}' does not exist")
        return public(api.store.tokens[token_id])

    api.add("GET", MERCHANT, lambda _r, _d: merchant(api))
    tokens = MERCHANT + "/tokens"
    api.add("POST", tokens, lambda _r, d: api.cards.create_token(d), 201, public=True)
    api.add("GET", tokens + "/{id}", token)
    api.app.add("GET", "/stores", lambda r: api.reply(r, near(r.query)))


def merchant(api: Api) -> dict[str, Any]:
    """The merchant's own record; the balance counts what is his, not what customers hold."""
    holders = {c["id"] for c in api.customers.all() if "balance" in c}
    balance = sum(fee["amount"] for fee in api.store.fees.values() if not fee.get("_refunded"))
    for charge in api.store.charges.values():
        if charge["status"] == "completed":
            own = charge.get("customer_id") not in holders
            balance += (charge["amount"] - charge.get("_refunded", 0)) if own else 0
            balance -= charge["fee"]["amount"]
    for payout in api.movements.payouts_of(None):
        balance -= payout["amount"] if payout["status"] in ("in_progress", "completed") else 0
    return {
        "id": api.config.merchant,
        "name": api.config.merchant_name,
        "email": "demo@openpay.invalid",
        "phone": "4435550142",
        "status": "active",
        "balance": round(balance, 2),
        "clabe": api.config.clabe,
        "creation_date": "2026-01-02T09:00:00-06:00",
    }


def charge_routes(api: Api, base: str) -> None:
    """Charges of one level."""
    desk = api.charges

    def one(request: Request) -> dict[str, Any]:
        return desk.get(request.params["id"], owner(request))

    def create(request: Request, data) -> dict[str, Any]:
        return desk.create(data, owner(request), any_card="group" in request.params)

    api.add("POST", base, create)
    api.add("GET", base, lambda r, _d: shown(desk.all(owner(r)), r))
    api.add("GET", base + "/{id}", lambda r, _d: public(one(r)))
    api.add("POST", base + "/{id}/capture", lambda r, d: api.after.capture(one(r), d))
    api.add("POST", base + "/{id}/refund", lambda r, d: api.after.refund(one(r), d))


def card_routes(api: Api, base: str) -> None:
    """Stored cards of one level; the browser's key may store and change them."""
    desk = api.cards

    def one(request: Request) -> dict[str, Any]:
        return desk.get_card(request.params["id"], owner(request))

    def many(request: Request, _data) -> list[dict[str, Any]]:
        own = [c for c in api.store.cards.values() if c["_customer"] == owner(request)]
        return shown(own, request)

    def forget(request: Request, _data) -> None:
        del api.store.cards[one(request)["id"]]

    api.add("POST", base, lambda r, d: desk.create_card(d, owner(r)), 201, public=True)
    api.add("GET", base, many)
    api.add("GET", base + "/{id}", lambda r, _d: public(one(r)))
    api.add("GET", base + "/{id}/points", lambda r, _d: desk.points(one(r)))
    api.add("PUT", base + "/{id}", lambda r, d: desk.update_card(one(r), d), public=True)
    api.add("DELETE", base + "/{id}", forget)


def customer_routes(api: Api, base: str) -> None:
    """Customers."""
    desk = api.customers
    api.add("POST", base, lambda _r, d: desk.create(d), 201)
    api.add("GET", base, lambda r, _d: shown(desk.all(), r))
    api.add("GET", base + "/{id}", lambda r, _d: public(desk.get(r.params["id"])))
    api.add("PUT", base + "/{id}", lambda r, d: desk.update(r.params["id"], d))
    api.add("DELETE", base + "/{id}", lambda r, _d: desk.delete(r.params["id"]))


def webhook_routes(api: Api) -> None:
    """Targets of webhooks."""
    desk, base = api.webhooks, MERCHANT + "/webhooks"
    api.add("POST", base, lambda _r, d: desk.create(d), 201)
    api.add("GET", base, lambda _r, _d: [public(w) for w in api.store.webhooks.values()])
    api.add("GET", base + "/{id}", lambda r, _d: public(desk.get(r.params["id"])))
    api.add("DELETE", base + "/{id}", lambda r, _d: desk.delete(r.params["id"]))
    verify = base + "/{id}/verify/{code}"
    api.add("POST", verify, lambda r, _d: desk.verify(r.params["id"], r.params["code"]), 204)


def account_routes(api: Api) -> None:
    """Bank accounts of customers."""
    desk, base = api.accounts, CUSTOMER + "/bankaccounts"
    api.add("POST", base, lambda r, d: desk.create(d, owner(r) or ""), 201)
    api.add("GET", base, lambda r, _d: shown(desk.all(owner(r) or ""), r))
    api.add("GET", base + "/{id}", lambda r, _d: public(desk.get(r.params["id"], owner(r))))
    api.add("DELETE", base + "/{id}", lambda r, _d: desk.delete(r.params["id"], owner(r) or ""))


def transfer_routes(api: Api) -> None:
    """Transfers between customers: the incoming half is the receiver's."""
    desk, base = api.movements, CUSTOMER + "/transfers"

    def one(request: Request, _data) -> dict[str, Any]:
        found = [
            t for t in desk.transfers_of(owner(request) or "") if t["id"] == request.params["id"]
        ]
        if not found:
            raise ApiError(1005)
        return public(found[0])

    api.add("POST", base, lambda r, d: desk.transfer(d, owner(r) or ""))
    api.add("GET", base, lambda r, _d: shown(desk.transfers_of(owner(r) or ""), r))
    api.add("GET", base + "/{id}", one)


def payout_routes(api: Api, base: str) -> None:
    """Payouts of one level; DELETE cancels one that has not ended."""
    desk = api.movements

    def one(request: Request) -> dict[str, Any]:
        return desk.get_payout(request.params["id"], owner(request))

    def cancel(request: Request, _data) -> None:
        desk.end_payout(one(request), "cancelled")

    api.add("POST", base, lambda r, d: desk.payout(d, owner(r)))
    api.add("GET", base, lambda r, _d: shown(desk.payouts_of(owner(r)), r))
    api.add("GET", base + "/{id}", lambda r, _d: public(one(r)))
    api.add("DELETE", base + "/{id}", cancel)


def fee_routes(api: Api) -> None:
    """Commissions that the merchant takes from customers."""
    desk, base = api.movements, MERCHANT + "/fees"
    api.add("POST", base, lambda _r, d: desk.fee(d))
    api.add("GET", base, lambda r, _d: shown(list(api.store.fees.values()), r))
    api.add("GET", base + "/{id}", lambda r, _d: public(desk.get_fee(r.params["id"])))
    refund = base + "/{id}/refund"
    api.add("POST", refund, lambda r, d: desk.refund_fee(desk.get_fee(r.params["id"]), d))


def plan_routes(api: Api) -> None:
    """Plans, and who has subscribed to one."""
    desk, base = api.plans, MERCHANT + "/plans"

    def subscribers(request: Request, _data) -> list[dict[str, Any]]:
        plan = desk.get(request.params["id"])
        return shown(desk.subscriptions(plan_id=plan["id"]), request)

    api.add("POST", base, lambda _r, d: desk.create(d), 201)
    api.add("GET", base, lambda r, _d: shown(desk.active(), r))
    api.add("GET", base + "/{id}", lambda r, _d: public(desk.get(r.params["id"])))
    api.add("PUT", base + "/{id}", lambda r, d: desk.update(r.params["id"], d))
    api.add("DELETE", base + "/{id}", lambda r, _d: desk.delete(r.params["id"]))
    api.add("GET", base + "/{id}/subscriptions", subscribers)


def subscription_routes(api: Api, base: str) -> None:
    """Subscriptions of a customer."""
    desk = api.plans

    def one(request: Request) -> dict[str, Any]:
        return desk.get_subscription(request.params["id"], owner(request) or "")

    def many(request: Request, _data) -> list[dict[str, Any]]:
        return shown(desk.subscriptions(customer_id=owner(request) or ""), request)

    api.add("POST", base, lambda r, d: desk.subscribe(d, owner(r) or ""), 201)
    api.add("GET", base, many)
    api.add("GET", base + "/{id}", lambda r, _d: public(one(r)))
    api.add("PUT", base + "/{id}", lambda r, d: desk.change(one(r), d))
    api.add("DELETE", base + "/{id}", lambda r, _d: desk.cancel(one(r)))
