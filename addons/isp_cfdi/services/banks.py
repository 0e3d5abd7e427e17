"""Bank fields of a payment by its form: which SAT takes and how they look (c_FormaPago)."""

from __future__ import annotations

import re

from . import const
from .dto import Payment, PaymentBank
from .problems import Problem

_ANY_ACCOUNT = "10, 11, 15, 16, 18"
#: Form -> (digits of CtaOrdenante, digits of CtaBeneficiario); None: the field is forbidden.
ACCOUNT_DIGITS: dict[str, tuple[str, str | None]] = {
    "02": ("11, 18", _ANY_ACCOUNT),
    "03": ("10, 16, 18", "10, 18"),
    "04": ("16", _ANY_ACCOUNT),
    "05": (_ANY_ACCOUNT, _ANY_ACCOUNT),
    "06": ("10", None),
    "28": ("16", _ANY_ACCOUNT),
    "29": ("15, 16", _ANY_ACCOUNT),
}
#: c_FormaPago also takes free account names here, which SAT's schema checks.
_FREE = re.compile(r"[A-Z0-9_]{10,50}")
_FIELDS = {
    "payer_rfc": "RfcEmisorCtaOrd",
    "payer_name": "NomBancoOrdExt",
    "payer_account": "CtaOrdenante",
    "payee_rfc": "RfcEmisorCtaBen",
    "payee_account": "CtaBeneficiario",
}
_PAYEE = ("payee_rfc", "payee_account")


def bank_problems(number: int, payment: Payment) -> list[Problem]:
    """Fields that SAT does not take with the form of a payment, or that look wrong."""
    form, bank = payment.form, payment.bank
    problems = [
        Problem("CRP20224", number=number, form=form, field=_FIELDS[name])
        for name in _forbidden(form)
        if getattr(bank, name)
    ]
    if bank.payer_rfc == const.RFC_FOREIGN and not bank.payer_name:
        problems.append(Problem("CRP20223", number=number))
    if problems or form not in ACCOUNT_DIGITS:
        return problems
    accounts = (bank.payer_account, bank.payee_account)
    names = ("CtaOrdenante", "CtaBeneficiario")
    for name, account, digits in zip(names, accounts, ACCOUNT_DIGITS[form], strict=True):
        if account and digits and not account_fits(account, digits):
            problems.append(
                Problem("CRP20225", number=number, form=form, field=name, digits=digits)
            )
    return problems


def allowed_bank(form: str, bank: PaymentBank) -> PaymentBank:
    """The fields of ``bank`` that SAT takes with ``form``; ill-formed accounts are left out.

    All of them are optional, so a payment never fails for what its bank told us.
    """
    if form not in ACCOUNT_DIGITS:
        return PaymentBank()
    payer, payee = ACCOUNT_DIGITS[form]
    kept_payer = bank.payer_account if account_fits(bank.payer_account, payer) else ""
    if payee is None:
        return PaymentBank(bank.payer_rfc, bank.payer_name, kept_payer)
    kept_payee = bank.payee_account if account_fits(bank.payee_account, payee) else ""
    return PaymentBank(bank.payer_rfc, bank.payer_name, kept_payer, bank.payee_rfc, kept_payee)


def account_fits(account: str, digits: str) -> bool:
    """Whether ``account`` has one of the lengths ``digits`` lists."""
    if digits == _ANY_ACCOUNT:
        return bool(_FREE.fullmatch(account))
    return account.isdecimal() and str(len(account)) in digits.split(", ")


def _forbidden(form: str) -> tuple[str, ...]:
    if form not in ACCOUNT_DIGITS:
        return tuple(_FIELDS)
    return _PAYEE if ACCOUNT_DIGITS[form][1] is None else ()
