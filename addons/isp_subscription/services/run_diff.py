"""Compare what a simulation planned with what the real run did.

Both sides are dicts ``{key: facts}``: a key names one effect (service, action, occasion), its
facts are what must agree (dates, amount with tax in cents).
"""

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

MISSING, EXTRA, CHANGED = "missing", "extra", "changed"


class Difference(NamedTuple):
    """One effect on which the two sides do not agree; ``None`` where it does not exist."""

    key: Hashable
    kind: str
    planned: Any
    done: Any


def compare(planned: Mapping[Hashable, Any], done: Mapping[Hashable, Any]) -> list[Difference]:
    """Return the differences, those of the plan first, each side in its own order."""
    found = []
    for key, facts in planned.items():
        if key not in done:
            found.append(Difference(key, MISSING, facts, None))
        elif done[key] != facts:
            found.append(Difference(key, CHANGED, facts, done[key]))
    found += [Difference(key, EXTRA, None, done[key]) for key in done if key not in planned]
    return found
