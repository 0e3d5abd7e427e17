"""Run a benchmark of ``tests/bench`` beside its peer: ``python3 -m scripts.bench dashboard``.

A benchmark is a module with ``run() -> list[Result]``. It asserts no time: it reports, and the
reader judges. The last lines, one per figure, are for machines.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass

from .console import Problem, main
from .paths import ROOT
from .reexec import inside

FOLDER = ROOT / "tests" / "bench"


@dataclass(frozen=True)
class Result:
    """One figure of ours beside the same figure of a peer."""

    name: str
    ours: float
    peer: float
    unit: str

    def line(self) -> str:
        """The line for machines."""
        ratio = f"{self.ours / self.peer:.2f}" if self.peer else "none"
        return (
            f"RESULT name={self.name} ours={self.ours:g} peer={self.peer:g}"
            f" ratio={ratio} unit={self.unit}"
        )


def names() -> list[str]:
    """The benchmarks there are."""
    found = (path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return sorted(found)


def run() -> int:
    """Run the named benchmark."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    if wanted not in names():
        raise Problem(f"say which benchmark: make bench NAME=… with one of {', '.join(names())}")
    inside("test", "scripts.bench")
    # `-m` made this module `__main__`; the benchmarks import it by its name
    results = importlib.import_module(f"tests.bench.{wanted}").run()
    sys.stdout.write("".join(f"{result.line()}\n" for result in results))
    return 0


if __name__ == "__main__":
    main(run)
