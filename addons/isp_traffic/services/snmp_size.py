"""How much to ask from a device at once: shrinks when the device cannot, grows back slowly."""

from .snmp_api import Target

LADDER = (50, 25, 10, 1)
GROW_AFTER = 20  # good answers in a row before the next larger size is tried


def smaller(size: int) -> int:
    """Return the next smaller request size."""
    return next((step for step in LADDER if step < size), LADDER[-1])


class SizeBook:
    """Remembers the request size that works, for each device."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[str, int, str], int] = {}
        self._good: dict[tuple[str, int, str], int] = {}

    @staticmethod
    def _key(target: Target) -> tuple[str, int, str]:
        return target.peer

    def size(self, target: Target) -> int:
        """Return how many varbinds or repetitions to ask for now."""
        return min(self._sizes.get(self._key(target), LADDER[0]), max(target.max_size, 1))

    def shrink(self, target: Target) -> int:
        """Take the next smaller size and return it."""
        key = self._key(target)
        self._sizes[key], self._good[key] = smaller(self.size(target)), 0
        return self._sizes[key]

    def good(self, target: Target) -> None:
        """Count a good answer; after enough of them the next larger size is tried."""
        key = self._key(target)
        if key not in self._sizes:
            return
        self._good[key] = self._good.get(key, 0) + 1
        if self._good[key] >= GROW_AFTER:
            larger = [step for step in LADDER if step > self._sizes[key]]
            self._good[key] = 0
            if larger:
                self._sizes[key] = larger[-1]
