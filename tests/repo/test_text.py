"""What must not stand in any file: machine paths, registry hosts, secrets, left-over markers."""

from __future__ import annotations

import re

import pytest

from .tree import relative, tracked

#: Kept as their authors wrote them, or generated.
FOREIGN = ("/static/lib/", "/services/resources/", "/tests/files/")
GENERATED = {"package-lock.json", "LICENSE", "COPYING"}
# Words are spelled in pieces, so that this file does not hold what it looks for.
REGISTRIES = ("py" + "pi", "python" + "hosted", "npm" + "js", "deb[.]debi" + "an")
RULES = {
    "absolute path of a machine": r"(?<![\w.}>-])/(?:tmp|root|home|work|opt)/[A-Za-z0-9_.-]+",
    "package-registry host": rf"\b(?:{'|'.join(REGISTRIES)})[.](?:org|com)\b",
    "left-over marker": r"\b(?:TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b|(?:#|//|--) ?XX" + r"X\b",
    "merge conflict": r"^(?:<{7}|>{7}|={7})(?: |$)",
    "private key": r"-----BEGIN (?:ENCRYPTED |RSA |EC |OPENSSH )?PRIVATE KEY-----",
    "secret of a provider": r"\b(?:sk|pk)_(?:live|test)?_?[0-9a-f]{28,}\b|\bAKIA[0-9A-Z]{16}\b",
    "token of a forge": r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bglpat-[\w-]{20,}",
    "debugger": r"\b(?:import i?pdb|breakpoint\(\)|debug" + r"ger;)",
}


def _texts():
    for path in tracked():
        name = relative(path)
        if path.name in GENERATED or any(part in f"/{name}" for part in FOREIGN):
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.mark.parametrize("what", RULES)
def test_no_file_holds(what):
    pattern = re.compile(RULES[what], re.M)
    hits = []
    for name, text in _texts():
        if what == "left-over marker" and name.endswith((".po", ".pot", ".lock")):
            continue
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            hits.append(f"{name}:{line}: {match.group()[:60]}")
    assert not hits, "\n".join(hits[:40])


def test_locks_name_no_host():
    hits = [
        relative(path)
        for path in tracked()
        if path.suffix == ".lock" and "://" in path.read_text(encoding="utf-8")
    ]
    assert not hits
    for path in tracked():
        if path.name == "package-lock.json":
            assert '"resolved"' not in path.read_text(encoding="utf-8")


def test_text_files_end_with_one_newline_and_have_unix_line_ends():
    bad = [
        name
        for name, text in _texts()
        if text and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text)
        if not name.endswith((".svg", ".po", ".pot"))
    ]
    assert not bad


@pytest.mark.parametrize(
    ("what", "sample"),
    [
        ("absolute path of a machine", "see /ho" + "me/ana/x"),
        ("package-registry host", "files.python" + "hosted.org"),
        ("left-over marker", "# TO" + "DO later"),
        ("private key", "-----BEGIN PRIVATE" + " KEY-----"),
        ("secret of a provider", "sk_" + "0" * 32),
    ],
)
def test_rules_find_what_they_look_for(what, sample):
    assert re.search(RULES[what], sample)
