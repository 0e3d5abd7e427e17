"""The month's archive and workbook."""

from __future__ import annotations

import datetime
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.dto import GlobalInfo, Receiver
from isp_cfdi_services.month_labels import CANCELLED, VALID
from isp_cfdi_services.month_names import base_name, folder, month_name, safe
from isp_cfdi_services.month_rows import facts
from isp_cfdi_services.month_sheet import MonthSheet
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.zip_stream import ZipStream

from .factory import concept, csd, document, iva
from .test_printed import UUID, stamped

NOON = datetime.datetime(2026, 11, 22, 12, 30, 44)


def archive(files, compress=True):
    stream = ZipStream()
    parts = [stream.add(name, data, NOON, compress) for name, data in files]
    return io.BytesIO(b"".join([*parts, *stream.finish()]))


@given(
    st.dictionaries(
        st.text("abcÑé_-/0123", min_size=1, max_size=20).filter(lambda text: text[-1] != "/"),
        st.binary(max_size=3000),
        max_size=8,
    ),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_archive_is_read_back_by_the_standard_library(files, compress):
    with zipfile.ZipFile(archive(files.items(), compress)) as book:
        assert book.testzip() is None
        assert {info.filename: book.read(info) for info in book.infolist()} == files
        assert all(info.date_time == (2026, 11, 22, 12, 30, 44) for info in book.infolist())


def test_archive_of_more_than_65535_files():
    with zipfile.ZipFile(archive((f"{n}.txt", b"x") for n in range(70_000))) as book:
        assert len(book.infolist()) == 70_000
        assert book.read("69999.txt") == b"x"


def test_archive_beyond_four_gigabytes():
    """Only the directory is looked at: the first file is a hole."""
    stream = ZipStream()
    stream._offset = 5_000_000_000
    body = stream.add("late.txt", b"late", NOON)
    tail = b"".join(stream.finish())
    with zipfile.ZipFile(_Holed(5_000_000_000, body + tail)) as book:
        assert book.read("late.txt") == b"late"


class _Holed(io.RawIOBase):
    """A file that begins with ``size`` zeros."""

    def __init__(self, size, rest):
        super().__init__()
        self._size, self._rest, self._at = size, rest, 0

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=0):
        start = {0: 0, 1: self._at, 2: self._size + len(self._rest)}[whence]
        self._at = start + offset
        return self._at

    def read(self, size=-1):
        start = self._at - self._size
        assert start >= 0
        data = self._rest[start:] if size < 0 else self._rest[start : start + size]
        self._at += len(data)
        return data


def test_names_are_sane():
    assert base_name("Ñ&A010101AA1", "A", "12", UUID) == f"Ñ&A010101AA1_A_12_{UUID}"
    assert base_name("RTA190412AB9", "", "../../etc/x y", "") == "RTA190412AB9_etc-x-y"
    assert month_name("RTA190412AB9", "2026-11") == "CFDI_RTA190412AB9_2026-11"
    assert safe('a:b*c?"d|e\n') == "a-b-c-d-e"
    assert (folder("P", False), folder("P", True)) == ("pagos", "cancelados")


def read(*concepts, **values):
    return facts(stamped(seal(build_comprobante(document(*concepts, **values)), csd())))


def workbook(tmp_path, *rows):
    path = tmp_path / "month.xlsx"
    sheet = MonthSheet(str(path))
    for row, state in rows:
        sheet.add(row, state, "INV/1")
    sheet.close()
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [dict(zip(_head(sheet), row, strict=True)) for row in _rows(sheet)]
        for sheet in book
    }


def _head(sheet):
    return [cell.value for cell in sheet[1]]


def _rows(sheet):
    return list(sheet.iter_rows(min_row=2, values_only=True))


@pytest.fixture
def rep(vectors):
    return facts(stamped((vectors / "cfdi/cfdiutils/pagos20-calculator/001.xml").read_bytes()))


def test_workbook_has_a_row_per_document_and_per_paid_document(tmp_path, rep):
    public = Receiver("XAXX010101000", "PUBLICO EN GENERAL", "616", "S01", "58000")
    whole = read(receiver=public, global_info=GlobalInfo("04", "11", 2026))
    later = read(method="PPD", form="99")
    credit = read(concept("100", taxes=(iva(Decimal(100)),)), kind="E")
    rows = ((read(), VALID), (later, VALID), (credit, VALID), (whole, VALID), (rep, VALID))
    book = workbook(tmp_path, *rows, (read(), CANCELLED))
    kinds = [row["Tipo"] for row in book["CFDI"]]
    assert kinds[:4] == ["I Factura", "I Factura", "E Nota de crédito", "I Factura global"]
    assert book["CFDI"][0]["UUID"] == UUID
    assert book["CFDI"][0]["IVA cobrado MXN"] == 48.14
    assert book["CFDI"][1]["IVA por cobrar MXN"] == 48.14
    assert book["CFDI"][2]["IVA cobrado MXN"] == -16
    assert book["CFDI"][4]["Pagado en el REP MXN"] == 2534.43
    assert book["CFDI"][5]["IVA cobrado MXN"] == 0
    assert len(book["REP"]) == len(rep.documents)
    assert book["REP"][0]["Pagado"] == 850
    assert book["REP"][0]["Base IVA 16 %"] == pytest.approx(652.470805)
    by_rate = {row["Tasa"]: row for row in book["IVA"]}
    assert by_rate["16 %"]["IVA facturado PUE"] == pytest.approx(96.28)
    assert by_rate["16 %"]["IVA facturado PPD"] == 48.14
    assert by_rate["16 %"]["IVA notas de crédito"] == 16
    assert by_rate["16 %"]["IVA cobrado por REP"] == 330.65
    assert by_rate["Total"]["IVA cobrado del mes"] == pytest.approx(96.28 - 16 + 330.65)
    assert by_rate["Exento"]["Base cobrada por REP"] == 104.38
    thirds = {row["RFC"]: row for row in book["Por RFC (DIOT)"]}
    assert thirds["XAXX010101000"]["Tipo de tercero"] == "15"
    assert thirds["RAMC900412QX3"]["IVA cobrado 16 %"] == pytest.approx(48.14 - 16)
    assert thirds["MASO451221PM4"]["Base cobrada 16 %"] == 2066.58


def test_texts_are_never_formulas(tmp_path):
    evil = Receiver("RAMC900412QX3", "=1+1", "612", "G03", "58000")
    book = workbook(tmp_path, (read(receiver=evil), VALID))
    assert book["CFDI"][0]["Receptor"] == "=1+1"
