"""Filters and pages of list requests."""

from typing import Any

from .errors import ApiError


def _number(query: dict[str, str], key: str, convert) -> Any:
    try:
        return convert(query[key]) if query.get(key) else None
    except ValueError as error:
        raise ApiError(1001, f"{key} is not valid") from error


def _day(record: dict[str, Any]) -> str:
    return str(record.get("creation_date") or "")[:10]


def _wanted(record: dict[str, Any], query: dict[str, str]) -> bool:
    for key in ("order_id", "external_id"):
        if query.get(key) and record.get(key) != query[key]:
            return False
    if query.get("status") and str(record.get("status", "")).upper() != query["status"].upper():
        return False
    if query.get("creation") and _day(record) != query["creation"][:10]:
        return False
    if query.get("creation[gte]") and _day(record) < query["creation[gte]"][:10]:
        return False
    if query.get("creation[lte]") and _day(record) > query["creation[lte]"][:10]:
        return False
    amount = record.get("amount")
    exact, low, high = (
        _number(query, key, float) for key in ("amount", "amount[gte]", "amount[lte]")
    )
    if exact is not None and amount != exact:
        return False
    if low is not None and (amount is None or amount < low):
        return False
    return high is None or (amount is not None and amount <= high)


def page(records: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    """Records that pass the filters of a request, newest first, one page of them.

    :param records: in order of creation.
    :raises ApiError: 1001 for numbers that are none.
    """
    found = [record for record in reversed(records) if _wanted(record, query)]
    offset = _number(query, "offset", int) or 0
    limit = _number(query, "limit", int)
    return found[offset : offset + (10 if limit is None else limit)]
