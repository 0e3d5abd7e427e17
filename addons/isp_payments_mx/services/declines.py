"""What a refused charge of a stored card means for the next attempt.

Source: openpay.md, section 5 (retry policy for unattended charges). A code nobody knows is soft:
the schedule bounds it.
"""

from __future__ import annotations

SOFT, HARD, OURS, UNSURE = "soft", "hard", "ours", "unsure"

# The card will not work again, or may not be tried again: the customer needs another one.
_HARD = {
    "1005",  # the stored card is not there any more
    "2004",
    "2005",
    "2007",
    "3002",
    "3004",
    "3005",
    "3006",
    "3008",
    "3009",
    "3011",
}
# Our account, keys or request are wrong: nothing that the customer could mend.
_OURS = {"1001", "1002", "1003", "1006", "1008", "1010", "4001", "401", "403", "423"}
# It never reached the bank: not known at Openpay, or taken back before it was sent.
_OURS |= {"not_found", "not_sent", "withdrawn"}
# Another charge has the key of ours: a person must look before anything is tried again.
_UNSURE = {"order_id"}
_REASONS = {
    "2005": "expired",
    "3002": "expired",
    "3003": "funds",
    "3004": "blocked",
    "3005": "risk",
    "3009": "blocked",
    "3011": "blocked",
    "3006": "not_allowed",
    "3008": "not_allowed",
    "3010": "call_bank",
    "3012": "call_bank",
    "1005": "gone",
    "dispute": "disputed",  # the cardholder's bank asks for money back
    "confirm": "confirm",  # the bank wanted the cardholder, who is not there
}


def classify(code: str) -> str:
    """Return ``soft`` (try again), ``hard`` (never again with this card), ``ours`` or ``unsure``.

    :param code: error code of Openpay, or the HTTP status when there was none
    """
    if code in _HARD:
        return HARD
    if code in _UNSURE:
        return UNSURE
    return OURS if code in _OURS else SOFT


def reason(code: str) -> str:
    """Return the key of the words for the customer; ``declined`` when there are none of its own."""
    return _REASONS.get(code, "declined")
