"""Error codes of the API and their bodies."""

import uuid
from typing import Any

from ..common import HttpError

# code: (HTTP status, category, default description)
CATALOGUE = {
    1000: (500, "internal", "An internal error happened in the Openpay server"),
    1001: (400, "request", "The request is not valid"),
    1002: (401, "request", "The api key or merchant id are invalid"),
    1003: (422, "request", "The operation cannot be completed with the given values"),
    1004: (503, "internal", "A required service is not available"),
    1005: (404, "request", "The requested resource doesn't exist"),
    1006: (409, "request", "The order_id has already been processed"),
    1007: (402, "request", "The transfer of funds was not accepted"),
    1008: (423, "request", "An account required in the request is deactivated"),
    1009: (413, "request", "The request body is too large"),
    1010: (403, "request", "The request is not allowed with the given api key"),
    1012: (412, "request", "The amount is above the limit of the payment method"),
    2001: (409, "request", "The bank account with this CLABE is already registered"),
    2002: (409, "request", "The card with this number is already registered"),
    2003: (409, "request", "The external_id already exists"),
    2004: (422, "request", "The card number verification digit is invalid"),
    2005: (400, "request", "The expiration date has expired"),
    2006: (400, "request", "The cvv2 security code is required"),
    2008: (412, "request", "The card is not valid for points"),
    2009: (412, "gateway", "The cvv2 security code is invalid"),
    3001: (402, "gateway", "The card was declined"),
    3002: (402, "gateway", "The card has expired"),
    3003: (402, "gateway", "The card doesn't have sufficient funds"),
    3004: (402, "gateway", "The card has been identified as a stolen card"),
    3005: (402, "gateway", "The card has been rejected by the antifraud system"),
    3006: (412, "gateway", "The operation is not allowed for this customer or this transaction"),
    3008: (412, "gateway", "The card is not supported in online transactions"),
    3009: (402, "gateway", "The card was reported as lost"),
    3010: (402, "gateway", "The bank has restricted the card"),
    3011: (402, "gateway", "The bank has requested the card to be retained"),
    3012: (412, "gateway", "Bank authorization is required for this charge"),
    4001: (412, "gateway", "The Openpay account doesn't have enough funds"),
}


class ApiError(HttpError):
    """A refusal in the API's own format.

    :param code: Openpay error code.
    :param description: text for the developer, the catalogue's when empty.
    :param fraud_rules: names of antifraud rules; the field is absent when empty.
    """

    def __init__(self, code: int, description: str = "", fraud_rules: list[str] | None = None):
        status, category, text = CATALOGUE[code]
        request_id = str(uuid.uuid4())
        body: dict[str, Any] = {
            "http_code": status,
            "error_code": code,
            "category": category,
            "description": description or text,
            "request_id": request_id,
        }
        if fraud_rules:
            body["fraud_rules"] = fraud_rules
        headers = {"OpenPay-Request-ID": request_id, "OP-Error-Code": str(code)}
        super().__init__(status, body, headers)
        self.code = code


def not_found(kind: str, identifier: str) -> ApiError:
    """1005 in the words of the API."""
    return ApiError(1005, f"The {kind} with id '{identifier}' does not exist")
