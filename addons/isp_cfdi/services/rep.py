"""Build an unsealed CFDI 4.0 of type P with Pagos 2.0 (cfdi.md, section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from . import const, sections
from .catalogs import currency_decimals
from .dto import PaidDocument, Payment, Rep, Tax
from .errors import CfdiDataError
from .problems import Problem
from .rep_taxes import group_taxes
from .rep_totals import PaymentTaxes, least_amount, payment_taxes, rate_of, rep_totals
from .rounding import MAX_DECIMALS, decimals_needed, fixed, half_up, trimmed
from .rules_rep_documents import name_of
from .text import clean
from .xmlwriter import element, group

EQUIVALENCE_DECIMALS = 10
_CONCEPT = element(
    "cfdi:Concepto",
    {
        "ClaveProdServ": const.PRODUCT_PAYMENT,
        "Cantidad": "1",
        "ClaveUnidad": const.UNIT_ACTIVITY,
        "Descripcion": const.TEXT_PAYMENT,
        "ValorUnitario": "0",
        "Importe": "0",
        "ObjetoImp": const.OBJECT_NO,
    },
)


def build_rep(data: Rep) -> bytes:
    """Return the XML without seal.

    Raises ``CfdiDataError`` with one text per problem: a payment below what its documents
    take, more paid than owed, a missing exchange rate.
    """
    problems = rep_problems(data)
    if problems:
        raise CfdiDataError(problems)
    payments = tuple(map(_written, data.payments))
    taxes = [payment_taxes(payment.documents) for payment in payments]
    totals = {name: fixed(value, 2) for name, value in rep_totals(payments, taxes).items()}
    body = element("pago20:Totales", totals) + "".join(map(_payment, payments, taxes))
    complement = element("pago20:Pagos", {"Version": "2.0"}, body)
    return sections.comprobante(
        _header(data),
        (
            sections.relations(data.relations),
            sections.parties(data.issuer, data.receiver, use=const.USE_PAYMENT),
            group("cfdi:Conceptos", [_CONCEPT]),
            group("cfdi:Complemento", [complement]),
        ),
        rep=True,
    )


def rep_problems(data: Rep) -> list[Problem]:
    """Why no REP can be built of ``data``; empty when one can."""
    if not data.payments:
        return [Problem("OWN_PAYMENTS")]
    rows = enumerate(data.payments, 1)
    return [problem for number, row in rows for problem in _payment_problems(number, row)]


def _payment_problems(number: int, payment: Payment) -> list[Problem]:
    if payment.currency != const.CURRENCY_LOCAL and not payment.exchange_rate:
        return [Problem("CRP20214", number=number, currency=payment.currency)]
    if not payment.documents:
        return [Problem("OWN_DOCUMENTS", number=number)]
    problems = [text for document in payment.documents for text in _limits(payment, document)]
    if problems:
        return problems
    least = least_amount(payment.documents, payment.currency)
    return [Problem("CRP20217", number=number, least=least)] if payment.amount < least else []


def _limits(payment: Payment, document: PaidDocument) -> list[Problem]:
    problems = []
    invoice = name_of(document)
    if not 0 < document.paid <= document.balance:
        values = {"paid": document.paid, "balance": document.balance}
        problems.append(Problem("OWN_PAID", invoice=invoice, **values))
    if not 1 <= document.part <= 999:
        problems.append(Problem("OWN_PART", invoice=invoice, part=document.part))
    if document.equivalence <= 0:
        problems.append(Problem("CRP20237", invoice=invoice))
    elif document.currency == payment.currency and document.equivalence != 1:
        problems.append(Problem("CRP20238", invoice=invoice))
    elif decimals_needed(document.equivalence) > EQUIVALENCE_DECIMALS:
        problems.append(Problem("OWN_EQUIVALENCE", invoice=invoice, digits=EQUIVALENCE_DECIMALS))
    return problems


def _written(payment: Payment) -> Payment:
    """The payment with the decimals that SAT will see: its sums are those of what is written."""
    digits = currency_decimals(payment.currency)
    documents = tuple(map(_written_document, payment.documents))
    return replace(payment, amount=half_up(payment.amount, digits), documents=documents)


def _written_document(document: PaidDocument) -> PaidDocument:
    digits = currency_decimals(document.currency)
    taxes = tuple(
        replace(
            tax,
            base=half_up(tax.base, MAX_DECIMALS),
            amount=None if tax.amount is None else half_up(tax.amount, MAX_DECIMALS),
        )
        for tax in group_taxes(document.taxes)
    )
    return replace(
        document,
        taxes=taxes,
        paid=half_up(document.paid, digits),
        balance=half_up(document.balance, digits),
    )


def _header(data: Rep) -> dict[str, str | None]:
    """A REP has no payment form, method, discount or exchange rate of its own."""
    return {
        "Version": const.VERSION,
        "Serie": clean(data.serie, 25),
        "Folio": clean(data.folio, 40),
        "Fecha": data.fecha,
        "SubTotal": "0",
        "Moneda": const.CURRENCY_NONE,
        "Total": "0",
        "TipoDeComprobante": const.TYPE_PAYMENT,
        "Exportacion": data.export,
        "LugarExpedicion": data.issuer.zip,
    }


def _payment(payment: Payment, taxes: PaymentTaxes) -> str:
    bank = payment.bank
    values = {
        "FechaPago": payment.fecha,
        "FormaDePagoP": payment.form,
        "MonedaP": payment.currency,
        "TipoCambioP": trimmed(rate_of(payment), least=0),
        "Monto": fixed(payment.amount, currency_decimals(payment.currency)),
        "NumOperacion": clean(payment.operation, 100),
        "RfcEmisorCtaOrd": bank.payer_rfc,
        "NomBancoOrdExt": clean(bank.payer_name, 300),
        "CtaOrdenante": bank.payer_account,
        "RfcEmisorCtaBen": bank.payee_rfc,
        "CtaBeneficiario": bank.payee_account,
    }
    body = "".join(_document(document) for document in payment.documents)
    return element("pago20:Pago", values, body + _taxes_p(taxes))


def _document(document: PaidDocument) -> str:
    digits = currency_decimals(document.currency)
    taxed = const.OBJECT_YES if document.taxes else const.OBJECT_NO
    values = {
        "IdDocumento": document.uuid.upper(),
        "Serie": clean(document.serie, 25),
        "Folio": clean(document.folio, 40),
        "MonedaDR": document.currency,
        "EquivalenciaDR": trimmed(document.equivalence, least=0, most=EQUIVALENCE_DECIMALS),
        "NumParcialidad": str(document.part),
        "ImpSaldoAnt": fixed(document.balance, digits),
        "ImpPagado": fixed(document.paid, digits),
        "ImpSaldoInsoluto": fixed(document.left, digits),
        "ObjetoImpDR": document.object_tax or taxed,
    }
    return element("pago20:DoctoRelacionado", values, _taxes_dr(document.taxes))


def _taxes_dr(taxes: Iterable[Tax]) -> str:
    """ImpuestosDR: Retenciones before Traslados, one node per tax, factor and rate."""
    rows = tuple(taxes)
    withheld = [_tax("RetencionDR", "DR", tax) for tax in rows if tax.withheld]
    transferred = [_tax("TrasladoDR", "DR", tax) for tax in rows if not tax.withheld]
    return group(
        "pago20:ImpuestosDR",
        [group("pago20:RetencionesDR", withheld), group("pago20:TrasladosDR", transferred)],
    )


def _taxes_p(taxes: PaymentTaxes) -> str:
    """ImpuestosP: withholdings by tax alone, transfers by tax, factor and rate."""
    withheld = [
        element("pago20:RetencionP", {"ImpuestoP": code, "ImporteP": fixed(amount, MAX_DECIMALS)})
        for code, amount in taxes.withholdings
    ]
    transferred = [_tax("TrasladoP", "P", tax) for tax in taxes.transfers]
    return group(
        "pago20:ImpuestosP",
        [group("pago20:RetencionesP", withheld), group("pago20:TrasladosP", transferred)],
    )


def _tax(name: str, suffix: str, tax: Tax) -> str:
    exempt = tax.rate is None
    values = {
        f"Base{suffix}": fixed(tax.base, MAX_DECIMALS),
        f"Impuesto{suffix}": tax.code,
        f"TipoFactor{suffix}": tax.factor,
        f"TasaOCuota{suffix}": None if exempt else fixed(tax.rate or 0, MAX_DECIMALS),
        f"Importe{suffix}": None if exempt else fixed(tax.amount or 0, MAX_DECIMALS),
    }
    return element(f"pago20:{name}", values)
