"""Run every linter over the repository: ``python3 -m scripts.lint [--fix] [--only NAME …]``.

All findings block: the exit code is 1 when any linter complains, 2 when the linters cannot be
installed. ``--fix`` lets the tools repair what they can before they check. Linters run two at a
time; the output of each is shown when it is done.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import lint_env, odoo_source
from .console import Problem, explain
from .lint_env import LintEnv
from .paths import ROOT

ODOO_SERIES = "19.0"
#: Trees that eslint and prettier read.
NODE_SUFFIXES = {"eslint": {".js", ".mjs"}, "prettier": {".js", ".mjs", ".scss", ".xml"}}


@dataclass(frozen=True)
class Linter:
    """One tool: the command that checks and, when it can, the one that repairs."""

    name: str
    check: list[str]
    fix: list[str] | None = None


@dataclass(frozen=True)
class Result:
    name: str
    code: int
    output: str
    seconds: float


def tracked_files() -> list[str]:
    """Files of the repository, new ones included, as paths relative to its root."""
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def addon_dirs(files: Iterable[str]) -> list[str]:
    """Folders of the addons that have a manifest."""
    return sorted(
        str(Path(name).parent)
        for name in files
        if name.startswith("addons/") and name.count("/") == 2 and name.endswith("__manifest__.py")
    )


def _python_linters(env: LintEnv) -> list[Linter]:
    ruff = env.python_tool("ruff")
    return [
        Linter(
            "ruff",
            [ruff, "check", "--output-format=concise", "."],
            [ruff, "check", "--fix", "--quiet", "."],
        ),
        Linter(
            "ruff-format",
            [ruff, "format", "--check", "--output-format=concise", "."],
            [ruff, "format", "."],
        ),
    ]


def _odoo_linters(env: LintEnv, addons: list[str], files: list[str]) -> list[Linter]:
    if not addons:
        return []
    hooks = env.python_tool("oca-checks-odoo-module")
    odoo = ",".join(map(str, odoo_source.ensure().addons_paths))
    found = [
        Linter("pylint-odoo", [env.python_tool("pylint"), "--rcfile=.pylintrc", *addons]),
        Linter("odoo-hooks", [hooks, *addons]),
        Linter(
            "licences",
            [
                env.python_tool("manifestoo"),
                f"--addons-path=addons,{odoo}",
                "--no-addons-path-from-import-odoo",
                "--select-addons-dir=addons",
                f"--odoo-series={ODOO_SERIES}",
                "check-licenses",
            ],
        ),
    ]
    catalogues = [name for name in files if name.endswith((".po", ".pot"))]
    if catalogues:
        found.append(Linter("odoo-po", [env.python_tool("oca-checks-po"), *catalogues]))
    return found


def _node_linters(env: LintEnv, files: list[str]) -> list[Linter]:
    def select(tool: str) -> list[str]:
        return [name for name in files if Path(name).suffix in NODE_SUFFIXES[tool]]

    eslint = env.node_tool("eslint", "bin/eslint.js")
    eslint += ["--config", env.node_config("eslint.config.mjs"), "--no-warn-ignored"]
    eslint += ["--max-warnings=0"]
    prettier = env.node_tool("prettier", "bin/prettier.cjs")
    prettier += ["--config", env.node_config(".prettierrc.json"), "--log-level=warn"]
    prettier += ["--cache", "--cache-location", str(lint_env.HOME / "prettier")]
    prettier += ["--plugin", env.node_package("@prettier/plugin-xml", "src/plugin.js")]
    found = []
    if scripts := select("eslint"):
        found.append(Linter("eslint", [*eslint, *scripts], [*eslint, "--fix", *scripts]))
    if sources := select("prettier"):
        write = [*prettier, "--write", *sources]
        found.append(Linter("prettier", [*prettier, "--check", *sources], write))
    return found


def linters(env: LintEnv) -> list[Linter]:
    """Every linter that has something to read, slowest first."""
    files = tracked_files()
    found = _odoo_linters(env, addon_dirs(files), files) + _node_linters(env, files)
    found += _python_linters(env)
    dockerfiles = [name for name in files if Path(name).name == "Dockerfile"]
    if dockerfiles:
        found.append(Linter("hadolint", [env.python_tool("hadolint"), *dockerfiles]))
    return found


def run(name: str, command: list[str], env: LintEnv) -> Result:
    """Run one command in the repository root and keep what it says."""
    start = time.monotonic()
    path = f"{env.bin}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(name, done.returncode, done.stdout.strip(), time.monotonic() - start)


def report(result: Result) -> None:
    """Print one line for a clean linter, its findings for another."""
    verdict = "ok" if result.code == 0 else "FAILED"
    print(f"lint: {result.name:<12} {verdict:<6} {result.seconds:5.1f} s", flush=True)
    if result.code:
        print(result.output, flush=True)


def main(argv: list[str] | None = None, ensure: Callable[[], LintEnv] = lint_env.ensure) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts.lint", description="Run all linters.")
    parser.add_argument("--fix", action="store_true", help="repair what the tools can repair")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="run only these linters")
    options = parser.parse_args(argv)
    try:
        env = ensure()
        chosen = [tool for tool in linters(env) if not options.only or tool.name in options.only]
    except (Problem, OSError) as error:
        print(f"lint: {explain(error)}", file=sys.stderr)
        return 2
    if not chosen:
        print("lint: no linter has that name", file=sys.stderr)
        return 2
    if options.fix:  # one after the other: two tools must not write the same file at once
        for tool in chosen:
            if tool.fix:
                run(tool.name, tool.fix, env)
    with ThreadPoolExecutor(max_workers=2) as pool:
        pending = [pool.submit(run, tool.name, tool.check, env) for tool in chosen]
        results = []
        for future in pending:
            results.append(future.result())
            report(results[-1])
    failed = [result.name for result in results if result.code]
    print(f"lint: {len(results) - len(failed)} linters passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
