"""Documents, certificates and a made-up issuer for the tests of the pure core."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from isp_cfdi_services.csd import Csd, load_csd
from isp_cfdi_services.csd_tools import make_pair
from isp_cfdi_services.dto import Comprobante, Concept, Issuer, Receiver, Tax
from isp_cfdi_services.rounding import half_up
from isp_cfdi_services.totals import compute_totals

ISSUER_RFC = "RTA190412AB9"
RFC = "RAMC900412QX3"
PASSWORD = "only-for-tests"
ISSUER = Issuer(ISSUER_RFC, "RED TARASCA", "601", "58000")
RECEIVER = Receiver(RFC, "CITLALI RANGEL MORA", "612", "G03", "58000")
IVA = Decimal("0.16")
FECHA = "2026-11-22T12:00:00"


@lru_cache(maxsize=4)
def pair(rfc: str = ISSUER_RFC) -> tuple[bytes, bytes]:
    """A CSD-like pair, made once per RFC."""
    return make_pair(rfc, "RED TARASCA SA DE CV", password=PASSWORD)


@lru_cache(maxsize=4)
def csd(rfc: str = ISSUER_RFC) -> Csd:
    """The opened pair."""
    return load_csd(*pair(rfc), PASSWORD)


def iva(base: Decimal, rate: Decimal = IVA, **values) -> Tax:
    """IVA of ``base`` with six decimals."""
    return Tax("002", "Tasa", base, rate, half_up(base * rate, 6), **values)


def concept(amount: str = "300.862069", **values) -> Concept:
    """One month of internet, 349.00 with IVA."""
    net = Decimal(amount)
    defaults = {
        "product": "81112101",
        "unit": "E48",
        "description": "Internet 50/20 Mbps, 21 nov - 20 dic",
        "quantity": Decimal(1),
        "unit_price": net,
        "amount": net,
        "taxes": (iva(net),),
    }
    return Concept(**{**defaults, **values})


def document(*concepts: Concept, **values) -> Comprobante:
    """A document whose expected total is the sum of its concepts."""
    rows = concepts or (concept(),)
    defaults = {
        "issuer": ISSUER,
        "receiver": RECEIVER,
        "fecha": FECHA,
        "expected_total": compute_totals(rows).total,
        "serie": "A",
        "folio": "1",
        "form": "03",
    }
    return Comprobante(concepts=rows, **{**defaults, **values})
