"""What browsers send: looked at before it is compared, stored or sent on."""

import re

from odoo.addons.payment import utils as payment_utils

# Ids of openpay.js are opaque (openpay.md section 3): signs that can be printed, without spaces.
_KEY = re.compile(r"[!-~]+")


def opens(access_token, tx_id, reference):
    """Return whether a token opens the page of a transaction; one that cannot be one does not."""
    token = access_token or ""
    return token.isascii() and payment_utils.check_access_token(token, tx_id, reference)


def browser_keys(source_id, device_session_id):
    """Return the one-time keys of openpay.js as values of a charge, None when they are none."""
    keys = (source_id, device_session_id)
    if not all(isinstance(key, str) and _KEY.fullmatch(key) for key in keys):
        return None
    return {"source_id": source_id[:100], "device_session_id": device_session_id[:255]}
