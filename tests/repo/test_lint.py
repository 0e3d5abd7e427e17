"""The lint command: it knows its tools, blocks on findings, and says what is wrong in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import lint, lint_env, odoo_source
from scripts.console import Problem
from scripts.lint import Linter

from .tree import NAMES, ROOT


@pytest.fixture
def env(tmp_path, monkeypatch):
    source = odoo_source.Source(tmp_path, (tmp_path / "addons",), "a test")
    monkeypatch.setattr(odoo_source, "ensure", lambda: source)
    return lint_env.LintEnv(tmp_path / "bin", tmp_path / "node", tmp_path)


def _command(code, text=""):
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


def test_every_tool_has_something_to_read(env):
    names = {tool.name for tool in lint.linters(env)}
    assert names == {
        "ruff",
        "ruff-format",
        "pylint-odoo",
        "odoo-hooks",
        "odoo-po",
        "licences",
        "eslint",
        "prettier",
        "hadolint",
    }


def test_all_addons_are_read(env):
    command = next(tool.check for tool in lint.linters(env) if tool.name == "pylint-odoo")
    assert [Path(word).name for word in command if word.startswith("addons/")] == NAMES


@pytest.mark.parametrize(("codes", "expected"), [((0, 0), 0), ((0, 1), 1)])
def test_any_finding_blocks(env, monkeypatch, capsys, codes, expected):
    tools = [Linter(f"tool{i}", _command(code, f"said {i}")) for i, code in enumerate(codes)]
    monkeypatch.setattr(lint, "linters", lambda _env: tools)
    assert lint.main([], ensure=lambda: env) == expected
    said = capsys.readouterr().out
    assert ("said 1" in said) is bool(expected), "only findings are shown"
    assert said.splitlines()[-1].startswith("lint: ")


def test_fix_runs_before_check(env, monkeypatch, tmp_path):
    mark = tmp_path / "mark"
    fix = [sys.executable, "-c", f"open({str(mark)!r}, 'w').close()"]
    check = [
        sys.executable,
        "-c",
        f"import os; raise SystemExit(not os.path.exists({str(mark)!r}))",
    ]
    monkeypatch.setattr(lint, "linters", lambda _env: [Linter("tool", check, fix)])
    assert lint.main([], ensure=lambda: env) == 1
    assert lint.main(["--fix"], ensure=lambda: env) == 0


def test_unknown_name_and_missing_tools_are_no_success(env, capsys):
    def refuse():
        raise Problem("no network")

    assert lint.main(["--only", "nope"], ensure=lambda: env) == 2
    assert lint.main([], ensure=refuse) == 2
    assert "lint: no network" in capsys.readouterr().err


def test_configurations_exist():
    for name in (*lint_env.NODE_FILES, *lint_env.NODE_CONFIGS, ".pylintrc", ".oca_hooks.cfg"):
        assert (ROOT / name).is_file()
