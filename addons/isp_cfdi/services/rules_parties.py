"""Rules of the issuer and the receiver: RFC, postal code, tax regime, use, residence."""

from __future__ import annotations

from . import const
from .catalogs import catalog
from .const import CFDI
from .nodes import Node
from .postal import postal_code
from .problems import Problem
from .text import is_generic_rfc, is_legal_person, is_rfc


def check_parties(root: Node) -> list[Problem]:
    """Issuer and receiver on their own and together."""
    issuer, receiver = root.find(f"{CFDI}Emisor"), root.find(f"{CFDI}Receptor")
    if issuer is None or receiver is None:
        return [Problem("XSD", text="The issuer or the receiver is missing.")]
    return [
        *_check_issuer(issuer),
        *_check_receiver(receiver),
        *_check_generic(root, receiver),
        *_check_foreigner(receiver),
    ]


def _check_issuer(issuer: Node) -> list[Problem]:
    rfc, regime = issuer.get("Rfc", ""), issuer.get("RegimenFiscal", "")
    if not is_rfc(rfc):
        return [Problem("CFDI40138", rfc=rfc)]
    if regime not in catalog("regimen"):
        return [Problem("CFDI40140", regime=regime)]
    return [] if regime_fits(regime, rfc) else [Problem("CFDI40141", regime=regime)]


def _check_receiver(receiver: Node) -> list[Problem]:
    rfc, use = receiver.get("Rfc", ""), receiver.get("UsoCFDI", "")
    regime = receiver.get("RegimenFiscalReceptor", "")
    place = receiver.get("DomicilioFiscalReceptor", "")
    problems = []
    if not is_rfc(rfc):
        problems.append(Problem("CFDI40143", rfc=rfc))
    if postal_code(place) is None:
        problems.append(Problem("CFDI40147", zip=place))
    if regime not in catalog("regimen"):
        problems.append(Problem("CFDI40157", regime=regime))
    elif not regime_fits(regime, rfc):
        problems.append(Problem("CFDI40158", regime=regime))
    if use not in const.USE_REGIMES:
        problems.append(Problem("CFDI40160", use=use))
    elif regime not in const.USE_REGIMES[use]:
        problems.append(Problem("CFDI40161", use=use, regime=regime))
    return problems


def regime_fits(regime: str, rfc: str) -> bool:
    """Whether a tax regime exists for the kind of person that ``rfc`` names."""
    regimes = const.LEGAL_REGIMES if is_legal_person(rfc) else const.NATURAL_REGIMES
    return regime in regimes


def _check_generic(root: Node, receiver: Node) -> list[Problem]:
    """A generic RFC lives at the issuer's postal code with tax regime 616."""
    if not is_generic_rfc(receiver.get("Rfc")):
        return []
    problems = []
    place = root.get("LugarExpedicion", "")
    if receiver.get("DomicilioFiscalReceptor") != place:
        problems.append(Problem("CFDI40149", zip=place))
    if receiver.get("RegimenFiscalReceptor") != const.REGIME_NONE:
        problems.append(Problem("CFDI40159"))
    return problems


def _check_foreigner(receiver: Node) -> list[Problem]:
    """Residence and foreign tax id belong to the foreign RFC."""
    residence, tax_id = receiver.get("ResidenciaFiscal"), receiver.get("NumRegIdTrib")
    if residence is None and tax_id is None:
        return []
    if receiver.get("Rfc") != const.RFC_FOREIGN:
        return [Problem("CFDI40151" if residence else "CFDI40154")]
    if residence is None:
        return [Problem("CFDI40153")]
    return [Problem("CFDI40152")] if residence == "MEX" else []
