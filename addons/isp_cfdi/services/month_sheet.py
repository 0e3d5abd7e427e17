"""The month's workbook: a row per CFDI, a row per paid document, IVA by rate, sums by RFC."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import xlsxwriter

from . import month_labels as words
from .const import METHOD_PPD, RFC_FOREIGN, RFC_GENERIC, TYPE_CREDIT, TYPE_INCOME, TYPE_PAYMENT
from .labels import TITLES
from .month_rows import Facts, Paid

_ZERO = Decimal(0)
_WIDE = 38
_WIDTHS = {
    "UUID": _WIDE,
    "UUID del REP": _WIDE,
    "UUID del documento": _WIDE,
    "CFDI relacionados": _WIDE,
    "Receptor": 32,
    "Nombre": 32,
    "Fecha": 19,
    "Fecha de timbrado": 19,
    "Fecha de pago": 19,
}


class MonthSheet:
    """Write with ``add`` in the order of the rows, then ``close``.  Rows go to disk at once.

    What SAT cancelled is listed, but counts nowhere.
    """

    def __init__(self, path: str, folder: str | None = None) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            **({"tmpdir": folder} if folder else {}),
        }
        self._book = xlsxwriter.Workbook(path, options)
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._rows: dict[str, int] = {}
        self._sheets = {
            name: self._sheet(name, head)
            for name, head in (
                (words.SHEET_CFDI, words.CFDI_HEAD),
                (words.SHEET_REP, words.REP_HEAD),
                (words.SHEET_IVA, words.IVA_HEAD),
                (words.SHEET_RFC, words.RFC_HEAD),
            )
        }
        self._iva: dict[str, Decimal] = defaultdict(Decimal)
        self._by_rfc: dict[tuple[str, str], dict[str, Decimal]] = {}

    def add(self, row: Facts, state: str, booked: str) -> None:
        """One document with its state in words and the name of its record."""
        self._write(words.SHEET_CFDI, _cfdi_cells(row, state, booked))
        name = "-".join(filter(None, (row.serie, row.folio)))
        for paid in row.documents:
            self._write(words.SHEET_REP, _rep_cells(row, name, state, paid))
        if state != words.CANCELLED:
            self._sum(row)

    def close(self) -> None:
        """Write the sums and the file."""
        self._write_iva()
        for (rfc, name), sums in sorted(self._by_rfc.items()):
            keys = [key for _rate, base, tax in words.RATES for key in (base, tax) if key]
            cells = [sums[key] for key in (*keys, "held_iva")]
            self._write(words.SHEET_RFC, [_third(rfc), rfc, name, *cells])
        for name, sheet in self._sheets.items():
            width = len(_HEADS[name])
            sheet.autofilter(0, 0, max(self._rows[name] - 1, 0), width - 1)
        self._book.close()

    # === HELPERS === #

    def _sheet(self, name: str, head: tuple[str, ...]):
        sheet = self._book.add_worksheet(name)
        for column, title in enumerate(head):
            sheet.set_column(column, column, _WIDTHS.get(title, 13))
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, self._bold)
        self._rows[name] = 1
        return sheet

    def _write(self, name: str, cells: list) -> None:
        sheet, row = self._sheets[name], self._rows[name]
        for column, value in enumerate(cells):
            if isinstance(value, Decimal):
                sheet.write_number(row, column, float(value), self._money)
            elif value:
                sheet.write_string(row, column, value)
        self._rows[name] += 1

    def _sum(self, row: Facts) -> None:
        """Add a document to the sums of IVA and, when its money came in, to those of its RFC."""
        group = _group(row)
        for key, amount in row.by_tax.items():
            self._iva[f"{group}:{key}"] += row.pesos(amount)
        if group == "PPD":
            return
        rfc, name = row.receiver.get("Rfc", ""), row.receiver.get("Nombre", "")
        name = "" if rfc in (RFC_GENERIC, RFC_FOREIGN) else name
        sums = self._by_rfc.setdefault((rfc, name), defaultdict(Decimal))
        for key, amount in row.by_tax.items():
            sums[key] += row.pesos(amount) * row.sign

    def _write_iva(self) -> None:
        columns: list[Decimal] = []
        for rate, base, tax in words.RATES:
            cells = self._iva_cells(base, tax)
            columns = [a + b for a, b in zip(columns or [_ZERO] * len(cells), cells, strict=True)]
            self._write(words.SHEET_IVA, [rate, *cells])
        self._write(words.SHEET_IVA, [words.TOTAL, *columns])

    def _iva_cells(self, base: str, tax: str) -> list[Decimal]:
        sums = {
            (group, key): self._iva[f"{group}:{key}"] if key else _ZERO
            for group in ("PUE", "PPD", "E", "P")
            for key in (base, tax)
        }
        collected = sums["PUE", tax] - sums["E", tax] + sums["P", tax]
        pairs = [sums[group, key] for group in ("PUE", "PPD", "E", "P") for key in (base, tax)]
        return [*pairs, collected]


_HEADS = {
    words.SHEET_CFDI: words.CFDI_HEAD,
    words.SHEET_REP: words.REP_HEAD,
    words.SHEET_IVA: words.IVA_HEAD,
    words.SHEET_RFC: words.RFC_HEAD,
}


def _group(row: Facts) -> str:
    """Column of the sheet IVA: PUE, PPD, E (credit notes) or P (payments)."""
    if row.kind in (TYPE_CREDIT, TYPE_PAYMENT):
        return row.kind
    return "PPD" if row.method == METHOD_PPD else "PUE"


def _title(row: Facts) -> str:
    is_global = row.is_global and row.kind == TYPE_INCOME
    name = words.GLOBAL if is_global else TITLES.get(row.kind, "")
    return f"{row.kind} {name}".strip()


def _cfdi_cells(row: Facts, state: str, booked: str) -> list:
    counts = state != words.CANCELLED
    receiver = row.receiver.get
    texts = [
        *(_title(row), state, row.uuid, row.serie, row.folio),
        *(row.fecha.replace("T", " "), row.stamped_at.replace("T", " ")),
        *(receiver("Rfc", ""), receiver("Nombre", ""), receiver("DomicilioFiscalReceptor", "")),
        *(receiver("RegimenFiscalReceptor", ""), receiver("UsoCFDI", "")),
        *(row.method, row.form, row.currency),
    ]
    amounts = [row.rate, row.subtotal, row.discount, row.total, row.pesos(row.total)]
    taxes = [row.pesos(row.by_tax[key]) for _name, key in words.TAXES]
    collected = [row.iva_collected, row.iva_pending] if counts else [_ZERO, _ZERO]
    return [*texts, *amounts, *taxes, *collected, row.paid, ", ".join(row.relations), booked]


def _rep_cells(row: Facts, name: str, state: str, paid: Paid) -> list:
    return [
        *(row.uuid, name, state, paid.fecha.replace("T", " "), paid.form),
        *(row.receiver.get("Rfc", ""), row.receiver.get("Nombre", "")),
        *(paid.uuid, paid.name, paid.currency, paid.part),
        *(paid.before, paid.paid, paid.after),
        *(paid.by_tax[key] for _name, key in words.TAXES),
    ]


def _third(rfc: str) -> str:
    """DIOT's kind of third party."""
    if rfc == RFC_FOREIGN:
        return words.THIRD_FOREIGN
    return words.THIRD_GLOBAL if rfc == RFC_GENERIC else words.THIRD_NATIONAL
