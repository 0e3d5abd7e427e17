"""Rebuild ``addons/isp_cfdi/services/resources`` from an installed ``satcfdi`` wheel.

The wheel (MIT) carries whitespace-stripped copies of the SAT schemas, style sheets and
catalogues.  An ISP needs types I, E and P only, so the 58 MB shrink to about 140 KB:
every complement but Pagos 2.0 leaves the style sheet, and the huge enumerations (postal
codes, products, units, settlements) leave the catalogue schema.  The codes of products and
units are kept beside it, compressed, so that a code SAT does not know is still found.
The licence text is written with them: the wheel carries none.

Usage: ``python3 -m scripts.build_cfdi_resources [--check]``

``--check`` builds into memory and fails when the committed files differ.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import lzma
import pickle
import sqlite3
import sys
from importlib import metadata
from pathlib import Path

from lxml import etree

TARGET = Path(__file__).resolve().parent.parent / "addons/isp_cfdi/services/resources"
LICENCE = Path(__file__).resolve().parent / "cfdi_resources_licence.txt"
XSL = "{http://www.w3.org/1999/XSL/Transform}"
XS = "{http://www.w3.org/2001/XMLSchema}"
KEEP_INCLUDES = ("utilerias.xslt", "Pagos20.xslt")
#: Enumerations of hundreds or thousands of rows that the schema does not need to repeat.
HUGE_TYPES = {
    "c_CodigoPostal",
    "c_ClaveProdServ",
    "c_Colonia",
    "c_ClaveUnidad",
    "c_Municipio",
    "c_Localidad",
}
PLAIN_FILES = (
    "2/cadenaoriginal_2_0/utilerias.xslt",
    "Pagos/Pagos20.xslt",
    "Pagos/Pagos20.xsd",
    "4/cfdv40.xsd",
    "TimbreFiscalDigital/cadenaoriginal_TFD_1_1.xslt",
    "TimbreFiscalDigital/TimbreFiscalDigitalv11.xsd",
    "catalogos/Pagos/catPagos.xsd",
    "tipoDatos/tdCFDI/tdCFDI.xsd",
)
SMALL_CATALOGS = {
    "regimen": "C756_c_RegimenFiscal",
    "uso": "C756_c_UsoCFDI",
    "forma_pago": "C756_c_FormaPago",
    "metodo_pago": "C756_c_MetodoPago",
    "objeto_imp": "C756_c_ObjetoImp",
    "relacion": "C756_c_TipoRelacion",
    "periodicidad": "C756_c_Periodicidad",
    "meses": "C756_c_Meses",
    "moneda": "C756_c_Moneda",
}
#: Types of the catalogue schema that say which codes CFDI 4.0 takes: the wheel's catalogues
#: still hold those of 3.3.
LIVE_CODES = {"uso": "c_UsoCFDI", "forma_pago": "c_FormaPago", "regimen": "c_RegimenFiscal"}
#: Still in the schema, abolished with version 4.0.
DEAD_CODES = {"uso": {"P01"}}
PRODUCT_PREFIXES = ("811121", "811617", "831115", "831116", "831118", "831123", "831122")
PRODUCT_CODES = (
    "01010101",
    "43222609",
    "43222628",
    "43222640",
    "81111811",
    "81161801",
    "84111506",
    "72151600",
    "81112300",
    "81111809",
)
UNIT_CODES = ("ACT", "DAY", "E48", "H87", "HUR", "MON", "MTR")
#: Zone by (SAT label, state); the state "*" is the label's default.  Where the label and
#: the legal local time differ the earlier clock is taken: Fecha is never in the future.
ZONES = {
    ("Tiempo del Centro", "*"): "America/Mexico_City",
    ("Tiempo del Centro en Frontera", "*"): "America/Matamoros",
    ("Tiempo del Centro en Frontera", "CHH"): "America/Ciudad_Juarez",
    ("Tiempo del Noroeste", "*"): "America/Tijuana",
    ("Tiempo del Pacífico", "*"): "America/Mazatlan",
    ("Tiempo del Pacífico", "SON"): "America/Hermosillo",
    ("Tiempo del Sureste", "*"): "America/Cancun",
}
HEADER = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def wheel_root() -> Path:
    """Return the folder of the installed wheel without importing it."""
    spec = importlib.util.find_spec("satcfdi")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("satcfdi is not installed: pip install satcfdi")
    return Path(next(iter(spec.submodule_search_locations)))


def dump(root: etree._Element) -> bytes:
    """Serialise a schema file with a declaration and a final line break."""
    return HEADER + etree.tostring(root, encoding="UTF-8") + b"\n"


def slim_xslt(source: Path) -> bytes:
    """Keep only the includes of the utilities and of Pagos 2.0."""
    root = etree.parse(str(source)).getroot()
    for include in root.findall(f"{XSL}include"):
        if not include.get("href", "").endswith(KEEP_INCLUDES):
            root.remove(include)
    return dump(root)


def slim_catalog_schema(source: Path) -> bytes:
    """Drop the enumerations of the huge types, keep their patterns."""
    root = etree.parse(str(source), etree.XMLParser(huge_tree=True)).getroot()
    for simple_type in root.findall(f"{XS}simpleType"):
        if simple_type.get("name") in HUGE_TYPES:
            restriction = simple_type.find(f"{XS}restriction")
            for row in restriction.findall(f"{XS}enumeration"):
                restriction.remove(row)
    return dump(root)


def live_codes(source: Path, name: str) -> set[str]:
    """Codes that the catalogue schema lists for a type."""
    root = etree.parse(str(source), etree.XMLParser(huge_tree=True)).getroot()
    rows = root.iterfind(f"{XS}simpleType[@name='{name}']//{XS}enumeration")
    return {row.get("value") for row in rows}


def driver_schema() -> bytes:
    """One schema that imports the three namespaces we validate."""
    imports = (
        ("http://www.sat.gob.mx/cfd/4", "4/cfdv40.xsd"),
        ("http://www.sat.gob.mx/Pagos20", "Pagos/Pagos20.xsd"),
        (
            "http://www.sat.gob.mx/TimbreFiscalDigital",
            "TimbreFiscalDigital/TimbreFiscalDigitalv11.xsd",
        ),
    )
    root = etree.Element(f"{XS}schema", nsmap={"xs": XS[1:-1]})
    for namespace, location in imports:
        etree.SubElement(root, f"{XS}import", namespace=namespace, schemaLocation=location)
    return dump(root)


class Catalogs:
    """The wheel's SQLite catalogue; its keys and values are pickled, so build time only."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def rows(self, table: str) -> list[tuple]:
        """Return (key, value) pairs ordered by key; ``table`` is one of our constants."""
        cursor = self._db.execute(f"SELECT * FROM {table}")
        return sorted((self._plain(key), self._plain(value)) for key, value in cursor)

    @staticmethod
    def _plain(value):
        return pickle.loads(value) if isinstance(value, bytes) else value  # noqa: S301


def small_catalogs(catalogs: Catalogs, schema: Path) -> bytes:
    """The short catalogues, the telecom products and the usual units as JSON."""
    live = {name: live_codes(schema, kind) for name, kind in LIVE_CODES.items()}
    data = {
        name: {
            key: value if isinstance(value, str) else value[0]
            for key, value in catalogs.rows(table)
            if key not in DEAD_CODES.get(name, ()) and key in live.get(name, {key})
        }
        for name, table in SMALL_CATALOGS.items()
        if name != "moneda"
    }
    data["moneda_decimals"] = {
        code: int(decimals)
        for code, decimals in ((k, _decimals(v)) for k, v in catalogs.rows("C756_c_Moneda"))
        if decimals is not None
    }
    data["producto"] = {
        key: value
        for key, value in catalogs.rows("C756_c_ClaveProdServ")
        if key.startswith(PRODUCT_PREFIXES) or key in PRODUCT_CODES
    }
    units = dict(catalogs.rows("C756_c_ClaveUnidad"))
    data["unidad"] = {code: units[code] for code in UNIT_CODES}
    data["version"] = {"satcfdi": metadata.version("satcfdi")}
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode() + b"\n"


def _decimals(value) -> str | None:
    """Currency rows are (name, decimals) in some versions and a plain name in others."""
    if isinstance(value, (list, tuple)) and len(value) > 1 and str(value[1]).isdigit():
        return str(value[1])
    return None


def postal_codes(catalogs: Catalogs) -> bytes:
    """``cp state frontera zone`` per line, xz: 95,749 codes in about 30 KB."""
    zones = sorted(set(ZONES.values()))
    lines = [" ".join(zones)]
    for code, (state, _town, _city, border, label) in catalogs.rows("C756_c_CodigoPostal"):
        zone = ZONES.get((label, state)) or ZONES[(label, "*")]
        lines.append(f"{code}{state}{border}{zones.index(zone)}")
    text = "\n".join(lines) + "\n"
    return _xz(text)


def product_codes(catalogs: Catalogs) -> bytes:
    """Every ClaveProdServ as the distance from the one before, xz: 52,514 codes in 6 KB."""
    codes = sorted(int(code) for code, _value in catalogs.rows("C756_c_ClaveProdServ"))
    steps = (after - before for before, after in zip([0, *codes], codes, strict=False))
    return _xz("\n".join(map(str, steps)))


def unit_codes(catalogs: Catalogs) -> bytes:
    """Every ClaveUnidad, one per line, xz."""
    return _xz("\n".join(code for code, _value in catalogs.rows("C756_c_ClaveUnidad")))


def _xz(text: str) -> bytes:
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def build() -> dict[str, bytes]:
    """Return every resource as relative path -> bytes."""
    wheel = wheel_root()
    cfd = wheel / "transform/schemas/www.sat.gob.mx/sitio_internet/cfd"
    catalogs = Catalogs(wheel / "catalogs/catalogs.db")
    xslt = "4/cadenaoriginal_4_0/cadenaoriginal_4_0.xslt"
    files = {name: dump(etree.parse(str(cfd / name)).getroot()) for name in PLAIN_FILES}
    files[xslt] = slim_xslt(cfd / xslt)
    files["catalogos/catCFDI.xsd"] = slim_catalog_schema(cfd / "catalogos/catCFDI.xsd")
    files["cfdi.xsd"] = driver_schema()
    files["catalogs.json"] = small_catalogs(catalogs, cfd / "catalogos/catCFDI.xsd")
    files["postal_codes.txt.xz"] = postal_codes(catalogs)
    files["product_codes.txt.xz"] = product_codes(catalogs)
    files["unit_codes.txt.xz"] = unit_codes(catalogs)
    files["LICENSE"] = LICENCE.read_bytes()
    return files


def _differences(files: dict[str, bytes]) -> list[str]:
    """Compare with the committed files; xz output may differ between liblzma versions."""
    different = []
    for name, content in files.items():
        path = TARGET / name
        if not path.exists():
            different.append(name)
        elif name.endswith(".xz"):
            if lzma.decompress(path.read_bytes()) != lzma.decompress(content):
                different.append(name)
        elif path.read_bytes() != content:
            different.append(name)
    return different


def main(argv: list[str] | None = None) -> int:
    """Write the resources, or compare them with ``--check``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(argv)
    files = build()
    if options.check:
        different = _differences(files)
        sys.stdout.write("".join(f"differs: {name}\n" for name in different))
        return 1 if different else 0
    for name, content in files.items():
        path = TARGET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sys.stdout.write(f"{len(content):>8} {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
