"""Documents say what is there: links, commands, decisions, names in the code."""

from __future__ import annotations

import re

import pytest
import yaml

from .tree import ADDONS, NAMES, ROOT, relative, tracked

ADR = ROOT / "docs/adr"
PAGES = sorted(ADR.glob("[0-9]*.md"))
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))


def _documents():
    return [path for path in tracked() if path.suffix == ".md"]


def test_links_lead_somewhere():
    broken = []
    for path in _documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if re.match(r"(?:https?:|mailto:|#)", target):
                continue
            if not (path.parent / target.partition("#")[0]).exists():
                broken.append(f"{relative(path)}: {target}")
    assert not broken


def test_make_targets_exist():
    unknown = []
    for path in _documents():
        for word in re.findall(r"`make ([a-z][a-z0-9-]*)", path.read_text(encoding="utf-8")):
            if word not in TARGETS:
                unknown.append(f"{relative(path)}: make {word}")
    assert not unknown


def test_modules_started_by_documents_exist():
    for path in _documents():
        for module in re.findall(r"python3 -m ((?:scripts|tests)[\w.]*)", path.read_text("utf-8")):
            home = ROOT / module.replace(".", "/")
            assert home.is_dir() or home.with_suffix(".py").is_file(), module


def test_decisions_are_numbered_and_listed():
    numbers = [int(page.name[:4]) for page in PAGES]
    assert numbers == list(range(1, len(PAGES) + 1))
    index = (ADR / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d{4}[\w-]+\.md)\)", index) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_decisions_have_one_shape(page):
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]} ")
    assert re.search(r"^Status: (?:accepted|superseded by \[\d{4}\])", text, re.M)
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert headings == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 60


def test_extension_points_named_in_the_architecture_exist():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = page.partition("## Extension points")[2].partition("\n## ")[0]
    names = set(re.findall(r"\b_[a-z][a-z_]+(?=[(`])", section))
    assert len(names) > 6
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in tracked()
        if path.suffix == ".py" and path.is_relative_to(ADDONS)
    )
    assert not [name for name in names if f"def {name}(" not in code]


def test_root_readme_shows_the_addons():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [addon for addon in NAMES if addon not in text]
    assert "make demo" in text
    assert "make test" in text


def test_yaml_files_parse():
    for path in tracked():
        if path.suffix in {".yaml", ".yml"}:
            assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_no_persons_and_no_mail_addresses():
    """Documents invent nobody: addresses stay in the reserved example domains."""
    address = re.compile(r"\b[\w.+-]+@(?!example\.|[\w.-]*\.example\b)[\w-]+\.[a-z]{2,}\b")
    hits = [
        f"{relative(path)}: {match}"
        for path in _documents()
        for match in address.findall(path.read_text(encoding="utf-8"))
    ]
    assert not hits
