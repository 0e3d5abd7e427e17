"""Run the tests inside the vendor's Python library against the simulator.

Started by ``scripts.sdk`` with the Python that has the library: ``vendor.py <report file>``.
Nothing of the library is changed but its base address. The clock of the simulator stands in 2020
for the classes whose fixture card expires in ``20``; elsewhere it is the real one.
"""

import inspect
import json
import os
import sys
import unittest
import urllib.request

import openpay

URL = os.environ["OPENPAY_URL"]
THEN = "2020-06-01T12:00:00-06:00"
OLD_CARD = 'expiration_year="20"'


def control(path, data):
    """POST to the simulator's control interface."""
    request = urllib.request.Request(f"{URL}/_control/{path}", json.dumps(data).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


class Report(unittest.TestResult):
    """Collects (name, state, message); sets the clock before each test."""

    def __init__(self):
        super().__init__()
        self.cases = []

    def startTest(self, test):
        old = OLD_CARD in inspect.getsource(type(test))
        control("clock", {"now": THEN} if old else {})
        super().startTest(test)

    def _add(self, test, state, message=""):
        name = f"{type(test).__name__}.{test._testMethodName}"
        self.cases.append({"name": name, "state": state, "message": message})

    def addSuccess(self, test):
        self._add(test, "passed")

    def addFailure(self, test, err):
        self._add(test, "failed", self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self._add(test, "skipped", reason)


def main():
    """Run, write the report."""
    openpay.get_api_base = lambda: URL
    suite = unittest.defaultTestLoader.loadTestsFromName("openpay.test.test_integration")
    report = Report()
    suite.run(report)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(report.cases, file)


if __name__ == "__main__":
    main()
