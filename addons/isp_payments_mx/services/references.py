"""Is a reference that Openpay answered fit to be shown, printed and paid?

A customer pays what he reads. So a number that cannot be right, or that is not the one the
company's account has, is refused before anybody sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .clabe import is_valid
from .wire import Charge

# Cash at a store: 16 digits, as recorded in 2020-2021 ("1010101574043722"). The 32 characters of
# the vendor's old documentation are stale.
STORE_REFERENCE = re.compile(r"[0-9]{16}")
# SPEI: 20 digits in the vendor's documentation; the bank takes up to 30 in its field.
SPEI_REFERENCE = re.compile(r"[0-9]{7,30}")
AGREEMENT = re.compile(r"[0-9]{4,12}")
# ".../barcode/<reference>?width=1&height=45&text=false"
_BARCODE_URL = re.compile(r"/barcode/([0-9]+)(?:[/?#]|$)")


@dataclass(frozen=True)
class Account:
    """What the company says of its own account; empty means that Openpay is believed."""

    agreement: str = ""
    clabe: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a reference is not shown: a code for filters, a text for the staff."""

    code: str
    text: str


def barcode_number(url: str) -> str:
    """Return the number inside Openpay's address of a barcode, empty when it has another form."""
    found = _BARCODE_URL.search(url)
    return found[1] if found else ""


def is_agreement(text: str) -> bool:
    """Return whether ``text`` can be the number of an agreement (convenio CIE): 4 to 12 digits."""
    return bool(AGREEMENT.fullmatch(text))


def reference_problem(charge: Charge, account: Account) -> Problem | None:
    """Return what is wrong with the numbers of a charge, None when they may be shown."""
    if charge.method == "store":
        return _store_problem(charge)
    if charge.method == "bank_account":
        return _spei_problem(charge, account)
    return None


def _store_problem(charge: Charge) -> Problem | None:
    if not STORE_REFERENCE.fullmatch(charge.reference):
        return Problem("reference", f"not 16 digits: {charge.reference}")
    number = barcode_number(charge.barcode_url)
    if number and number != charge.reference:
        return Problem("barcode", f"{number} is not {charge.reference}")
    return None


def _spei_problem(charge: Charge, account: Account) -> Problem | None:
    if not SPEI_REFERENCE.fullmatch(charge.reference):
        return Problem("reference", f"not a number: {charge.reference}")
    clabe = charge.clabe or account.clabe
    if not is_valid(clabe):
        return Problem("clabe", f"not valid: {clabe}")
    if account.clabe and clabe != account.clabe:
        return Problem("clabe", f"{clabe} is not the company's {account.clabe}")
    agreement = charge.agreement or account.agreement
    if not is_agreement(agreement):
        return Problem("agreement", f"not valid: {agreement}")
    if account.agreement and agreement != account.agreement:
        return Problem("agreement", f"{agreement} is not the company's {account.agreement}")
    return None
