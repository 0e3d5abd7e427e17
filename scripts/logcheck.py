"""Reading an Odoo log: how many tests ran, what was skipped, and lines nobody expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ "
    r"(?P<level>[A-Z]+) (?P<db>\S+) (?P<logger>\S+): (?P<text>.*)$"
)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
#: how the runner announces a skipped test; Odoo's own code says "skipped" of other things too
SKIPPED = re.compile(r"skipped\b|.* \.\.\. skipped\b")
#: how the runner announces a test that failed: counted in its result, not once more
BROKEN = re.compile(r"(FAIL|ERROR): (Subtest )?\w+[. ]")
#: lines that Odoo itself writes on a healthy run, each with its reason
EXPECTED = (
    r"Running as user 'root' is a security risk",  # containers and CI run as root
    r"option --without-demo",
    r"unaccent|pg_trgm",  # the embedded PostgreSQL ships no contrib extensions
    r"pdf\.fonts|wkhtmltopdf",  # our documents are made by Typst
    r"The `?group.*`? .*deprecated",
)
#: one of two transactions that PostgreSQL refused (40001, 40P01, 55P03): Odoo logs the refused
#: statement as an error and then tries the whole transaction again
CONFLICT = re.compile(r"could not serialize access|deadlock detected|could not obtain lock")
REFUSED = re.compile(r"bad query: ")
#: warnings of libraries at import, not of our code
LIBRARIES = re.compile(r"site-packages|dist-packages")


@dataclass
class Report:
    """What one log says."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skips: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    conflicts: int = 0


def _is_expected(match: re.Match) -> bool:
    text = match["text"]
    if match["logger"] == "py.warnings" and LIBRARIES.search(text) and "/addons/isp_" not in text:
        return True
    return any(re.search(pattern, text) for pattern in EXPECTED)


def records(text: str) -> Iterator[tuple[re.Match, str]]:
    """Each record of a log: its first line, and all of it."""
    match, lines = None, []
    for line in text.splitlines():
        if found := LINE.match(line):
            if match:
                yield match, "\n".join(lines)
            match, lines = found, []
        lines.append(line)
    if match:
        yield match, "\n".join(lines)


def read(path: Path, conflicts: bool = False) -> Report:
    """Count tests and collect unexpected WARNING, ERROR and CRITICAL lines of a log.

    :param conflicts: the log of a server whose users and jobs work at the same time, where a
        refused statement is no error by itself: a transaction given up after it logs its own
    """
    report = Report()
    for match, record in records(path.read_text(errors="replace")):
        result = RESULT.search(match["text"])
        if result and match["logger"].startswith("odoo.tests.result"):
            report.failures, report.errors, report.tests = map(int, result.groups())
        elif ".tests." in match["logger"] and BROKEN.match(match["text"]):
            report.broken.append(match["text"][:300])
        elif ".tests." in match["logger"] and SKIPPED.match(match["text"]):
            report.skips.append(match["text"])
        elif conflicts and REFUSED.match(match["text"]) and CONFLICT.search(record):
            report.conflicts += 1
        elif match["level"] in {"WARNING", "ERROR", "CRITICAL"} and not _is_expected(match):
            report.unexpected.append(_told(match, record))
    return report


def _told(match: re.Match, record: str) -> str:
    """A line about a record; of a refused statement also why, which is told after it."""
    line = f"{match['level']} {match['logger']}: {match['text']}"[:300]
    why = record.rpartition("\nERROR: ")[2] if REFUSED.match(match["text"]) else ""
    return f"{line} … {why[:200]}" if why else line
