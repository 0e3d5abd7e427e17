import pytest
from isp_subscription_services.barcode_svg import code128_svg, qr_svg
from isp_subscription_services.typst_pdf import TypstError, compile_pdf

TEMPLATE = """
#let data = json("data.json")
#set document(title: data.title)
= #data.title
#image("qr.svg", alt: "QR") #image("bars.svg", alt: "bars")
"""


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "receipt.typ"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def test_bytes_are_a_pdf_with_virtual_files(template):
    files = {"qr.svg": qr_svg("hola"), "bars.svg": code128_svg("1234567890123456").encode()}
    pdf = compile_pdf(template, {"title": "Recibo de pago ñ"}, files)
    assert pdf.startswith(b"%PDF")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_libraries_are_imported_by_name(tmp_path):
    library = tmp_path / "look.typ"
    library.write_text('#let hello = "hola"', encoding="utf-8")
    main = tmp_path / "main_template.typ"
    main.write_text('#import "look.typ": *\n#hello', encoding="utf-8")
    assert compile_pdf(main, {}, libraries=[library]).startswith(b"%PDF")


def test_error_of_the_template_is_reported(tmp_path):
    bad = tmp_path / "bad.typ"
    bad.write_text("#unknown_function()", encoding="utf-8")
    with pytest.raises(TypstError, match="unknown"):
        compile_pdf(bad, {})


def test_missing_template_is_reported(tmp_path):
    with pytest.raises(TypstError):
        compile_pdf(tmp_path / "absent.typ", {})


@pytest.mark.parametrize("name", ["../x.svg", "/etc/passwd", "data.json", "main.typ"])
def test_files_stay_inside_the_root(template, name):
    with pytest.raises(TypstError, match="not allowed"):
        compile_pdf(template, {"title": "x"}, {name: b""})


def test_template_cannot_read_outside(tmp_path):
    spy = tmp_path / "spy.typ"
    spy.write_text('#read("/../../etc/hostname")', encoding="utf-8")
    with pytest.raises(TypstError):
        compile_pdf(spy, {})
