"""Federal days of rest of Mexico (Ley Federal del Trabajo, article 74), by the library `holidays`.

Calendar dates without time or zone. Moved days (the Monday of February, March and November) fall
where they are really observed. Days that only a state or an election gives are not known here.
"""

from datetime import date

import holidays

FIRST_YEAR = 2006  # the present text of the article


def federal_days(year: int) -> dict[date, str]:
    """Return ``{day: Spanish name}`` of the federal days of rest of ``year``, in order.

    :raise ValueError: for a year before the present law, or one nobody plans for
    """
    if not FIRST_YEAR <= year <= 2100:
        raise ValueError(f"year out of range: {year}")
    found = holidays.country_holidays("MX", years=year, language="es")
    return dict(sorted(found.items()))
