"""Clean texts the way SAT compares them, and RFC helpers."""

from __future__ import annotations

import re

from .const import RFC_FOREIGN, RFC_GENERIC

_RFC = re.compile(r"[A-ZÑ&]{3,4}[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[0-9A]")
_SPACES = re.compile(r"\s+")
#: Characters that XML forbids or discourages.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
#: SAT registers the legal name without its company type.
_COMPANY_TYPES = re.compile(
    r"[\s,]+(S\.?\s?A\.?\s?P\.?\s?I\.?(\s+DE\s+C\.?\s?V\.?)?"
    r"|S\.?\s?A\.?\s?B?\.?(\s+DE\s+C\.?\s?V\.?)?"
    r"|S\.?\s?A\.?\s?S\.?(\s+DE\s+C\.?\s?V\.?)?"
    r"|S\.?\s+DE\s+R\.?\s?L\.?(\s+DE\s+(C\.?\s?V\.?|M\.?\s?I\.?))?"
    r"|S\.?\s?C\.?(\s+DE\s+(R\.?\s?L\.?|C\.?\s?V\.?))?"
    r"|A\.?\s?C\.?)\s*$"
)


def clean(text: str | None, limit: int) -> str:
    """One line without ``|`` and control characters, cut to ``limit`` characters."""
    single = _SPACES.sub(" ", _CONTROL.sub("", (text or "").replace("|", "/")))
    return single.strip()[:limit].strip()


def fiscal_name(name: str | None, rfc: str | None = None) -> str:
    """Upper-case name as SAT registers it.

    Only legal persons (12 characters) lose a company type at the end: a natural person
    called "Rosa C" keeps every letter.
    """
    upper = clean(name, 300).upper()
    if rfc and not is_legal_person(rfc):
        return upper
    return _COMPANY_TYPES.sub("", upper).rstrip(" ,")


def normalise_rfc(rfc: str | None) -> str:
    """RFC in capitals without blanks, hyphens and a country prefix."""
    text = re.sub(r"[\s\-.]", "", (rfc or "").upper())
    if text.startswith("MX") and not is_rfc(text) and is_rfc(text[2:]):
        return text[2:]
    return text


def is_rfc(rfc: str | None) -> bool:
    """Whether ``rfc`` has the form of SAT's t_RFC (12 or 13 characters)."""
    return bool(_RFC.fullmatch(rfc or ""))


def is_legal_person(rfc: str) -> bool:
    """Legal persons have 12 characters, natural persons 13."""
    return len(rfc) == 12


def is_generic_rfc(rfc: str | None) -> bool:
    """Whether the RFC stands for nobody in particular."""
    return rfc in (RFC_GENERIC, RFC_FOREIGN)
