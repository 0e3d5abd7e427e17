"""Parts of an addon's tests, so that a large addon keeps every core busy."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

#: tests in a part: small enough that the parts end at about the same time
SHARD_TESTS = 160


@dataclass(frozen=True)
class Shard:
    """A part of an addon's tests, for a database of its own."""

    addon: str
    number: int
    of: int
    tags: str

    @property
    def name(self) -> str:
        """Name of its database, its log and its line in the report."""
        return self.addon if self.of == 1 else f"{self.addon}_{self.number}"


def classes_of(folder: Path) -> list[tuple[str, int]]:
    """``(class, number of its own tests)`` of the test files of a folder, in order."""
    found = []
    for path in sorted(folder.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                names = [item.name for item in node.body if isinstance(item, ast.FunctionDef)]
                found.append((node.name, sum(name.startswith("test_") for name in names)))
    return found


def shards_of(addon: str, classes: list[tuple[str, int]], size: int = SHARD_TESTS) -> list[Shard]:
    """Divide an addon's test classes into parts of about ``size`` tests.

    The first part is named by what it is not, so that a test of a class that was not found
    here runs all the same.
    """
    count = max(round(sum(number for _name, number in classes) / size), 1)
    parts: list[tuple[int, list[str]]] = [(0, []) for _ in range(count)]
    for name, number in sorted(classes, key=lambda row: (-row[1], row[0])):
        least = min(range(count), key=lambda index: parts[index][0])
        parts[least] = (parts[least][0] + number, [*parts[least][1], name])
    named = [[f"/{addon}:{name}" for name in names] for _number, names in parts[1:]]
    others = [f"-{tag}" for tags in named for tag in tags]
    tags = [",".join([f"/{addon}", *others]), *(",".join(tags) for tags in named)]
    return [Shard(addon, index, count, text) for index, text in enumerate(tags, start=1)]
