"""Whether the data of a receiver are what SAT has of him, as far as they can be checked here.

SAT compares RFC, name, postal code and regime with its register (Anexo 20, rejections
CFDI40143 to CFDI40161).  Each check gives a code; the texts are the model's.
"""

from __future__ import annotations

from dataclasses import dataclass

from stdnum import exceptions
from stdnum.mx import rfc as stdnum_rfc

from . import const
from .catalogs import catalog
from .postal import postal_code
from .text import is_generic_rfc, is_legal_person, is_rfc


@dataclass(frozen=True)
class FiscalData:
    """What the customer says about himself; texts normalised, "" where nothing is said."""

    rfc: str = ""
    name: str = ""
    regime: str = ""
    use: str = ""
    zip: str = ""


def rfc_problem(rfc: str) -> str:
    """Return "" for an RFC that SAT can know, else why not.

    ``rfc_missing``, ``rfc_length``, ``rfc_date`` (no such day), ``rfc_form``.  The check digit
    is not asked for: SAT itself gave out RFCs whose digit does not follow its rule.
    """
    if not rfc:
        return "rfc_missing"
    if len(rfc) not in (12, 13):
        return "rfc_length"
    try:
        stdnum_rfc.validate(rfc)
    except exceptions.InvalidComponent:
        return "rfc_date"
    except exceptions.ValidationError:
        return "rfc_form"
    # SAT's schema knows neither blanks nor small letters, and only some last characters.
    return "" if is_rfc(rfc) else "rfc_form"


def fiscal_problems(data: FiscalData) -> list[str]:
    """Return the codes of what keeps a document for this receiver from being stamped."""
    if is_generic_rfc(data.rfc):
        return ["rfc_generic"]
    problems = [rfc_problem(data.rfc)]
    problems.append("" if data.name else "name_missing")
    problems.append(_regime_problem(data))
    problems.append(_use_problem(data))
    problems.append(_zip_problem(data.zip))
    return [code for code in problems if code]


def _regime_problem(data: FiscalData) -> str:
    if not data.regime:
        return "regime_missing"
    if data.regime not in catalog("regimen"):
        return "regime_unknown"
    if rfc_problem(data.rfc):
        return ""
    allowed = const.LEGAL_REGIMES if is_legal_person(data.rfc) else const.NATURAL_REGIMES
    return "" if data.regime in allowed else "regime_person"


def _use_problem(data: FiscalData) -> str:
    if not data.use:
        return "use_missing"
    if data.regime and data.regime not in const.USE_REGIMES.get(data.use, ()):
        return "use_unfit"
    return ""


def _zip_problem(code: str) -> str:
    if not code:
        return "zip_missing"
    return "" if postal_code(code) else "zip_unknown"
