"""One simulator process for the module, well-behaved before every test."""

from __future__ import annotations

import datetime
import itertools
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.cancelation import CancelRequest, sign_cancelation
from isp_cfdi_services.csd import load_csd
from isp_cfdi_services.csd_tools import make_pair
from isp_cfdi_services.dto import Comprobante, Concept, Issuer, Receiver, Relation, Tax
from isp_cfdi_services.pac import errors
from isp_cfdi_services.pac.base import Credentials
from isp_cfdi_services.pac.registry import ADAPTERS
from isp_cfdi_services.sealer import seal

from tests.simulators.common import SimulatorProcess
from tests.simulators.pac.config import Config

RFC = "RTA190412AB9"
RATE = Decimal("0.16")


@pytest.fixture(scope="session")
def csd():
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=10)
    made = make_pair(RFC, "RED TARASCA", password="x-test", valid_from=start)
    return load_csd(*made, "x-test")


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    journal = tmp_path_factory.mktemp("pac") / "journal.jsonl"
    with SimulatorProcess("pac", "--state", str(journal)) as running:
        yield running


@pytest.fixture
def pac(process):
    process.post("/_control/reset")
    process.delete("/_control/fault")
    return process


@pytest.fixture(params=sorted(ADAPTERS))
def kind(request):
    """Every PAC passes the same tests."""
    return ADAPTERS[request.param]


@pytest.fixture
def adapter(pac, kind):
    return kind(pac.url, Credentials(Config.user, Config.password), timeout=2.0)


@pytest.fixture(scope="session")
def sealed(csd):
    """Make a new sealed document; ``hours`` moves its Fecha, ``replaces`` names an earlier one."""
    folios = itertools.count(1)

    def make(hours=0.0, receiver=None, signer=None, replaces="", relation="04"):
        moment = datetime.datetime.now(ZoneInfo("America/Mexico_City"))
        moment += datetime.timedelta(hours=hours)
        net = Decimal("300.862069")
        tax = Tax("002", "Tasa", net, RATE, Decimal("48.137931"))
        data = Comprobante(
            Issuer(RFC, "RED TARASCA", "601", "58000"),
            receiver or Receiver("RAMC900412QX3", "CITLALI RANGEL", "612", "G03", "58000"),
            (Concept("81112101", "E48", "Internet", Decimal(1), net, net, taxes=(tax,)),),
            moment.strftime("%Y-%m-%dT%H:%M:%S"),
            Decimal("349.00"),
            "T",
            str(next(folios)),
            form="03",
            relations=(Relation(relation, (replaces,)),) if replaces else (),
        )
        return seal(build_comprobante(data), signer or csd)

    return make


@pytest.fixture
def settle(adapter):
    """What a worker does after an unknown outcome: ask, and send again when there is none."""

    def run(sent, key):
        try:
            return adapter.recover(sent, key)
        except errors.PacNotStamped:
            return adapter.stamp(sent, key)

    return run


@pytest.fixture
def key():
    return str(uuid.uuid4())


@pytest.fixture
def presented(adapter, csd):
    """Present the cancelation of a UUID."""

    def run(uuid, motive="02"):
        request = CancelRequest(RFC, uuid, motive, "2026-11-22T12:00:00")
        return adapter.cancel(sign_cancelation(request, csd))

    return run
