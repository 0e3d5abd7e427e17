"""The virtual environment with hash-locked packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .console import Problem, step
from .paths import CACHE, PYTHON, ROOT, VENV, digest, only_one

LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-test.lock",
    "lint": "requirements-lint.lock",
}
SUPPORTED = ((3, 11), (3, 12))


def check_python() -> None:
    """Refuse a Python that the locked packages have no wheels for."""
    if sys.version_info[:2] not in SUPPORTED:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Problem(f"Python {found} does not fit: use 3.11 or 3.12 (PYTHON=python3.11 make …)")


def _pip(python: Path, *arguments: str) -> None:
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-qq", "--no-input", "--require-hashes", *arguments],
        cwd=ROOT,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    log = CACHE / "pip.log"
    log.write_text(done.stdout + done.stderr)
    text = done.stderr
    if "No space left" in text:
        raise Problem("the disk is full: free some space (about 4 GB are needed) and run again")
    if "THESE PACKAGES DO NOT MATCH" in text:
        raise Problem(f"a package differs from its locked hash, nothing was installed: see {log}")
    if "connection broken by" in text:
        raise Problem(
            "Python packages could not be fetched: the package index does not answer. Check network"
            f" and proxy, then run again (what is there is kept); the full text is in {log}"
        )
    reasons = [line for line in text.splitlines() if line.startswith("ERROR")] or ["unknown reason"]
    raise Problem(
        f"Python packages could not be installed ({reasons[-1][:160]}):"
        f" check the network, then run again; the full text is in {log}"
    )


def _make(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        if "No space left" in done.stdout + done.stderr:
            raise Problem("the disk is full: free some space (about 4 GB are needed) and run again")
        raise Problem("Python cannot make a virtual environment: install the package python3-venv")


def _sound(folder: Path) -> bool:
    """Whether the environment was finished and its pip, which replaces itself, still works."""
    python = folder / "bin" / "python"
    if not python.exists() or not (folder / ".made").exists():
        return False
    done = subprocess.run([str(python), "-m", "pip", "-V"], capture_output=True, check=False)
    return done.returncode == 0


def _forget_halves(folder: Path) -> None:
    """Let pip install anew what it was killed in: it writes ``RECORD`` last, but never asks it."""
    for info in folder.glob("lib/python3*/site-packages/*.dist-info"):
        if not (info / "RECORD").exists():
            shutil.rmtree(info)


def ensure(kind: str, folder: Path = VENV) -> Path:
    """Make the environment hold a lock's packages (``run``, ``test``, ``lint``); return its Python.

    ``test`` contains ``run``. Interrupted installs are taken up where they stopped: pip is
    idempotent and the stamp is written last.
    """
    check_python()
    stamp = folder / f".{kind}-{digest(ROOT / LOCKS[kind], sys.version)}"
    if not stamp.exists():
        with only_one(folder.parent / f"{folder.name}.lock"):
            if not stamp.exists():
                _install(kind, folder, stamp)
    return folder / "bin" / "python"


def _install(kind: str, folder: Path, stamp: Path) -> None:
    python = folder / "bin" / "python"
    with step(f"Python packages ({LOCKS[kind]})"):
        if not _sound(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            _make(folder)
            (folder / ".made").touch()
        _forget_halves(folder)
        _pip(python, "-r", "requirements-build.lock")
        _pip(python, "--no-build-isolation", "-r", LOCKS[kind])
    for old in folder.glob(f".{kind}-*"):
        old.unlink()
    stamp.touch()


def install_aside(lock: Path, folder: Path) -> Path:
    """Install a lock's packages, without what they depend on, into a folder of their own.

    :returns: the folder, which holds exactly the packages of the lock.
    """
    stamp = folder / f".{digest(lock)}"
    with only_one(folder.parent / f"{folder.name}.lock"):
        if not stamp.exists():
            with step(f"Python packages ({lock.name})"):
                shutil.rmtree(folder, ignore_errors=True)
                _pip(PYTHON, "--no-deps", "--target", str(folder), "-r", str(lock))
            stamp.touch()
    return folder


def ensure_built(folder: Path, locks: tuple[Path, ...]) -> Path:
    """Make an environment of its own from locks, one after the other; return its Python.

    What an earlier lock installs builds the archives of a later one: for old packages that no
    longer build by themselves.
    """
    stamp = folder / f".{digest(*locks, sys.version)}"
    with only_one(folder.parent / f"{folder.name}.lock"):
        if not stamp.exists():
            with step(f"Python packages ({', '.join(lock.name for lock in locks)})"):
                shutil.rmtree(folder, ignore_errors=True)
                _make(folder)
                for lock in locks:
                    options = ("--no-deps", "--no-build-isolation", "-r", str(lock))
                    _pip(folder / "bin" / "python", *options)
            stamp.touch()
    return folder / "bin" / "python"


def link_odoo(odoo: Path) -> None:
    """Put Odoo on the environment's path, so that pip and its addon wheels see it too."""
    site = next((VENV / "lib").glob("python3*")) / "site-packages"
    (site / "odoo-source.pth").write_text(f"{odoo}\n")


__all__ = [
    "LOCKS",
    "PYTHON",
    "check_python",
    "ensure",
    "ensure_built",
    "install_aside",
    "link_odoo",
]
