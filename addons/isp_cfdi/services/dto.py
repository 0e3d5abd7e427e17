"""What the builders need to know: plain, frozen values.  Amounts are Decimal.

=================  =========================  ==============================================
document           DTO                        builder
=================  =========================  ==============================================
income, credit     ``Comprobante``            ``builder.build_comprobante``
  note (I, E)
factura global     ``GlobalInvoice``,         ``global_invoice.build_global``
                   ``Receipt``
payment (REP, P)   ``Rep``, ``Payment``,      ``rep.build_rep``
                   ``PaidDocument``
=================  =========================  ==============================================

Parts of several: ``Issuer``, ``Receiver``, ``Concept``, ``Tax``, ``Relation`` (substitution is
``Relation("04", (uuid,))``, a credit note ``Relation("01", (uuid,))``), ``GlobalInfo``.
Taxes of a part payment: ``rep_taxes.paid_taxes``; of a stamped invoice: ``rep_taxes.taxes_of``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Issuer:
    """Emisor; ``zip`` is the LugarExpedicion."""

    rfc: str
    name: str
    regime: str
    zip: str


@dataclass(frozen=True)
class Receiver:
    """Receptor; ``zip`` is the DomicilioFiscalReceptor.

    ``residence`` (ISO 3166 alpha-3, ResidenciaFiscal) and ``tax_id`` (NumRegIdTrib) belong to
    a foreigner with the RFC XEXX010101000.
    """

    rfc: str
    name: str
    regime: str
    use: str
    zip: str
    residence: str = ""
    tax_id: str = ""


@dataclass(frozen=True)
class Tax:
    """One tax of one concept, amounts always positive.

    ``rate`` is the fraction (0.16) of a Tasa or the amount per unit of a Cuota, None for
    Exento.  ``withheld`` puts it among Retenciones.
    """

    code: str
    factor: str
    base: Decimal
    rate: Decimal | None = None
    amount: Decimal | None = None
    withheld: bool = False

    @property
    def key(self) -> tuple[bool, str, str, Decimal | None]:
        """Group of the summary: kind, tax, factor and rate."""
        return (self.withheld, self.code, self.factor, self.rate)


@dataclass(frozen=True)
class Concept:
    """A Concepto; ``amount`` is Importe before ``discount``, without taxes.

    Amounts are written with at most ``decimals`` of the document, quantity and unit price
    with six.
    """

    product: str
    unit: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount: Decimal = Decimal(0)
    taxes: tuple[Tax, ...] = ()
    reference: str = ""
    unit_name: str = ""
    object_tax: str = ""


@dataclass(frozen=True)
class Relation:
    """CfdiRelacionados: one TipoRelacion with its UUIDs."""

    kind: str
    uuids: tuple[str, ...]


@dataclass(frozen=True)
class GlobalInfo:
    """InformacionGlobal of a factura global.

    ``period`` is c_Periodicidad (01 daily, 02 weekly, 03 fortnightly, 04 monthly, 05 every two
    months), ``months`` c_Meses (01 to 12; 13 to 18 with period 05).
    """

    period: str
    months: str
    year: int


@dataclass(frozen=True)
class Comprobante:
    """A CFDI of type I or E.

    ``fecha`` is the local time of the issuer's postal code, ``YYYY-MM-DDTHH:MM:SS``.
    ``expected_total`` is the invoice's total: the builder refuses any other result.
    ``concepts`` is read once, so it may be a generator.  ``exchange_rate`` is pesos per unit.
    """

    issuer: Issuer
    receiver: Receiver
    concepts: Iterable[Concept]
    fecha: str
    expected_total: Decimal
    serie: str = ""
    folio: str = ""
    kind: str = "I"
    method: str = "PUE"
    form: str = "99"
    currency: str = "MXN"
    exchange_rate: Decimal | None = None
    conditions: str = ""
    export: str = "01"
    relations: tuple[Relation, ...] = field(default_factory=tuple)
    global_info: GlobalInfo | None = None


@dataclass(frozen=True)
class Receipt:
    """One receipt of a factura global: what was sold, without taxes, and its taxes.

    ``reference`` is the folio of the receipt (NoIdentificacion).
    """

    reference: str
    amount: Decimal
    taxes: tuple[Tax, ...] = ()
    discount: Decimal = Decimal(0)
    object_tax: str = ""


@dataclass(frozen=True)
class GlobalInvoice:
    """A factura global: everybody as receiver, one concept per receipt.

    ``receipts`` is read once and never kept, so it may stream out of the database;
    ``expected_total`` is the sum of the receipts with taxes.
    """

    issuer: Issuer
    receipts: Iterable[Receipt]
    info: GlobalInfo
    fecha: str
    expected_total: Decimal
    form: str
    serie: str = ""
    folio: str = ""
    currency: str = "MXN"
    exchange_rate: Decimal | None = None
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class PaidDocument:
    """DoctoRelacionado: an invoice and the part of it that a payment settles.

    Amounts are in ``currency``.  ``equivalence`` is how many units of it one unit of the
    payment's currency buys (EquivalenciaDR, up to ten decimals), 1 in the same currency.
    ``part`` is NumParcialidad (1 to 999), ``balance`` ImpSaldoAnt.  ``taxes`` are those of the
    part that is paid (see ``rep_taxes.paid_taxes``), none of an invoice without taxes.
    ``stated_left`` is what a document that was read says: builders compute it themselves.
    """

    uuid: str
    balance: Decimal
    paid: Decimal
    part: int
    taxes: tuple[Tax, ...] = ()
    currency: str = "MXN"
    equivalence: Decimal = Decimal(1)
    serie: str = ""
    folio: str = ""
    object_tax: str = ""
    stated_left: Decimal | None = None

    @property
    def left(self) -> Decimal:
        """ImpSaldoInsoluto."""
        return self.balance - self.paid


@dataclass(frozen=True)
class PaymentBank:
    """Bank fields of a payment; which of them SAT takes depends on the payment form.

    ``payer_rfc`` RfcEmisorCtaOrd, ``payer_name`` NomBancoOrdExt, ``payer_account``
    CtaOrdenante, ``payee_rfc`` RfcEmisorCtaBen, ``payee_account`` CtaBeneficiario.
    """

    payer_rfc: str = ""
    payer_name: str = ""
    payer_account: str = ""
    payee_rfc: str = ""
    payee_account: str = ""


@dataclass(frozen=True)
class Payment:
    """Pago: money that arrived and the invoices it settles.

    ``fecha`` (FechaPago) is local time without zone.  ``exchange_rate`` is pesos per unit of
    ``currency``; pesos need none.  ``operation`` is the tracking key or the gateway's id.
    """

    fecha: str
    form: str
    amount: Decimal
    documents: tuple[PaidDocument, ...]
    currency: str = "MXN"
    exchange_rate: Decimal | None = None
    operation: str = ""
    bank: PaymentBank = PaymentBank()


@dataclass(frozen=True)
class Rep:
    """A CFDI of type P with Pagos 2.0; the receiver's ``use`` is always written CP01."""

    issuer: Issuer
    receiver: Receiver
    payments: tuple[Payment, ...]
    fecha: str
    serie: str = ""
    folio: str = ""
    relations: tuple[Relation, ...] = ()
    export: str = "01"
