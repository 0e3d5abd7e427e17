"""Resolve the requirements again, with hashes: ``python3 -m scripts.lock [name …] [--upgrade]``.

Each ``requirements*.in`` becomes the ``.lock`` beside it: for Python 3.11 and newer on any
platform, without naming an index. Versions that still fit are kept unless ``--upgrade`` is given.
``uv`` comes from the package index into an environment of its own below ``.cache``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import python_env
from .console import Problem, main, say, step
from .paths import CACHE, ROOT

HOME = CACHE / "uv"
UV = "uv>=0.9"
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--python-version=3.11",
    "--universal",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
)


def uv() -> Path:
    """The resolver, fetched when it is not there yet."""
    program = HOME / "bin" / "uv"
    if program.exists():
        return program
    with step("uv: fetching"):
        for command in (
            [sys.executable, "-m", "venv", str(HOME)],
            [str(HOME / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input", UV],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
                raise Problem(f"uv could not be installed ({lines[-1][:160]}): check the network")
    return program


def sources() -> list[Path]:
    """The ``.in`` files; those that include another one come after it."""
    return sorted(ROOT.glob("requirements*.in"), key=lambda path: len(path.name))


def resolve(program: Path, source: Path, upgrade: bool) -> bool:
    """Write the lock of one file; returns whether it changed."""
    lock = source.with_suffix(".lock")
    part = CACHE / f"{lock.name}.part"
    before = lock.read_text(encoding="utf-8") if lock.exists() else ""
    part.write_text("" if upgrade else before, encoding="utf-8")
    try:
        done = subprocess.run(
            [str(program), "pip", "compile", *OPTIONS, source.name, "-o", str(part)],
            cwd=ROOT,
            env={**os.environ, "UV_CACHE_DIR": str(HOME / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            raise Problem(f"{source.name} cannot be resolved: {(lines or ['no output'])[0][:200]}")
        after = part.read_text(encoding="utf-8")
    finally:
        part.unlink(missing_ok=True)
    if after != before:
        lock.write_text(after, encoding="utf-8")
    return after != before


def pins(lock: Path) -> set[str]:
    """The ``name==version`` of a lock."""
    lines = lock.read_text(encoding="utf-8").splitlines() if lock.exists() else []
    return {line.split(" ")[0] for line in lines if "==" in line.split(" ")[0]}


def run() -> int:
    """Resolve all files, or those named."""
    parser = argparse.ArgumentParser(prog="make lock")
    parser.add_argument("names", nargs="*", help="for example requirements-lint")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    options = parser.parse_args()
    python_env.check_python()
    if wrong := set(options.names) - {path.stem for path in sources()}:
        raise Problem(f"there is no {min(wrong)}.in")
    CACHE.mkdir(parents=True, exist_ok=True)
    program = uv()
    for source in sources():
        if options.names and source.stem not in options.names:
            continue
        lock = source.with_suffix(".lock")
        before = pins(lock)
        changed = resolve(program, source, options.upgrade)
        say(f"{lock.name}: {'changed' if changed else 'as it was'}")
        for sign, pinned in (("-", before - pins(lock)), ("+", pins(lock) - before)):
            for pin in sorted(pinned):
                say(f"  {sign} {pin}")
    return 0


if __name__ == "__main__":
    main(run)
