"""Amounts, dates, sizes and phones as the customer reads them."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_portal_services import formatting
from isp_portal_services.formatting import Formatter

CUTOFF = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (349, "$349.00"),
        (1047.0, "$1,047.00"),
        (1234567.891, "$1,234,567.89"),
        (-33.77, "−$33.77"),
        ("0.005", "$0.01"),
        (Decimal("2.675"), "$2.68"),
        (-0.001, "$0.00"),
    ],
)
def test_money(amount, text):
    assert formatting.format_money(amount) == text


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_can_be_read_back(amount):
    text = formatting.format_money(amount)
    plain = text.replace(formatting.MINUS, "-").replace("$", "").replace(",", "")
    assert Decimal(plain) == amount


def test_dates_in_spanish():
    assert formatting.format_date_short(CUTOFF) == "25 nov 2026"
    assert formatting.format_day(CUTOFF) == "25 nov"
    assert formatting.format_weekday_short(CUTOFF) == "mié 25 nov"
    assert formatting.format_weekday_long(date(2026, 11, 22)) == "domingo 22 de noviembre"
    assert formatting.format_month(CUTOFF) == "noviembre 2026"
    assert formatting.format_iso(CUTOFF) == "2026-11-25"


def test_dates_in_english():
    assert formatting.format_date_short(CUTOFF, "en_US") == "25 Nov 2026"
    assert formatting.format_weekday_short(CUTOFF, "en_US") == "Wed 25 Nov"
    assert formatting.format_weekday_long(CUTOFF, "en_US") == "Wednesday 25 November"


def test_missing_dates_are_empty():
    fmt = Formatter()
    assert [fmt.date(None), fmt.day(None), fmt.weekday(None), fmt.iso(None)] == [""] * 4
    assert fmt.moment(None) == fmt.receipt_moment(None) == ""
    assert fmt.local_date(None) is None


def test_moments_are_local_and_to_the_second():
    moment = datetime(2026, 10, 24, 0, 4, 51)
    assert formatting.format_datetime_iso(moment) == "2026-10-23 18:04:51"
    assert formatting.format_datetime_receipt(moment) == "23/10/2026 18:04:51"
    assert Formatter().local_date(moment) == date(2026, 10, 23)
    assert formatting.format_datetime_iso(moment, "America/Tijuana") == "2026-10-23 17:04:51"


def test_stamp_of_a_print():
    assert formatting.format_stamp(datetime(2024, 4, 4, 14, 44)) == "4424_0844"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (148_000, "148 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (1_200_000, "1.2 MB"),
    ],
)
def test_size(size, text):
    assert formatting.format_size(size) == text


@pytest.mark.parametrize(
    ("phone", "text", "uri"),
    [
        ("4435550142", "443\u00a0555\u00a00142", "tel:+524435550142"),
        ("+52 443 555 0142", "443\u00a0555\u00a00142", "tel:+524435550142"),
        ("800", "800", "tel:800"),
        (None, "", "tel:"),
    ],
)
def test_phone(phone, text, uri):
    assert formatting.format_phone(phone) == text
    assert formatting.phone_uri(phone) == uri


def test_speed_and_initials():
    assert formatting.format_speed(50.0) == "50"
    assert formatting.format_speed(7.5) == "7.5"
    assert formatting.initials("Citlali Rangel Mora") == "CR"
    assert formatting.initials("ángel") == "Á"
    assert formatting.initials(None) == ""


def test_figure_splits_the_amount():
    figure = Formatter().figure(1047)
    assert figure == {"sign": "", "symbol": "$", "whole": "1,047", "cents": "00"}
    assert Formatter().figure(-1)["sign"] == "−"
