"""Data of a receiver before SAT sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_cfdi_services import const
from isp_cfdi_services.fiscal_data import (
    FiscalData,
    fiscal_problems,
    rfc_problem,
)

GOOD = FiscalData("RAMC900412QX3", "CITLALI RANGEL MORA", "612", "G03", "58110")


def _problems(**values):
    return fiscal_problems(FiscalData(**{**GOOD.__dict__, **values}))


def test_good_data_have_no_problem():
    assert fiscal_problems(GOOD) == []


@pytest.mark.parametrize(
    ("rfc", "code"),
    [
        ("RAMC900412QX3", ""),
        ("Ñ&A010101AAA", ""),
        ("ÑU&A900412QX3", ""),
        ("XEXX010101000", ""),
        ("", "rfc_missing"),
        ("RAMC900412", "rfc_length"),
        ("RAMC901312QX3", "rfc_date"),
        ("RAMC900230QX3", "rfc_date"),
        ("1AMC900412QX3", "rfc_form"),
        ("RAMC9004$2QX3", "rfc_form"),
        ("RAMC-900412-", "rfc_form"),
        ("ramc900412qx3", "rfc_form"),
        ("RAMC90041２QX3", "rfc_form"),
        ("RTA190412ABC", "rfc_form"),
    ],
)
def test_rfc(rfc, code):
    assert rfc_problem(rfc) == code


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"rfc": const.RFC_GENERIC}, ["rfc_generic"]),
        ({"rfc": "RTA190412AB9"}, ["regime_person"]),
        ({"regime": "601"}, ["regime_person"]),
        ({"regime": ""}, ["regime_missing"]),
        ({"regime": "999"}, ["regime_unknown", "use_unfit"]),
        ({"regime": "605"}, ["use_unfit"]),
        ({"use": ""}, ["use_missing"]),
        ({"zip": ""}, ["zip_missing"]),
        ({"zip": "00001"}, ["zip_unknown"]),
        ({"name": ""}, ["name_missing"]),
    ],
)
def test_what_is_wrong(values, codes):
    assert _problems(**values) == codes


@given(st.text(max_size=20))
def test_no_text_breaks_the_check(text):
    assert isinstance(rfc_problem(text), str)
    assert _problems(rfc=text, name=text, regime=text, use=text, zip=text) or text == ""
