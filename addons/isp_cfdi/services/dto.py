"""What the builder needs to know: plain, frozen values.  Amounts are Decimal."""

from __future__ import annotations

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
    """Receptor; ``zip`` is the DomicilioFiscalReceptor."""

    rfc: str
    name: str
    regime: str
    use: str
    zip: str


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
    """InformacionGlobal of a factura global."""

    period: str
    months: str
    year: int


@dataclass(frozen=True)
class Comprobante:
    """A CFDI of type I or E.

    ``fecha`` is the local time of the issuer's postal code, ``YYYY-MM-DDTHH:MM:SS``.
    ``expected_total`` is the invoice's total: the builder refuses any other result.
    """

    issuer: Issuer
    receiver: Receiver
    concepts: tuple[Concept, ...]
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
