"""SAT's files in the addon: how large, how licensed, how read."""

from __future__ import annotations

import ast
import http.server
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest
from isp_cfdi_services import schema
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.catalogs import catalog, catalog_version, known_product, known_unit
from isp_cfdi_services.schema import RESOURCES, cfdi_stylesheet, tfd_stylesheet
from isp_cfdi_services.validator import validate
from lxml import etree

from .factory import document

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ROOT / "addons/isp_cfdi/services"
#: Folder or file and how many bytes it may have at most.
SIZES = {
    "4/cadenaoriginal_4_0": 14_000,
    "2": 1_000,
    "Pagos/Pagos20.xslt": 8_000,
    "TimbreFiscalDigital": 4_000,
    "4/cfdv40.xsd": 16_000,
    "Pagos/Pagos20.xsd": 11_000,
    "catalogos/catCFDI.xsd": 23_000,
    "postal_codes.txt.xz": 31_500,
    "product_codes.txt.xz": 6_500,
    "unit_codes.txt.xz": 2_500,
    ".": 190_000,
}


def size(path):
    return (
        sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        or path.stat().st_size
    )


@pytest.mark.parametrize("name", SIZES)
def test_resources_stay_small(name):
    assert size(RESOURCES / name) <= SIZES[name]


def test_licence_lies_beside_the_files():
    text = (RESOURCES / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in text
    assert "SAT-CFDI/python-satcfdi" in text
    assert "without restriction" in text


def test_resources_are_those_of_the_wheel():
    """Rebuilding from the same wheel gives the committed files."""
    if metadata.version("satcfdi") != catalog_version():
        pytest.skip("another satcfdi carries other catalogues")
    script = ROOT / "scripts/build_cfdi_resources.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_catalogues_hold_what_version_4_takes():
    forms = catalog("forma_pago")
    assert {"98", "07", "09", "10", "11", "16"}.isdisjoint(forms)
    assert len(forms) == 22
    assert "P01" not in catalog("uso")
    for code in ("81112101", "01010101", "84111506", "43222609", "81161801"):
        assert known_product(code)
    for code in ("81112109", "internet", "", "8111210", "99999999", "00000000"):
        assert not known_product(code)
    assert all(map(known_unit, ("E48", "ACT", "MON", "H87", "11")))
    assert not any(map(known_unit, ("", "Z0Z", "e48")))


def test_network_is_refused():
    """A schema that names another host is not followed, even where it would answer."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>')

        def log_message(self, *_arguments):
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/a.xsd"
    text = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:import namespace="urn:a" schemaLocation="{address}"/></xs:schema>'
    )
    try:
        with pytest.raises(etree.LxmlError, match="Network access refused"):
            etree.parse(address, schema._local_parser())
        with pytest.raises(etree.XMLSchemaParseError):
            etree.XMLSchema(etree.fromstring(text, schema._local_parser()))
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


def test_s5_schema_and_style_sheets_are_compiled_once():
    assert schema._schema() is schema._schema()
    assert cfdi_stylesheet() is cfdi_stylesheet()
    assert tfd_stylesheet() is tfd_stylesheet()


def test_threads_share_the_schema_and_keep_their_own_errors():
    good = build_comprobante(document())
    bad = good.replace(b'UsoCFDI="G03"', b'UsoCFDI="Z99"')
    found = []

    def work(xml, wanted):
        found.extend(bool(validate(xml)) == wanted for _ in range(30))

    threads = [
        threading.Thread(target=work, args=pair) for pair in ((good, False), (bad, True)) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 120


def test_s9_nothing_is_opened_at_import():
    """No SQLite, no pickle, and no file handle at module level anywhere in the core."""
    for path in SERVICES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "")}
                assert not names & {"sqlite3", "pickle"}, path
        for node in tree.body:
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            named = {getattr(call.func, "attr", getattr(call.func, "id", "")) for call in calls}
            assert not named & {"open", "read_bytes", "read_text", "connect"}, path
