"""Build, check and seal documents beside satcfdi; see ``cfdi.py``."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.csd import Csd, load_csd
from isp_cfdi_services.csd_tools import make_pair
from isp_cfdi_services.dto import (
    Comprobante,
    Concept,
    GlobalInfo,
    GlobalInvoice,
    Issuer,
    PaidDocument,
    Payment,
    Receipt,
    Receiver,
    Rep,
    Tax,
)
from isp_cfdi_services.global_invoice import build_global
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.rep_taxes import paid_taxes
from isp_cfdi_services.rounding import half_up
from isp_cfdi_services.sealer import prepare
from isp_cfdi_services.totals import compute_totals
from satcfdi.create.cfd import cfdi40, pago20
from satcfdi.models import Signer

from scripts.bench import Result
from scripts.console import say

RFC, PASSWORD, FECHA = "RTA190412AB9", "only-for-benchmarks", "2026-11-22T12:00:00"
ISSUER = Issuer(RFC, "RED TARASCA", "601", "58000")
RECEIVER = Receiver("RAMC900412QX3", "CITLALI RANGEL MORA", "612", "G03", "58000")
RATE = Decimal("0.16")
UUID = "5F2A91C4-7D0E-4B63-9A1F-03C8E2B7D611"
DOCUMENTS, RECEIPTS = 100, 2000
MOMENT = datetime.datetime(2026, 11, 22, 12)


@dataclass(frozen=True)
class Keys:
    """One certificate, opened by both sides."""

    ours: Csd
    peer: Signer


def keys() -> Keys:
    """A CSD-like pair."""
    cer, key = make_pair(RFC, "RED TARASCA SA DE CV", password=PASSWORD)
    peer = Signer.load(certificate=cer, key=key, password=PASSWORD, check=False)
    return Keys(load_csd(cer, key, PASSWORD), peer)


def invoice(number: int) -> Comprobante:
    """A month of internet and the rent of a router, with a discount."""
    prices = (Decimal("300.862069") + number, Decimal("86.21"))
    discounts = (Decimal(0), Decimal("16.21"))
    concepts = []
    for price, discount in zip(prices, discounts, strict=True):
        base = price - discount
        tax = Tax("002", "Tasa", base, RATE, half_up(base * RATE, 6))
        text = "Internet 50/20 Mbps, 21 nov - 20 dic" if not discount else "Renta de módem"
        row = Concept("81112101", "E48", text, Decimal(1), price, price, discount, (tax,))
        concepts.append(row)
    rows = tuple(concepts)
    total = compute_totals(rows).total
    return Comprobante(ISSUER, RECEIVER, rows, FECHA, total, "A", str(number), form="03")


def peer_invoice(data: Comprobante) -> cfdi40.Comprobante:
    """The same document in satcfdi's objects."""
    iva = {"impuesto": "002", "tipo_factor": "Tasa", "tasa_o_cuota": RATE}
    return cfdi40.Comprobante(
        emisor=cfdi40.Emisor(rfc=RFC, nombre=ISSUER.name, regimen_fiscal=ISSUER.regime),
        lugar_expedicion=ISSUER.zip,
        receptor=peer_receiver(RECEIVER.use),
        conceptos=[
            cfdi40.Concepto(
                clave_prod_serv=row.product,
                cantidad=row.quantity,
                clave_unidad=row.unit,
                descripcion=row.description,
                valor_unitario=row.unit_price,
                descuento=row.discount or None,
                impuestos=cfdi40.Impuestos(traslados=[cfdi40.Traslado(**iva)]),
            )
            for row in data.concepts
        ],
        serie=data.serie,
        folio=data.folio,
        forma_pago=data.form,
        metodo_pago=data.method,
        fecha=MOMENT,
    )


def peer_receiver(use: str) -> cfdi40.Receptor:
    """The same customer."""
    return cfdi40.Receptor(
        rfc=RECEIVER.rfc,
        nombre=RECEIVER.name,
        uso_cfdi=use,
        domicilio_fiscal_receptor=RECEIVER.zip,
        regimen_fiscal_receptor=RECEIVER.regime,
    )


def rep(number: int) -> Rep:
    """A transfer that pays two invoices, one of them in part."""
    total, documents = Decimal("349.00"), []
    taxes = (Tax("002", "Tasa", Decimal("300.862069"), RATE, Decimal("48.137931")),)
    for part, paid in enumerate((total, Decimal("100.00") + number), 1):
        share = paid_taxes(taxes, total, paid)
        row = PaidDocument(UUID, total, paid, part, share, serie="A", folio=str(number))
        documents.append(row)
    amount = sum((row.paid for row in documents), Decimal(0))
    payment = Payment(FECHA, "03", amount, tuple(documents), operation="MBAN01002611220012345678")
    return Rep(ISSUER, RECEIVER, (payment,), FECHA, "P", str(number))


def peer_rep(data: Rep) -> cfdi40.Comprobante:
    """The same payment; satcfdi is given the taxes of every document."""
    payment = data.payments[0]
    documents = [
        pago20.DoctoRelacionado(
            id_documento=row.uuid,
            moneda_dr=row.currency,
            num_parcialidad=row.part,
            imp_saldo_ant=row.balance,
            imp_pagado=row.paid,
            objeto_imp_dr="02",
            serie=row.serie,
            folio=row.folio,
            equivalencia_dr=1,
            impuestos_dr=pago20.ImpuestosDR(
                traslados_dr=[
                    pago20.TrasladoDR(
                        base_dr=tax.base,
                        impuesto_dr=tax.code,
                        tipo_factor_dr=tax.factor,
                        tasa_o_cuota_dr=tax.rate,
                        importe_dr=tax.amount,
                    )
                    for tax in row.taxes
                ]
            ),
        )
        for row in payment.documents
    ]
    money = pago20.Pago(
        fecha_pago=MOMENT,
        forma_de_pago_p=payment.form,
        moneda_p=payment.currency,
        tipo_cambio_p=1,
        docto_relacionado=documents,
        num_operacion=payment.operation,
    )
    return cfdi40.Comprobante.pago(
        emisor=cfdi40.Emisor(rfc=RFC, nombre=ISSUER.name, regimen_fiscal=ISSUER.regime),
        lugar_expedicion=ISSUER.zip,
        receptor=peer_receiver("CP01"),
        complemento_pago=pago20.Pagos(pago=money),
        serie=data.serie,
        folio=data.folio,
        fecha=MOMENT,
    )


def whole_invoice() -> GlobalInvoice:
    """A factura global of many receipts."""
    net, iva = Decimal("300.86"), Decimal("48.14")
    tax = (Tax("002", "Tasa", net, RATE, iva),)
    receipts = (Receipt(f"R-{number:06}", net, tax) for number in range(RECEIPTS))
    info = GlobalInfo("04", "11", 2026)
    return GlobalInvoice(ISSUER, receipts, info, FECHA, RECEIPTS * (net + iva), "01", "G", "1")


def per_document(side: Callable[[int], bytes], documents: int) -> float:
    """Milliseconds of CPU per document."""
    started = time.process_time()
    for number in range(documents):
        side(number)
    return 1000 * (time.process_time() - started) / documents


def cheapest(sides: dict[str, Callable[[int], bytes]], documents: int) -> dict[str, float]:
    """Every side in turn, its cheapest round."""
    rounds = int(os.environ.get("ISP_BENCH_ROUNDS") or 7)
    for side in sides.values():
        side(0)
    runs = [
        {name: per_document(side, documents) for name, side in sides.items()} for _ in range(rounds)
    ]
    return {name: round(min(run[name] for run in runs), 3) for name in sides}


def results() -> list[Result]:
    """Figures of the core beside satcfdi's."""
    pair = keys()
    invoices = [invoice(number) for number in range(DOCUMENTS)]
    reps = [rep(number) for number in range(DOCUMENTS)]

    def signed(document: cfdi40.Comprobante, **options: bool) -> bytes:
        document.sign(pair.peer)
        return document.xml_bytes(**options)

    found = cheapest(
        {
            "build": lambda number: build_comprobante(invoices[number]),
            "invoice": lambda number: prepare(build_comprobante(invoices[number]), pair.ours),
            "invoice_peer": lambda number: signed(peer_invoice(invoices[number])),
            "rep": lambda number: prepare(build_rep(reps[number]), pair.ours),
            "rep_peer": lambda number: signed(peer_rep(reps[number])),
            "rsa": lambda _number: pair.ours.sign(b"||4.0|" * 100),
        },
        DOCUMENTS,
    )
    slow = cheapest(
        {"validated": lambda number: signed(peer_invoice(invoices[number]), validate=True)}, 3
    )
    whole = cheapest(
        {"global": lambda _number: prepare(build_global(whole_invoice()), pair.ours)}, 1
    )
    say(f"of ours: building {found['build']:.3f} ms, the RSA signature {found['rsa']:.3f} ms")
    say(f"factura global: {1000 * whole['global'] / RECEIPTS:.1f} µs per receipt")
    return [
        Result("cfdi_invoice", found["invoice"], found["invoice_peer"], "cpu_ms"),
        Result("cfdi_invoice_validated", found["invoice"], slow["validated"], "cpu_ms"),
        Result("cfdi_rep", found["rep"], found["rep_peer"], "cpu_ms"),
    ]
