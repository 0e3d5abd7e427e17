"""Random invoices and payments, as an issuer could write them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st
from isp_cfdi_services.dto import Concept, PaidDocument, Payment, Relation, Rep, Tax
from isp_cfdi_services.rep_taxes import paid_taxes
from isp_cfdi_services.rep_totals import least_amount
from isp_cfdi_services.rounding import half_up
from isp_cfdi_services.text import clean
from isp_cfdi_services.totals import compute_totals

from .factory import FECHA, ISSUER, RECEIVER, document

ZERO = Decimal(0)
cents = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)
words = st.text(
    st.characters(
        min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs", "Co", "Cn", "Cc"]
    ),
    min_size=1,
    max_size=40,
).filter(lambda text: clean(text, 40))
uuids = st.uuids().map(lambda value: str(value).upper())
#: What can stand on a line: (tax, rate, withheld); IVA excludes IVA.
transfers = st.sampled_from([None, "exempt", Decimal("0.16"), Decimal("0.08"), ZERO])
ieps = st.sampled_from([None, None, Decimal("0.03"), Decimal("0.08"), Decimal("0.53")])
withheld = st.lists(
    st.sampled_from([("001", "0.0125"), ("001", "0.10"), ("002", "0.106667"), ("002", "0.16")]),
    max_size=2,
    unique_by=lambda pair: pair[0],
)


def rated(code, base, rate, **values):
    return Tax(code, "Tasa", base, rate, half_up(base * rate, 6), **values)


@st.composite
def taxes_on(draw, base):
    """IEPS is part of the base of IVA; withholdings are of the net."""
    found, taxed = [], base
    extra = draw(ieps)
    if extra is not None:
        found.append(rated("003", base, extra))
        taxed += found[0].amount
    iva = draw(transfers)
    if iva == "exempt":
        found.append(Tax("002", "Exento", taxed))
    elif iva is not None:
        found.append(rated("002", taxed, iva))
    if extra is None and isinstance(iva, Decimal):
        for code, rate in draw(withheld):
            found.append(rated(code, base, Decimal(rate), withheld=True))
    return tuple(found)


@st.composite
def concepts(draw):
    """A line with quantity, price, discount up to the whole, and taxes."""
    quantity = draw(st.decimals(Decimal("0.000001"), Decimal(48), places=6))
    price = draw(cents)
    amount = half_up(quantity * price, 6)
    if amount < 1:
        quantity, amount = Decimal(1), price
    share = draw(st.sampled_from([ZERO, ZERO, Decimal("0.15"), Decimal("0.333333"), Decimal(1)]))
    discount = half_up(amount * share, 6)
    taxes = draw(taxes_on(amount - discount)) if amount > discount else ()
    return Concept("81112101", "E48", draw(words), quantity, price, amount, discount, taxes)


@st.composite
def invoices(draw):
    """Type I or E, in pesos or dollars, related or not."""
    rows = tuple(draw(st.lists(concepts(), min_size=1, max_size=5)))
    foreign = draw(st.booleans())
    rate = draw(st.decimals(Decimal("0.000001"), Decimal(99), places=6))
    kind = draw(st.sampled_from("IIE"))
    related = (Relation("01", (draw(uuids),)),) if kind == "E" else ()
    return document(
        *rows,
        kind=kind,
        relations=related,
        receiver=replace(RECEIVER, use="G02" if kind == "E" else "G03"),
        currency="USD" if foreign else "MXN",
        exchange_rate=rate if foreign else None,
    )


@st.composite
def paid_documents(draw, currency):
    """An invoice of any currency and the part of it that is paid."""
    rows = tuple(draw(st.lists(concepts(), min_size=1, max_size=3)))
    totals = compute_totals(rows)
    if totals.total <= 0:
        rows = (Concept("81112101", "E48", "x", Decimal(1), Decimal(9), Decimal(9)),)
        totals = compute_totals(rows)
    part = draw(st.decimals(Decimal("0.01"), totals.total, places=2))
    other = draw(st.sampled_from(["MXN", "USD"]))
    rate = draw(st.decimals(Decimal("0.01"), Decimal(30), places=10))
    return PaidDocument(
        uuid=draw(uuids),
        balance=totals.total,
        paid=part,
        part=draw(st.integers(1, 999)),
        taxes=paid_taxes((tax for row in rows for tax in row.taxes), totals.total, part),
        currency=other,
        equivalence=Decimal(1) if other == currency else rate,
        serie="A",
        folio=str(draw(st.integers(1, 99999))),
    )


@st.composite
def payments(draw):
    """Money of any currency that settles some invoices, at times more than they take."""
    currency = draw(st.sampled_from(["MXN", "MXN", "USD"]))
    rows = tuple(draw(st.lists(paid_documents(currency), min_size=1, max_size=3)))
    least = least_amount(rows, currency)
    more = draw(st.sampled_from([ZERO, ZERO, Decimal("0.01"), Decimal(5)]))
    rate = draw(st.decimals(Decimal("0.01"), Decimal(30), places=6))
    return Payment(
        fecha=FECHA,
        form=draw(st.sampled_from(["01", "03", "04", "28"])),
        amount=max(least + more, Decimal("0.01")),
        documents=rows,
        currency=currency,
        exchange_rate=None if currency == "MXN" else rate,
        operation=draw(st.sampled_from(["", "MBAN01 2611"])),
    )


@st.composite
def reps(draw):
    """A REP of up to three payments."""
    rows = tuple(draw(st.lists(payments(), min_size=1, max_size=3)))
    return Rep(ISSUER, RECEIVER, rows, FECHA, serie="P", folio="1")
