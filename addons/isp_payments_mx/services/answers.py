"""What a refusal of Openpay means for the request that was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .pan import hide_pans

DUPLICATE_ORDER = "1006"
# Nothing was carried out, and the cause may go away: keys being changed, too many requests.
_RETRY_STATUS = {401, 403, 423, 429}


@dataclass(frozen=True)
class Refusal:
    """A refusal with its code and text.

    ``outcome`` is ``rejected`` (for good), ``retry`` (nothing happened), ``duplicate`` (the
    order_id exists already) or ``unknown`` (it may have been carried out).
    """

    outcome: str
    code: str
    text: str


def read_refusal(status: int, body: Any) -> Refusal:
    """Return what an answer with an error status means.

    :param status: HTTP status
    :param body: parsed JSON of the answer, anything else when it was not JSON
    """
    data = body if isinstance(body, dict) else {}
    code = str(data.get("error_code") or status)
    text = hide_pans(str(data.get("description") or ""))[:500]
    if code == DUPLICATE_ORDER:
        return Refusal("duplicate", code, text)
    if status >= 500 or status == 408:
        return Refusal("unknown", code, text)
    if status in _RETRY_STATUS:
        return Refusal("retry", code, text)
    return Refusal("rejected", code, text)
