"""Amounts and days as banks print them. Pure, no database."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
YEARS = range(2000, 2100)


class BadCell(ValueError):
    """One cell cannot be read; ``code`` says why, its text is the first argument."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text)
        self.code = code


def parse_amount(text: str, decimal: str = ".") -> Decimal:
    """Return "$1,234.50", "(1,234.50)", "1,234.50-" or "1.234,50" (``decimal`` ",") as a number.

    :raise BadCell: it is no amount with at most two decimals
    """
    clean = re.sub(r"[\s$\u00a0']|MXN|M\.N\.", "", text, flags=re.I)
    negative = False
    if clean.startswith("(") and clean.endswith(")"):
        clean, negative = clean[1:-1], True
    elif clean.endswith(("-", "+")):
        clean, negative = clean[:-1], clean.endswith("-")
    elif clean.startswith(("-", "+")):
        clean, negative = clean[1:], clean.startswith("-")
    group = "." if decimal == "," else ","
    pattern = rf"(\d{{1,3}}(\{group}\d{{3}})+|\d+)?(\{decimal}\d{{0,2}}0*)?"
    if not re.fullmatch(pattern, clean) or not re.search(r"\d", clean) or not clean.isascii():
        raise BadCell("amount", text)
    try:
        value = Decimal(clean.replace(group, "").replace(decimal, "."))
    except InvalidOperation:
        raise BadCell("amount", text) from None
    value = value.quantize(Decimal("0.01")) if abs(value) < 10**15 else value
    return -value if negative else value


def parse_day(text: str, formats: tuple[str, ...]) -> date:
    """Return a day in one of the formats; a time after it and Spanish months are understood.

    :raise BadCell: in none of them, or not of this century
    """
    clean = text.strip()
    for number, month in enumerate(MONTHS, start=1):
        clean = re.sub(rf"(?<=[\s/.-]){month}[a-z.]*(?=[\s/-])", f"{number:02d}", clean, flags=re.I)
    for form in formats:
        for candidate in (clean, clean.split(" ")[0], clean.split("T")[0]):
            try:
                day = datetime.strptime(candidate, form).date()
            except ValueError:
                continue
            if day.year in YEARS:
                return day
    raise BadCell("date", text)
