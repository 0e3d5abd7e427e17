"""Kill the server and PostgreSQL while they work: ``python3 -m scripts.faults billing 50``.

A suite is a module of ``tests/faults`` with ``run(Options) -> Tally``. Everything it does follows
from its seed, which is printed first and set by ``SEED``. The last line is ``N passed, M failed``.
"""

from __future__ import annotations

import importlib
import os
import secrets
import sys
from dataclasses import dataclass

from .console import Problem, main, say
from .paths import ROOT
from .reexec import inside

FOLDER = ROOT / "tests" / "faults"
ROUNDS = 50


@dataclass(frozen=True)
class Options:
    """How long a suite kills, and by which dice."""

    rounds: int
    seed: int


def names() -> list[str]:
    """The suites there are."""
    found = (path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return sorted(found)


def _number(text: str, what: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise Problem(f"{what}={text} is not a number from {least} on")
    return number


def read(arguments: list[str], seed: str) -> tuple[str, Options]:
    """The suite and its options from the command line.

    :raises Problem: when there is no such suite, or a number is none.
    """
    name = arguments[0] if arguments else ""
    if name not in names():
        raise Problem(f"say which suite: make faults NAME=… with one of {', '.join(names())}")
    rounds = _number(arguments[1], "ROUNDS", 1) if arguments[1:] else ROUNDS
    chosen = _number(seed, "SEED", 0) if seed else secrets.randbelow(1_000_000)
    return name, Options(rounds, chosen)


def run() -> int:
    """Run the named suite."""
    name, options = read(sys.argv[1:], os.environ.get("SEED", ""))
    os.environ["SEED"] = str(options.seed)
    inside("test", "scripts.faults")
    say(f"suite {name}, {options.rounds} rounds, SEED={options.seed}")
    tally = importlib.import_module(f"tests.faults.{name}").run(options)
    for note in tally.notes:
        say(f"    {note}")
    sys.stdout.write(f"{tally.passed} passed, {tally.failed} failed\n")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    main(run)
