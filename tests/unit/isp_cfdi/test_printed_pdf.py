"""The printed form as a PDF: text, pages, tags and a QR code that can be read."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from decimal import Decimal

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.dto import GlobalInfo, Receiver, Relation
from isp_cfdi_services.labels import LABELS
from isp_cfdi_services.printed import representation
from isp_cfdi_services.printed_text import fraction, money, tax_name
from isp_cfdi_services.sealer import seal

from .factory import concept, csd, document, iva
from .test_printed import ROOT, UUID, stamped

pypdf = pytest.importorskip("pypdf")
barcodes = pytest.importorskip("isp_subscription_services.barcode_svg")
typst_pdf = pytest.importorskip("isp_subscription_services.typst_pdf")
TEMPLATE = ROOT / "addons/isp_cfdi/report/cfdi.typ"
LIBRARY = ROOT / "addons/isp_subscription/report/isp_common.typ"
LEGEND = "Este documento es una representación impresa de un CFDI"
COMPANY = {
    "name": "Red Tarasca",
    "logo": None,
    "color": "#1f5ce0",
    "phones": ["443 123 4567"],
    "support_label": "Llámanos:",
}


def pdf_of(*documents, cancelled=False):
    """One file of stamped documents, as the report makes it."""
    rows, files = [], {}
    for number, xml in enumerate(documents):
        values, name = representation(xml), f"qr_{number}.svg"
        files[name] = barcodes.qr_svg(values["url"])
        more = {"words": "", "qr": name, "cancelled": cancelled, "labels": LABELS}
        rows.append({**values, **more})
    payload = {"company": COMPANY, "documents": rows}
    return typst_pdf.compile_pdf(TEMPLATE, payload, files, [LIBRARY])


def pages_of(pdf):
    """The text of each page without blanks."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return [re.sub(r"\s", "", page.extract_text()) for page in reader.pages]


def sealed(*concepts, **values):
    return stamped(seal(build_comprobante(document(*concepts, **values)), csd()))


def bare(text):
    return re.sub(r"\s", "", text)


def global_invoice(count):
    rows = (
        concept(product="01010101", unit="ACT", description="Venta", reference=f"R-{number:04d}")
        for number in range(count)
    )
    public = Receiver("XAXX010101000", "PUBLICO EN GENERAL", "616", "S01", "58000")
    return sealed(*rows, receiver=public, global_info=GlobalInfo("04", "11", 2026))


@pytest.fixture(scope="module")
def rep(vectors):
    return stamped((vectors / "cfdi/cfdiutils/pagos20-calculator/001.xml").read_bytes())


def test_credit_note_names_itself_and_what_it_relates_to():
    values = {"kind": "E", "relations": (Relation("01", (UUID,)),)}
    data = representation(sealed(**values))
    assert (data["title"], data["kind"]) == ("Nota de crédito", "E Egreso")
    text = pages_of(pdf_of(sealed(**values)))[0]
    relation = "01 Nota de crédito de los documentos relacionados"
    for part in ("Nota de crédito", relation.upper(), "CFDI 4.0 de tipo E Egreso", LEGEND):
        assert bare(part) in text


def test_seals_and_cadena_are_copied_without_foreign_signs():
    xml = sealed()
    stamp = representation(xml)["stamp"]
    text = pages_of(pdf_of(xml))[0]
    for part in (stamp["seal_cfdi"], stamp["seal_sat"], stamp["cadena"]):
        assert bare(part) in text


def test_payment_shows_each_document_with_its_taxes(rep):
    data = representation(rep)
    assert data["title"] == "Comprobante de pago"
    first = data["payments"][0]
    assert (first["date"], first["amount"]) == ("2023-06-04 10:18:53", "1,840.00")
    assert len(first["documents"]) == 4
    assert first["documents"][0]["taxes"] == [
        "IVA 16 % de $652.47: $104.40",
        "IVA 0 % de $22.28: $0.00",
        "IVA exento de $70.85",
    ]
    assert data["payments"][1]["documents"][0]["rate"] == "17.36075"
    assert data["totals"]["total"] == "2,534.43"
    sums = {line["name"]: line["amount"] for line in data["totals"]["taxes"]}
    assert sums["Base IVA 16 %"] == "2,066.58"
    assert sums["IVA 16 %"] == "330.65"
    text = "".join(pages_of(pdf_of(rep)))
    for document_row in (row for payment in data["payments"] for row in payment["documents"]):
        keys = ("uuid", "number", "before", "paid", "after")
        for part in (*(document_row[key] for key in keys), *document_row["taxes"]):
            assert bare(part) in text
    assert bare("Total pagado $2,534.43") in text


def test_global_invoice_runs_over_pages_with_its_header_repeated():
    data = representation(global_invoice(1))
    assert data["title"] == "Factura global"
    assert data["global"] == {"period": "04 Mensual", "months": "11 Noviembre", "year": "2026"}
    pages = pages_of(pdf_of(global_invoice(60)))
    assert len(pages) > 2
    rows = [page for page in pages if "R-00" in page]
    assert len(rows) > 1
    assert all("VALORUNITARIO" in page for page in rows)
    for number in range(60):
        assert f"R-{number:04d}" in "".join(pages)
    assert all(bare(f"{LEGEND} Página {n} de {len(pages)}") in p for n, p in enumerate(pages, 1))


def test_cancelled_document_says_so_on_every_page():
    assert not [page for page in pages_of(pdf_of(sealed())) if "CANCELADO" in page]
    pages = pages_of(pdf_of(global_invoice(60), cancelled=True))
    assert all("CANCELADO" in page for page in pages)


def test_file_is_tagged_letter_and_spanish():
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(sealed())))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("es")
    assert root["/StructTreeRoot"]
    assert [float(side) for side in reader.pages[0].mediabox] == [0, 0, 612, 792]
    assert UUID in reader.metadata.title


def test_several_documents_count_their_own_pages():
    pages = pages_of(pdf_of(sealed(), global_invoice(60), sealed()))
    assert bare("Página 1 de 1") in pages[0]
    assert bare(f"Página 1 de {len(pages) - 2}") in pages[1]
    assert bare("Página 1 de 1") in pages[-1]


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")
def test_qr_code_is_read_back(tmp_path):
    reader = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    xml = sealed(receiver=Receiver("Ñ&A010101AA1", "ÑANDÚ & HIJOS", "601", "G03", "58000"))
    (tmp_path / "x.pdf").write_bytes(pdf_of(xml))
    command = ["pdftoppm", "-r", "150", "-png", "-singlefile", "x.pdf", "x"]
    subprocess.run(command, cwd=tmp_path, check=True)
    codes = reader.read_barcodes(image.open(tmp_path / "x.png"))
    assert [code.text for code in codes] == [representation(xml)["url"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [("1234.565", "1,234.57"), ("0.125", "0.13"), (None, "0.00"), ("1000", "1,000.00")],
)
def test_money_is_rounded_half_up(value, text):
    assert money(value) == text


@pytest.mark.parametrize(
    ("value", "least", "text"),
    [
        ("300.862069", 2, "300.862069"),
        ("10.500000", 2, "10.50"),
        ("1.0", 0, "1"),
        ("100", 0, "100"),
    ],
)
def test_figures_keep_the_decimals_they_have(value, least, text):
    assert fraction(value, least) == text


def test_taxes_have_names():
    assert tax_name("003", "Cuota", "0.591100") == "IEPS 0.5911 por unidad"
    assert tax_name("002", "Tasa", "0.080000") == "IVA 8 %"
    assert tax_name("002", "Exento", "") == "IVA exento"
    assert tax_name("009", "Tasa", "0.030000") == "009 3 %"


def test_discount_and_withholding_are_signed():
    row = concept("1000", discount=Decimal(250), taxes=(iva(Decimal(750)),))
    text = pages_of(pdf_of(sealed(row)))[0]
    assert "Descuento-$250.00" in text
