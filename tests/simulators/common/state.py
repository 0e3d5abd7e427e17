"""State that survives a restart: one JSON file, replaced atomically."""

import json
import os
from pathlib import Path
from typing import Any


class StateFile:
    """Reads and writes a JSON document; without a path it remembers nothing.

    :param path: file to keep, or None.
    """

    def __init__(self, path: str | os.PathLike | None = None):
        self.path = Path(path) if path else None

    def load(self) -> dict[str, Any]:
        """The stored document, empty when there is none."""
        if self.path is None or not self.path.exists():
            return {}
        return json.loads(self.path.read_text(encoding="utf-8"))

    def save(self, document: dict[str, Any]) -> None:
        """Replace the stored document; a crash leaves the old or the new one, never half."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(self.path.suffix + ".tmp")
        temporary.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, self.path)
