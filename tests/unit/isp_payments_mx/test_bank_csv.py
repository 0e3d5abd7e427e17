"""Statements of banks: every layout, encoding and date that is read, and what is refused."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.bank_cells import BadCell, parse_amount, parse_day
from isp_payments_mx_services.bank_csv import BadFile, Mapping, decode, read

SPLIT = Mapping(
    columns={
        "date": "Día|Fecha",
        "description": "Concepto / Referencia",
        "debit": "Cargo",
        "credit": "Abono",
        "balance": "Saldo",
    }
)
SIGNED = Mapping(
    columns={
        "date": "Date",
        "description": "Description",
        "reference": "Reference",
        "tracking": "Tracking key",
        "payer": "Payer",
        "amount": "Amount",
    },
    style="signed",
)
CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
AMOUNT = st.decimals("-999999", "999999", places=2).filter(bool)
DAY = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def _bbva(*lines, delimiter=","):
    header = delimiter.join(["Día", "Concepto / Referencia", "cargo", "ABONO", "Saldo"])
    return "\n".join(["BBVA", "Cuenta 0123456789", "", header, *lines])


def test_bbva():
    text = _bbva(
        '21/01/2026,SPEI RECIBIDO ROSA,,"1,047.00","10,047.00"',
        '21/01/2026,COMISION,"-12.50",,"10,034.50"',
    )
    sheet = read(text.encode(), SPLIT)
    assert sheet.bad == []
    first, second = sheet.movements
    assert (first.day, first.amount, first.balance) == (
        date(2026, 1, 21),
        Decimal("1047.00"),
        Decimal("10047.00"),
    )
    assert (first.row, second.row) == (5, 6)
    assert second.amount == Decimal("-12.50")


def test_deposit_that_the_bank_took_back():
    """Money in with a minus is money out: a returned cheque is nobody's payment."""
    (movement,) = read(_bbva("21/01/2026,CHEQUE DEVUELTO,,-349.00,").encode(), SPLIT).movements
    assert movement.amount == Decimal("-349.00")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(encoding, delimiter):
    text = _bbva(delimiter.join(["21/01/2026", "Pago Peñá", "", "349.00", ""]), delimiter=delimiter)
    (movement,) = read(text.encode(encoding), SPLIT).movements
    assert movement.description == "Pago Peñá"


@given(st.lists(st.tuples(DAY, CELL, CELL, CELL, CELL, AMOUNT), min_size=1, max_size=12))
def test_what_is_written_is_read(rows):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["Date", "Description", "Reference", "Tracking key", "Payer", "Amount"])
    for day, *texts, amount in rows:
        writer.writerow([day.isoformat(), *texts, f"{amount:,.2f}"])
    sheet = read(out.getvalue().encode(), SIGNED)
    assert sheet.bad == []
    assert len(sheet.movements) == len(rows)
    for movement, (day, description, _ref, _key, payer, amount) in zip(
        sheet.movements, rows, strict=True
    ):
        assert (movement.day, movement.amount) == (day, amount)
        assert movement.description == description.strip()
        assert movement.payer == payer.strip()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    for mapping in (SPLIT, SIGNED):
        try:
            sheet = read(content, mapping)
        except BadFile as error:
            assert error.code
        else:
            assert sheet.movements or sheet.bad


@given(st.lists(st.text('0123456789,;"/ \n-ab', max_size=40), min_size=1, max_size=8))
def test_no_row_is_lost(lines):
    """Every row that is not blank is a movement, a bad row, or the file is refused."""
    text = _bbva(*lines)
    try:
        sheet = read(text.encode(), SPLIT)
    except BadFile:
        return
    body = list(csv.reader(io.StringIO(text, newline="")))[4:]
    filled = [cells for cells in body if any(cell.strip() for cell in cells)]
    assert len(sheet.movements) + len(sheet.bad) == len(filled)


def test_bad_rows_are_told_by_line_and_the_others_are_read():
    text = _bbva(
        "21/01/2026,good,,349.00,",
        "31/02/2026,no such day,,349.00,",
        "21/01/2026,letters,,34x,",
        "21/01/2026,both,1.00,2.00,",
        "21/01/2026,nothing,,,",
        "21/01/2026",
        "",
        "22/01/2026,good too,,1.00,",
    )
    sheet = read(text.encode(), SPLIT)
    assert [movement.description for movement in sheet.movements] == ["good", "good too"]
    assert [(bad.row, bad.code) for bad in sheet.bad] == [
        (6, "date"),
        (7, "amount"),
        (8, "both"),
        (9, "zero"),
        (10, "short"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet"),
        (b"a\x00b", "binary"),
        (b"a,b\n1,2\n", "columns"),
        (_bbva().encode(), "nothing"),
        (_bbva('21/01/2026,"open,,1.00,').encode(), "quotes"),
        (b"x" * (5 * 1024 * 1024 + 1), "large"),
    ],
)
def test_bad_files(content, code):
    with pytest.raises(BadFile) as caught:
        read(content, SPLIT)
    assert caught.value.code == code


def test_quotes_that_do_not_end_name_their_line():
    with pytest.raises(BadFile) as caught:
        read(_bbva('21/01/2026,"open,,1.00,').encode(), Mapping(SPLIT.columns, delimiter=","))
    assert (caught.value.code, caught.value.detail) == ("quotes", "5")


def test_missing_columns_are_named():
    with pytest.raises(BadFile) as caught:
        read(b"Fecha,Cargo\n21/01/2026,1.00\n", SPLIT)
    assert (caught.value.code, caught.value.detail) == ("columns", "Abono")


def test_mapping_without_the_needed_columns():
    with pytest.raises(BadFile) as caught:
        read(b"a", Mapping(columns={"date": "1"}))
    assert caught.value.code == "mapping"


def test_columns_by_number():
    mapping = Mapping(
        columns={"date": "1", "description": "2", "amount": "3"}, style="signed", skip_rows=1
    )
    (movement,) = read(b"whatever;x;y\n2026-01-21;PAGO;-5.00\n", mapping).movements
    assert movement.amount == Decimal("-5.00")


def test_chosen_encoding_that_it_is_not():
    with pytest.raises(BadFile) as caught:
        decode("ñ".encode("latin-1"), "utf-8")
    assert caught.value.code == "encoding"


@given(st.decimals("0", "99999999", places=2), st.sampled_from([".", ","]))
def test_amounts(value, decimal):
    text = f"{value:,.2f}"
    if decimal == ",":
        text = text.translate(str.maketrans(".,", ",."))
    assert parse_amount(text, decimal) == value
    assert parse_amount(f"$ {text} ", decimal) == value
    for negative in (f"-{text}", f"({text})", f"{text}-", f"$-{text}", f"-${text}"):
        assert parse_amount(negative, decimal) == -value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1,2",
        "1.234",
        "12,34.00",
        "1e5",
        "nan",
        "--1",
        "(-1.00)",
        "-1.00-",
        ".",
        "1 2x",
        "١٢",
    ],
)
def test_bad_amounts(text):
    with pytest.raises(BadCell):
        parse_amount(text)


@given(DAY, st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%y", "%m/%d/%Y"]))
def test_days(day, form):
    if form == "%d-%m-%y" and not 2000 <= day.year < 2069:
        return  # two digits mean another century
    assert parse_day(day.strftime(form), (form,)) == day
    assert parse_day(day.strftime(form) + " 10:22:33", (form,)) == day


@pytest.mark.parametrize("text", ["21/ene/2026", "21-ENE-2026", "21 Enero 2026"])
def test_spanish_months(text):
    assert parse_day(text, ("%d/%m/%Y", "%d-%m-%Y", "%d %m %Y")) == date(2026, 1, 21)


@pytest.mark.parametrize("text", ["", "31/02/2026", "21/01/1926", "tomorrow", "2026"])
def test_bad_days(text):
    with pytest.raises(BadCell):
        parse_day(text, ("%d/%m/%Y",))
