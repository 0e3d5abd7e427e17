"""Amounts, dates and sizes the way the customer portal writes them.

Dates are ``datetime.date``; moments are naive UTC ``datetime`` as the ORM stores them and are
shown in the zone of the formatter. Nothing here knows a database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "America/Mexico_City"
MINUS = "−"
NBSP = "\u00a0"

_MONTHS = {
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_WEEKDAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def _language(lang: str) -> str:
    """Return the table of names for a locale code such as ``es_MX``; Spanish by default."""
    return "en" if lang.lower().startswith("en") else "es"


def format_money(amount: float | Decimal | str, symbol: str = "$") -> str:
    """Return ``$1,047.00``; negative amounts as ``−$33.77``. Rounds half up to cents."""
    whole, cents, negative = split_money(amount)
    return f"{MINUS if negative else ''}{symbol}{whole}.{cents}"


def split_money(amount: float | Decimal | str) -> tuple[str, str, bool]:
    """Return ``("1,047", "00", False)``: whole part, cents, and whether it is negative."""
    value = Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    whole, cents = f"{abs(value):,.2f}".split(".")
    return whole, cents, value < 0


def format_date_short(value: date | None, lang: str = "es") -> str:
    """Return ``25 nov 2026``, or an empty string without a date."""
    return f"{format_day(value, lang)} {value.year}" if value else ""


def format_day(value: date | None, lang: str = "es") -> str:
    """Return ``25 nov``, or an empty string without a date."""
    if not value:
        return ""
    return f"{value.day} {_MONTHS[_language(lang)][value.month - 1][:3]}"


def format_weekday_short(value: date | None, lang: str = "es") -> str:
    """Return ``mié 25 nov``, or an empty string without a date."""
    if not value:
        return ""
    return f"{_WEEKDAYS[_language(lang)][value.weekday()][:3]} {format_day(value, lang)}"


def format_weekday_long(value: date, lang: str = "es") -> str:
    """Return ``domingo 22 de noviembre`` (English: ``Sunday 22 November``)."""
    code = _language(lang)
    link = " de " if code == "es" else " "
    return f"{_WEEKDAYS[code][value.weekday()]} {value.day}{link}{_MONTHS[code][value.month - 1]}"


def format_month(value: date, lang: str = "es") -> str:
    """Return ``noviembre 2026``: what people type when they search a month."""
    return f"{_MONTHS[_language(lang)][value.month - 1]} {value.year}"


def format_iso(value: date | None) -> str:
    """Return ``2026-11-25``: dates in lists."""
    return value.isoformat() if value else ""


def to_local(moment: datetime, zone: str = DEFAULT_ZONE) -> datetime:
    """Return a naive UTC moment as an aware one in ``zone``."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def format_datetime_iso(moment: datetime | None, zone: str = DEFAULT_ZONE) -> str:
    """Return ``2026-10-23 18:04:51`` in local time: moments in lists."""
    return to_local(moment, zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def format_datetime_receipt(moment: datetime | None, zone: str = DEFAULT_ZONE) -> str:
    """Return ``25/11/2026 18:04:51`` in local time: moments on receipts."""
    return to_local(moment, zone).strftime("%d/%m/%Y %H:%M:%S") if moment else ""


def format_stamp(moment: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Return ``4424_0844``, the stamp of a document printed on 4 April 2024 at 08:44."""
    local = to_local(moment, zone)
    return f"{local.day}{local.month}{local:%y}_{local:%H%M}"


def format_size(size: int) -> str:
    """Return ``312 kB`` or ``1.2 MB`` (decimal units, as browsers show downloads)."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{round(size / 1000)} kB"
    return f"{size / 1_000_000:.1f} MB"


def format_phone(phone: str | None) -> str:
    """Return a Mexican number as ``443 555 0142`` with unbreakable spaces; others as they are."""
    digits = "".join(char for char in phone or "" if char.isdigit())
    national = digits[2:] if len(digits) == 12 and digits.startswith("52") else digits
    if len(national) != 10:
        return phone or ""
    return NBSP.join((national[:3], national[3:6], national[6:]))


def phone_uri(phone: str | None) -> str:
    """Return ``tel:+524435550142`` for a ten digit number, ``tel:`` and the digits otherwise."""
    digits = "".join(char for char in phone or "" if char.isdigit())
    if len(digits) == 10:
        return f"tel:+52{digits}"
    return f"tel:+{digits}" if len(digits) > 10 else f"tel:{digits}"


def format_speed(mbps: float) -> str:
    """Return ``50`` or ``7.5``: a speed without needless zeros."""
    return f"{mbps:g}"


def initials(name: str | None) -> str:
    """Return up to two capitals of a name: ``Citlali Rangel Mora`` gives ``CR``."""
    words = [word for word in (name or "").split() if word[0].isalpha()]
    return "".join(word[0] for word in words[:2]).upper()


class Formatter:
    """The functions above bound to one language, zone and currency symbol, for templates."""

    def __init__(self, lang: str = "es", zone: str = DEFAULT_ZONE, symbol: str = "$"):
        self.lang = lang
        self.zone = zone
        self.symbol = symbol

    def money(self, amount: float) -> str:
        return format_money(amount, self.symbol)

    def figure(self, amount: float) -> dict[str, str]:
        """Return sign, symbol, whole and cents of the large figure."""
        whole, cents, negative = split_money(amount)
        return {
            "sign": MINUS if negative else "",
            "symbol": self.symbol,
            "whole": whole,
            "cents": cents,
        }

    def date(self, value: date | None) -> str:
        return format_date_short(value, self.lang)

    def day(self, value: date | None) -> str:
        return format_day(value, self.lang)

    def weekday(self, value: date | None) -> str:
        return format_weekday_short(value, self.lang)

    def long_day(self, value: date) -> str:
        return format_weekday_long(value, self.lang)

    def month(self, value: date) -> str:
        return format_month(value, self.lang)

    def iso(self, value: date | None) -> str:
        return format_iso(value)

    def moment(self, value: datetime | None) -> str:
        return format_datetime_iso(value, self.zone)

    def receipt_moment(self, value: datetime | None) -> str:
        return format_datetime_receipt(value, self.zone)

    def stamp(self, value: datetime) -> str:
        return format_stamp(value, self.zone)

    def local_date(self, value: datetime | None) -> date | None:
        return to_local(value, self.zone).date() if value else None

    def size(self, value: int) -> str:
        return format_size(value)

    def phone(self, value: str | None) -> str:
        return format_phone(value)

    def tel(self, value: str | None) -> str:
        return phone_uri(value)

    def speed(self, value: float) -> str:
        return format_speed(value)
