"""What the accountant's lists read from a stored XML."""

from __future__ import annotations

from decimal import Decimal

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.dto import Relation, Tax
from isp_cfdi_services.errors import CfdiError
from isp_cfdi_services.month_rows import facts
from isp_cfdi_services.sealer import seal

from .factory import concept, csd, document, iva
from .test_printed import UUID, stamped

D = Decimal


def read(*concepts, **values):
    return facts(stamped(seal(build_comprobante(document(*concepts, **values)), csd())))


def test_invoice_paid_at_once_is_collected():
    row = read()
    assert (row.uuid, row.serie, row.folio, row.method) == (UUID, "A", "1", "PUE")
    assert row.receiver["Nombre"] == "CITLALI RANGEL MORA"
    assert (row.net, row.iva, row.total) == (D("300.86"), D("48.14"), D("349.00"))
    assert (row.iva_collected, row.iva_pending) == (D("48.14"), 0)


def test_invoice_paid_later_is_pending():
    row = read(method="PPD", form="99")
    assert (row.iva_collected, row.iva_pending) == (0, D("48.14"))


def test_credit_note_takes_away():
    row = read(kind="E", relations=(Relation("01", (UUID,)),))
    assert row.iva_collected == D("-48.14")
    assert row.relations == (UUID,)


def test_each_rate_has_its_column():
    rows = (
        concept("100", taxes=(iva(D(100)),)),
        concept("50", taxes=(iva(D(50), D("0.08")),)),
        concept("30", taxes=(iva(D(30), D("0")),)),
        concept("20", taxes=(Tax("002", "Exento", D(20)),)),
        concept("10", taxes=(Tax("003", "Tasa", D(10), D("0.03"), D("0.3")), iva(D("10.30")))),
        concept("5", taxes=(Tax("001", "Tasa", D(5), D("0.0125"), D("0.06"), withheld=True),)),
    )
    taxes = read(*rows).by_tax
    assert (taxes["base_16"], taxes["iva_16"]) == (D("110.30"), D("17.65"))
    assert (taxes["base_8"], taxes["iva_8"]) == (50, 4)
    assert (taxes["base_0"], taxes["base_exempt"]) == (30, 20)
    assert (taxes["base_ieps"], taxes["ieps"]) == (10, D("0.30"))
    assert (taxes["held_isr"], taxes["held_iva"]) == (D("0.06"), 0)


def test_foreign_currency_is_turned_into_pesos():
    row = read(currency="USD", exchange_rate=D("17.5"))
    assert row.pesos(row.total) == D("6107.50")
    assert row.iva_collected == D("842.45")


@pytest.mark.parametrize(
    ("name", "documents", "paid", "iva", "held"),
    [
        ("001", 5, "2534.43", "330.65", "0"),
        ("002", 1, None, None, None),
        ("003", None, None, None, None),
    ],
)
def test_payment_is_read_with_each_paid_document(vectors, name, documents, paid, iva, held):
    path = vectors / f"cfdi/cfdiutils/pagos20-calculator/{name}.xml"
    row = facts(path.read_bytes())
    assert row.kind == "P"
    assert row.documents
    assert all(paid.before - paid.paid == paid.after for paid in row.documents)
    assert row.iva_collected == row.iva > 0
    assert row.iva_pending == 0
    if paid:
        assert (len(row.documents), row.paid, row.iva) == (documents, D(paid), D(iva))
        assert row.withheld == D(held)
        first = row.documents[0]
        assert first.by_tax["base_16"] == D("652.470805")
        assert first.fecha == "2023-06-04T10:18:53"
    if name == "002":
        assert row.ieps > 0
        assert row.by_tax["held_iva"] > 0


def test_what_is_no_cfdi_is_refused():
    with pytest.raises(CfdiError):
        facts(b"<html/>")
