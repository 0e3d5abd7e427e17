"""Geometry of the charts: values to SVG paths in a box of 100 by 100. None is a gap, never zero."""

import math
from collections.abc import Sequence

Values = Sequence[float | None]
STEPS = (1.0, 2.0, 5.0, 10.0)
MAX_STEPS = 6
LEAST = 0.1  # GB or Mbit/s: what is less is as good as nothing


def nice_axis(top: float) -> list[float]:
    """Return the marks of an axis from 0 to the next round step above `top`."""
    if top <= 0:
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    power = 10.0 ** (math.floor(math.log10(top)) - 1)
    for step in (factor * scale for scale in (power, power * 10) for factor in STEPS):
        count = math.floor(top / step + 1e-9) + 1
        if count <= MAX_STEPS:
            return [round(step * n, 10) for n in range(count + 1)]
    return [0.0, top]


def axis_of(values: Values) -> list[float]:
    """Return the marks of the axis of some values; it does not shrink to figures nobody reads."""
    return nice_axis(max([LEAST, *(value for value in values if value is not None)]))


def mark_text(mark: float) -> str:
    """Return the text of an axis mark, without useless decimals."""
    return f"{mark:g}"


def runs(values: Values) -> list[tuple[int, int]]:
    """Return the stretches with data as (first, last) positions."""
    found, start = [], None
    for position, value in enumerate(values):
        if value is None:
            if start is not None:
                found.append((start, position - 1))
                start = None
        elif start is None:
            start = position
    if start is not None:
        found.append((start, len(values) - 1))
    return found


def _xy(position: int, value: float, count: int, top: float) -> str:
    x = 100 * position / (count - 1) if count > 1 else 0.0
    return f"{x:.2f} {100 - 100 * value / top:.2f}"


def line_path(values: Values, top: float) -> str:
    """Return a broken line: each stretch with data begins anew. A lone day is a short dash."""
    parts, count = [], len(values)
    for first, last in runs(values):
        coords = [_xy(at, values[at], count, top) for at in range(first, last + 1)]
        if first == last:
            x, y = coords[0].split()
            coords = [f"{max(float(x) - 0.6, 0):.2f} {y}", f"{min(float(x) + 0.6, 100):.2f} {y}"]
        parts.append("M" + "L".join(coords))
    return "".join(parts)


def area_path(values: Values, top: float) -> str:
    """Return the area under :func:`line_path`."""
    parts, count = [], len(values)
    for first, last in runs(values):
        coords = [_xy(at, values[at], count, top) for at in range(first, last + 1)]
        left, right = coords[0].split()[0], coords[-1].split()[0]
        parts.append(f"M{left} 100L{'L'.join(coords)}L{right} 100Z")
    return "".join(parts)


def gap_bands(values: Values) -> list[tuple[str, str]]:
    """Return (x, width) of the bands between stretches with data."""
    count, bands, at = len(values), [], 0
    if count < 2:
        return []
    edges = [(-1, -1), *runs(values), (count, count)]
    for (_first, before), (after, _last) in zip(edges, edges[1:], strict=False):
        left, right = max(before, 0), min(after, count - 1)
        if after - before > 1 and right > left:
            at = 100 * left / (count - 1)
            bands.append((f"{at:.2f}", f"{100 * right / (count - 1) - at:.2f}"))
    return bands


def bars(down: Values, up: Values, top: float) -> list[dict[str, str]]:
    """Return two rectangles for each slot: download left, upload right."""
    slot = 100 / max(len(down), 1)
    width = slot * 0.252
    shapes = []
    for position, pair in enumerate(zip(down, up, strict=True)):
        middle = slot * (position + 0.5)
        for value, x, kind in zip(
            pair, (middle - width - slot * 0.021, middle + slot * 0.021), ("d", "u"), strict=True
        ):
            if value is None:
                continue
            height = 100 * value / top
            shapes.append(
                {
                    "kind": kind,
                    "x": f"{x:.2f}",
                    "y": f"{100 - height:.1f}",
                    "width": f"{width:.2f}",
                    "height": f"{height:.1f}",
                }
            )
    return shapes


def empty_slots(values: Values) -> list[tuple[str, str]]:
    """Return (x, width) of the slots of a bar chart that have no data."""
    slot = 100 / max(len(values), 1)
    return [
        (f"{slot * position:.2f}", f"{slot:.2f}")
        for position, value in enumerate(values)
        if value is None
    ]


def grid(marks: Sequence[float]) -> list[str]:
    """Return the heights of the horizontal lines, from the top down."""
    steps = len(marks) - 1
    return [f"{100 * n / steps:.6g}" for n in range(steps + 1)]
