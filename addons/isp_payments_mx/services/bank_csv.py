"""Bank statements as text: columns by a stored mapping, movements out, bad rows told by line.

Pure, no database. Days are those the bank prints (local); amounts are `Decimal` with two digits,
money that came in positive. Nothing is guessed: a row that cannot be read is returned with the
reason, a file that cannot be read as a whole raises `BadFile`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .bank_cells import BadCell, parse_amount, parse_day
from .bank_text import plain

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
HEADER_WITHIN = 40  # banks print their name, the account and the dates first
DELIMITERS = (",", ";", "\t", "|")


class BadFile(Exception):
    """The file as a whole cannot be read; ``code`` says why, ``detail`` what exactly."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Mapping:
    """Where a bank writes what. A column is a header ("Abono|Crédito": any of them) or a number.

    Headers are looked for in the first rows, whatever stands above them. With numbers only (1 is
    the first column), ``skip_rows`` says how many rows come before the first movement.
    """

    columns: dict[str, str]
    style: str = "split"  # "split": debit and credit columns; "signed": one amount
    delimiter: str = ""  # empty: found out
    encoding: str = ""  # empty: UTF-8 when it is, else Windows Latin
    skip_rows: int = 0
    date_formats: tuple[str, ...] = ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d")
    decimal: str = "."

    def required(self) -> tuple[str, ...]:
        """Return the columns without which a file cannot be read."""
        money = ("amount",) if self.style == "signed" else ("credit", "debit")
        return ("date", *money)


@dataclass(frozen=True)
class Movement:
    """One readable row; ``row`` is its line in the file, the first one is 1."""

    row: int
    raw: str
    day: date
    amount: Decimal
    description: str = ""
    reference: str = ""
    tracking: str = ""
    payer: str = ""
    balance: Decimal | None = None


@dataclass(frozen=True)
class BadRow:
    row: int
    raw: str
    code: str
    detail: str


@dataclass
class Sheet:
    movements: list[Movement] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def decode(content: bytes, encoding: str = "") -> str:
    """Return the text of a file.

    :raise BadFile: empty, too large, a spreadsheet, binary, or not in the chosen encoding
    """
    if not content.strip():
        raise BadFile("empty")
    if len(content) > MOST_BYTES:
        raise BadFile("large", str(MOST_BYTES))
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"):
        raise BadFile("spreadsheet")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\x00" in content:
        raise BadFile("binary")
    if encoding:
        return _decode_as(content, "utf-8-sig" if encoding == "utf-8" else encoding)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Every byte means something in Latin-1; Windows has signs where it has controls.
        return content.decode("cp1252", errors="replace")


def _decode_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise BadFile("encoding", encoding) from error


def rows_of(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return ``(line, cells)`` of each row.

    :raise BadFile: quotes that do not end, or too many rows
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS:
                raise BadFile("rows", str(MOST_ROWS))
    except csv.Error as error:
        raise BadFile("quotes", str(line)) from error
    return rows


def read(content: bytes, mapping: Mapping) -> Sheet:
    """Return the movements and the bad rows of a statement.

    :raise BadFile: nothing of it can be read
    """
    text = decode(content, mapping.encoding)
    unread: list[Sheet] = []
    problems: list[BadFile] = []
    for delimiter in [mapping.delimiter] if mapping.delimiter else DELIMITERS:
        try:
            sheet = _read_rows(rows_of(text, delimiter), mapping)
        except BadFile as error:
            problems.append(error)
            continue
        if sheet.movements:
            return sheet
        unread.append(sheet)
    if unread:
        return min(unread, key=lambda sheet: sum(bad.code == "short" for bad in sheet.bad))
    raise min(problems, key=_vagueness)


def _vagueness(problem: BadFile) -> tuple[bool, int]:
    """Order errors: what is wrong beyond the columns first, then the fewest missing columns."""
    return problem.code == "columns", len(problem.detail)


def _read_rows(rows: list[tuple[int, list[str]]], mapping: Mapping) -> Sheet:
    places, first = _find_columns(rows, mapping)
    sheet = Sheet()
    for line, cells in rows[first:]:
        if not any(cells):
            continue
        raw = " | ".join(cells)
        try:
            sheet.movements.append(_movement(line, raw, cells, places, mapping))
        except BadCell as error:
            sheet.bad.append(BadRow(line, raw, error.code, str(error)))
    if not sheet.movements and not sheet.bad:
        raise BadFile("nothing")
    return sheet


def _find_columns(
    rows: list[tuple[int, list[str]]], mapping: Mapping
) -> tuple[dict[str, int], int]:
    """Return the place of each column and the index of the first row of movements."""
    wanted = {name: text for name, text in mapping.columns.items() if text.strip()}
    missing = [name for name in mapping.required() if name not in wanted]
    if missing:
        raise BadFile("mapping", ", ".join(missing))
    if all(text.strip().isdigit() for text in wanted.values()):
        if any(int(text) < 1 for text in wanted.values()):
            raise BadFile("mapping", "0")
        return {name: int(text) - 1 for name, text in wanted.items()}, mapping.skip_rows
    fewest = [wanted[name] for name in mapping.required()]
    for index, (_line, cells) in enumerate(rows[:HEADER_WITHIN]):
        places = _places(cells, wanted)
        lost = [wanted[name] for name in mapping.required() if name not in places]
        if not lost:
            return places, index + 1
        if len(lost) < len(fewest):
            fewest = lost
    raise BadFile("columns", ", ".join(fewest))


def _places(cells: list[str], wanted: dict[str, str]) -> dict[str, int]:
    headers: dict[str, int] = {}
    for index, cell in enumerate(cells):
        headers.setdefault(plain(cell), index)
    places = {}
    for name, text in wanted.items():
        for option in text.split("|"):
            if option.strip().isdigit():
                places[name] = int(option) - 1
            elif (place := headers.get(plain(option))) is not None and option.strip():
                places.setdefault(name, place)
    return places


def _movement(
    line: int, raw: str, cells: list[str], places: dict[str, int], mapping: Mapping
) -> Movement:
    def cell(name: str) -> str:
        place = places.get(name)
        return cells[place] if place is not None and place < len(cells) else ""

    if len(cells) <= max(places[name] for name in mapping.required()):
        raise BadCell("short", str(len(cells)))
    balance = None
    if cell("balance"):
        balance = parse_amount(cell("balance"), mapping.decimal)
    return Movement(
        row=line,
        raw=raw,
        day=parse_day(cell("date"), mapping.date_formats),
        amount=_amount(cell, mapping),
        description=cell("description"),
        reference=cell("reference").strip("'"),
        tracking=cell("tracking").strip("'"),
        payer=cell("payer"),
        balance=balance,
    )


def _amount(cell: Callable[[str], str], mapping: Mapping) -> Decimal:
    if mapping.style == "signed":
        amount = parse_amount(cell("amount"), mapping.decimal)
    else:
        credit, debit = (
            parse_amount(cell(name), mapping.decimal) if cell(name) else Decimal(0)
            for name in ("credit", "debit")
        )
        if credit and debit:
            raise BadCell("both", f"{credit} / {debit}")
        # Some banks print what goes out with a minus, some do not. Money in with a minus is a
        # deposit that the bank took back.
        amount = credit or -abs(debit)
    if not amount:
        raise BadCell("zero")
    return amount
