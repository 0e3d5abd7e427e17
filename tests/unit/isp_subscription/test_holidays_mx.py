from calendar import MONDAY
from datetime import date

import pytest
from isp_subscription_services.holidays_mx import federal_days


def test_days_of_2026():
    assert list(federal_days(2026)) == [
        date(2026, 1, 1),
        date(2026, 2, 2),  # first Monday of February
        date(2026, 3, 16),  # third Monday of March
        date(2026, 5, 1),
        date(2026, 9, 16),
        date(2026, 11, 16),  # third Monday of November
        date(2026, 12, 25),
    ]


@pytest.mark.parametrize("year", range(2024, 2045))
def test_every_year_has_the_days_of_the_article(year):
    days = federal_days(year)
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 9, 16), date(year, 12, 25)}
    assert fixed <= set(days)
    moved = [day for day in days if day.month in (2, 3, 11)]
    assert [day.weekday() for day in moved] == [MONDAY] * 3
    # the day on which the federal executive changes, every six years since 2024
    assert (date(year, 10, 1) in days) == (year % 6 == 2)
    assert all(days.values())


@pytest.mark.parametrize("year", [2005, 2101])
def test_other_years_are_refused(year):
    with pytest.raises(ValueError, match="out of range"):
        federal_days(year)
