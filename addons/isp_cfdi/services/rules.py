"""Rules of Anexo 20 that SAT's schema does not check: header and global information.

Every rule returns problems that name the field; SAT's code stands in front so that a clerk
and the documentation can find it.
"""

from __future__ import annotations

from . import const
from .catalogs import catalog
from .const import CFDI
from .nodes import Node
from .postal import postal_code
from .problems import Problem

_INVOICES = (const.TYPE_INCOME, const.TYPE_CREDIT)
_MONTHS = {f"{month:02}" for month in range(1, 13)}
_PAIRS = {f"{month:02}" for month in range(13, 19)}
_PERIOD_TWO_MONTHS = "05"
_REGIME_TWO_MONTHS = "621"


def check_header(root: Node) -> list[Problem]:
    """Type, place of issue and export."""
    problems = []
    kind, place = root.get("TipoDeComprobante", ""), root.get("LugarExpedicion", "")
    if kind not in (*_INVOICES, const.TYPE_PAYMENT):
        problems.append(Problem("CFDI40121", kind=kind))
    if postal_code(place) is None:
        problems.append(Problem("CFDI40126", zip=place))
    if kind in _INVOICES and root.get("Exportacion") == "02":
        problems.append(Problem("CFDI40122", export="02"))
    return problems


def check_payment(root: Node) -> list[Problem]:
    """PPD goes with form 99 and PUE with a real one."""
    form, method = root.get("FormaPago", ""), root.get("MetodoPago", "")
    problems = []
    if form not in catalog("forma_pago"):
        problems.append(Problem("CFDI40104", form=form))
    if not method:
        problems.append(Problem("CFDI40124"))
    elif (method == const.METHOD_PPD) != (form == const.FORM_TO_DEFINE):
        problems.append(Problem("CFDI40105", form=form, method=method))
    return problems


def check_currency(root: Node) -> list[Problem]:
    """A foreign currency goes with its rate, pesos with none or 1."""
    currency, rate = root.get("Moneda", ""), root.get("TipoCambio")
    if currency == const.CURRENCY_NONE:
        return [Problem("CFDI40116")] if rate else []
    if currency == const.CURRENCY_LOCAL:
        return [Problem("CFDI40114")] if rate not in (None, "1") else []
    return [] if rate else [Problem("CFDI40115", currency=currency)]


def check_global(root: Node) -> list[Problem]:
    """InformacionGlobal goes with the receiver PUBLICO EN GENERAL on type I, never else."""
    info, receiver = root.find(f"{CFDI}InformacionGlobal"), root.find(f"{CFDI}Receptor")
    wanted = (
        receiver is not None
        and receiver.get("Rfc") == const.RFC_GENERIC
        and receiver.get("Nombre") == const.NAME_GENERIC
        and root.get("TipoDeComprobante") == const.TYPE_INCOME
    )
    if wanted != (info is not None):
        return [Problem("CFDI40130")]
    return [] if info is None else _check_period(root, info)


def _check_period(root: Node, info: Node) -> list[Problem]:
    """Months fit the period, the year is the document's or the one before."""
    period, months = info.get("Periodicidad", ""), info.get("Meses", "")
    year, issuer = info.get("Año", ""), root.find(f"{CFDI}Emisor")
    problems = []
    if period == _PERIOD_TWO_MONTHS:
        if issuer is not None and issuer.get("RegimenFiscal") != _REGIME_TWO_MONTHS:
            problems.append(Problem("CFDI40132"))
        if months not in _PAIRS:
            problems.append(Problem("CFDI40135", months=months))
    elif months not in _MONTHS:
        problems.append(Problem("CFDI40134", months=months, period=period))
    issued = root.get("Fecha", "")[:4]
    if not (year.isdigit() and issued.isdigit() and int(issued) - int(year) in (0, 1)):
        problems.append(Problem("CFDI40136", year=year))
    return problems
