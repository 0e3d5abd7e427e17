"""The reports of the vendor's suites are read case by case."""

from __future__ import annotations

import json
import re
import sys

import pytest

from scripts import sdk
from scripts.console import Problem


@pytest.fixture
def report(tmp_path):
    """Write a report, give its path."""

    def write(data):
        path = tmp_path / "report.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


def test_mocha_cases_in_their_order(report):
    cases = [
        {"fullTitle": "same", "err": {}},
        {"fullTitle": "same", "err": {"message": "500 == 200"}},
        {"fullTitle": "later", "err": {}},
    ]
    found = sdk.cases_of(report({"tests": cases, "pending": [cases[2]]}))
    assert [(c["name"], c["state"], c["message"]) for c in found] == [
        ("same", "passed", ""),
        ("same", "failed", "500 == 200"),
        ("later", "skipped", ""),
    ]


def test_our_report_is_taken_as_it_is(report):
    cases = [{"name": "a", "state": "passed", "message": ""}]
    assert sdk.cases_of(report(cases)) == cases


def test_another_version_of_the_vendor_is_noticed(report):
    path = report({"merchant": "m1"})
    assert sdk.search(r'"merchant": "(\w+)"', path) == ("m1",)
    with pytest.raises(Problem, match="does not contain"):
        sdk.search("new Openpay", path)


def test_unknown_suite(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["sdk", "nothing"])
    with pytest.raises(Problem, match="no such suite: nothing"):
        sdk.run()


def test_nothing_of_the_vendor_is_kept():
    own = [path for path in sdk.SIDE.iterdir() if path.is_file()]
    for path in [*own, sdk.ROOT / "scripts" / "sdk.py"]:
        assert not re.search(r"sk_[0-9a-f]{32}", path.read_text(encoding="utf-8")), path.name
