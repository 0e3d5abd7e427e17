"""Bar codes as small SVG texts: QR (by `qrcode`) and Code 128 (own encoder, set B and C)."""

from html import escape

import qrcode

# Bar and space widths of the 107 Code 128 symbols, in modules (ISO/IEC 15417).
_CODE128 = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232 2331112"
).split()
_START_B, _START_C, _STOP, _TO_C, _TO_B = 104, 105, 106, 99, 100
_QUIET = 10


def _svg(width: int, height: int, path: str, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" shape-rendering="crispEdges" role="img" '
        f'aria-label="{escape(label)}"><rect width="{width}" height="{height}" fill="#fff"/>'
        f'<path d="{path}" fill="#000"/></svg>'
    )


def qr_svg(text: str, error_correction: str = "M", border: int = 4) -> str:
    """Return ``text`` as a QR code, one SVG unit per module.

    :param error_correction: L, M, Q or H
    :raise ValueError: when the text does not fit in any QR code
    """
    level = getattr(qrcode.constants, f"ERROR_CORRECT_{error_correction}")
    code = qrcode.QRCode(error_correction=level, border=border, box_size=1)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (ValueError, qrcode.exceptions.DataOverflowError) as error:
        raise ValueError("text too long for a QR code") from error
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return _svg(len(matrix), len(matrix), path, text)


def code128_values(text: str) -> list[int]:
    """Return the symbol values of ``text``: start, data, check digit and stop.

    Pairs of digits use set C (half the width), the rest set B.

    :raise ValueError: for an empty text or characters outside printable ASCII
    """
    if not text or any(not 32 <= ord(char) <= 126 for char in text):
        raise ValueError("Code 128 needs printable ASCII text")
    values: list[int] = []
    in_c, position = False, 0
    while position < len(text):
        run = 0
        while text[position + run : position + run + 1].isdigit():
            run += 1
        use_c = run >= 2 if in_c else run >= 4 or (run == len(text) and run % 2 == 0)
        if not values:
            values.append(_START_C if use_c else _START_B)
        elif use_c != in_c:
            values.append(_TO_C if use_c else _TO_B)
        in_c = use_c
        if in_c:
            values.append(int(text[position : position + 2]))
            position += 2
        else:
            values.append(ord(text[position]) - 32)
            position += 1
    check = (values[0] + sum(i * value for i, value in enumerate(values[1:], 1))) % 103
    return [*values, check, _STOP]


def code128_svg(text: str, height: int = 60) -> str:
    """Return ``text`` as a Code 128 bar code with its quiet zones, one SVG unit per module."""
    x, path = _QUIET, []
    for value in code128_values(text):
        for index, width in enumerate(map(int, _CODE128[value])):
            if index % 2 == 0:
                path.append(f"M{x} 0h{width}v{height}h-{width}z")
            x += width
    return _svg(x + _QUIET, height, "".join(path), text)
