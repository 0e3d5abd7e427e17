"""A period of 50,000 receipts as factura global: in one document, and split as companies do.

Built, checked by schema and rules, sealed; one fresh process per figure, so that its memory is
its own. The peer is satcfdi building, signing and serialising one document of the same receipts,
without any check. ``ISP_BENCH_RECEIPTS`` (50000) is the number of receipts, and
``ISP_BENCH_SPLIT`` (1000, the default of the setting) how many a split document holds.

- ``cfdi_period_whole``: CPU seconds of one document with all receipts, beside the peer;
- ``cfdi_period_whole_memory``: MiB that the process grew by for it, beside the peer;
- ``cfdi_period_split``: CPU seconds of the same receipts in documents of the setting's size;
- ``cfdi_period_split_memory``: MiB for them, which must not grow with their number.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

from satcfdi.create.cfd import cfdi40

import tests.conftest  # noqa: F401 - makes the addons' services importable without Odoo
from scripts.bench import Result
from scripts.console import say
from tests.bench.cfdi_core import FECHA, ISSUER, RATE, RFC, keys

from isp_cfdi_services.dto import GlobalInfo, GlobalInvoice, Receipt, Tax  # isort: skip
from isp_cfdi_services.global_invoice import build_global  # isort: skip
from isp_cfdi_services.sealer import prepare  # isort: skip

NET, IVA = Decimal("300.86"), Decimal("48.14")
WHOLE, SPLIT, PEER = "whole", "split", "peer"


def receipts(start: int, count: int) -> Iterator[Receipt]:
    """Receipts of 349.00, as they stream out of the database."""
    taxes = (Tax("002", "Tasa", NET, RATE, IVA),)
    return (Receipt(f"R-{number:06}", NET, taxes) for number in range(start, start + count))


def one(start: int, count: int, pair) -> int:
    """Make a document ready to be stamped; return its size in bytes."""
    info = GlobalInfo("04", "11", 2026)
    total, folio = count * (NET + IVA), str(start + 1)
    rows = receipts(start, count)
    data = GlobalInvoice(ISSUER, rows, info, FECHA, total, "01", "G", folio)
    return len(prepare(build_global(data), pair.ours))


def peer(count: int, pair) -> int:
    """The same receipts in one document of satcfdi."""
    tax = cfdi40.Traslado(impuesto="002", tipo_factor="Tasa", tasa_o_cuota=RATE)
    document = cfdi40.Comprobante(
        emisor=cfdi40.Emisor(rfc=RFC, nombre=ISSUER.name, regimen_fiscal=ISSUER.regime),
        lugar_expedicion=ISSUER.zip,
        receptor=cfdi40.Receptor(
            rfc="XAXX010101000",
            nombre="PUBLICO EN GENERAL",
            uso_cfdi="S01",
            domicilio_fiscal_receptor=ISSUER.zip,
            regimen_fiscal_receptor="616",
        ),
        informacion_global=cfdi40.InformacionGlobal(periodicidad="04", meses="11", ano="2026"),
        conceptos=[
            cfdi40.Concepto(
                clave_prod_serv="01010101",
                cantidad=Decimal(1),
                clave_unidad="ACT",
                descripcion="Venta",
                valor_unitario=row.amount,
                no_identificacion=row.reference,
                impuestos=cfdi40.Impuestos(traslados=[tax]),
            )
            for row in receipts(0, count)
        ],
        metodo_pago="PUE",
        forma_pago="01",
        serie="G",
        folio="1",
    )
    document.sign(pair.peer)
    return len(document.xml_bytes())


def measure(kind: str, count: int, size: int) -> dict[str, float]:
    """Seconds of CPU, MiB and documents of one way, in this process."""
    pair = keys()
    one(0, 10, pair)  # schema, style sheet and catalogues are loaded before
    ways: dict[str, Callable[[], list[int]]] = {
        WHOLE: lambda: [one(0, count, pair)],
        SPLIT: lambda: [
            one(start, min(size, count - start), pair) for start in range(0, count, size)
        ],
        PEER: lambda: [peer(count, pair)],
    }
    before, started = _peak(), time.process_time()
    sizes = ways[kind]()
    seconds = time.process_time() - started
    return {"seconds": seconds, "mib": _peak() - before, "files": len(sizes), "bytes": max(sizes)}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def results() -> list[Result]:
    """Each way in a process of its own."""
    count = int(os.environ.get("ISP_BENCH_RECEIPTS") or 50_000)
    size = int(os.environ.get("ISP_BENCH_SPLIT") or 1000)
    found = {}
    for kind in (WHOLE, SPLIT, PEER):
        command = [sys.executable, "-m", "tests.bench.cfdi_period", kind, str(count), str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[kind] = json.loads(done.stdout.splitlines()[-1])
        say(
            f"{count} receipts, {kind}: {found[kind]['files']:.0f} documents of at most"
            f" {found[kind]['bytes'] / 2**20:.1f} MiB, {found[kind]['seconds']:.1f} s,"
            f" {found[kind]['mib']:.0f} MiB"
        )
    whole, split, other = found[WHOLE], found[SPLIT], found[PEER]
    rows = [
        ("cfdi_period_whole", "seconds", whole, other, "cpu_s"),
        ("cfdi_period_whole_memory", "mib", whole, other, "MiB"),
        ("cfdi_period_split", "seconds", split, other, "cpu_s"),
        ("cfdi_period_split_memory", "mib", split, other, "MiB"),
    ]
    return [
        Result(name, round(ours[key], 2), round(theirs[key], 2), unit)
        for name, key, ours, theirs, unit in rows
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))) + "\n")
