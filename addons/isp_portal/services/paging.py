"""Pages of a list: forgiving about what arrives in a URL, sensible when the list is empty."""

from __future__ import annotations

from dataclasses import dataclass


def to_int(value: object, default: int = 0) -> int:
    """Return ``value`` as an integer, or ``default`` when it is not one."""
    try:
        return int(str(value).strip())
    except ValueError:
        return default


def clamp(value: int, low: int, high: int) -> int:
    """Return ``value`` moved into ``low`` … ``high``."""
    return max(low, min(value, high))


@dataclass(frozen=True)
class Pager:
    """One page of ``total`` rows. A page past the end is the last page; never page 1 of 0."""

    total: int
    page: int
    size: int

    @classmethod
    def build(cls, total: int, page: object = 1, size: int = 10) -> Pager:
        pages = max(1, -(-total // size))
        return cls(total=total, page=clamp(to_int(page, 1), 1, pages), size=size)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None
