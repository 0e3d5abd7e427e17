import importlib.util
import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path

from odoo import fields

from odoo.addons.isp_subscription.tests.common import IspCommon

from ..services.csd_tools import make_pair

ISSUER_RFC = "RTA190412AB9"
CUSTOMER_RFC = "RAMC900412QX3"
CSD_PASSWORD = "only-for-tests"
PROCESS = Path(__file__).resolve().parents[3] / "tests/simulators/common/process.py"


def load_simulators():
    """Return the module that starts simulators, or skip when they are not beside the addon."""
    if not PROCESS.is_file():
        raise unittest.SkipTest("the PAC simulator (tests/simulators) is not beside the addons")
    spec = importlib.util.spec_from_file_location("isp_cfdi_simulators", PROCESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class IspCfdiCommon(IspCommon):
    """A company that can seal: RFC, regime, place, certificate; no PAC is reachable."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "name": "Red Tarasca SA de CV",
                "vat": ISSUER_RFC,
                "zip": "58000",
                "isp_cfdi_regime": "601",
            }
        )
        cls.customer.write(
            {
                "name": "Citlali Rangel Mora",
                "vat": CUSTOMER_RFC,
                "zip": "58110",
                "isp_cfdi_regime": "612",
                "isp_cfdi_use": "G03",
            }
        )
        cls.csd_pair = make_pair(
            ISSUER_RFC,
            "RED TARASCA SA DE CV",
            password=CSD_PASSWORD,
            valid_from=datetime.now(UTC) - timedelta(days=30),
        )
        certificates = cls.env["isp.cfdi.certificate"].sudo()
        cls.certificate = certificates._isp_import(cls.company, *cls.csd_pair, CSD_PASSWORD)
        cls.pac = cls.env["isp.cfdi.pac"].create(cls._prepare_pac_vals())
        cls.company.isp_cfdi_pac_id = cls.pac
        # The sequence of folios is made here: one made in a test would start again in the next.
        for kind in ("I", "E", "P", "G"):
            cls.company._isp_cfdi_next_folio(kind)
        cls.documents = cls.env["isp.cfdi.document"].sudo()

    @classmethod
    def _prepare_pac_vals(cls):
        """Port 9 of this machine: nobody answers."""
        return {
            "name": "PAC",
            "company_id": cls.company.id,
            "base_url": "http://127.0.0.1:9",
            "sat_url": "http://127.0.0.1:9",
            "login": "demo@isp.example",
            "password": "demo-pac",
        }

    def _paid_document(self, months=1, form="spei", partner=None):
        """Pay ``months`` of a new subscription; return its fiscal document."""
        subscription = self._create_subscription(partner_id=(partner or self.customer).id)
        before = self.documents.search([])
        amount = subscription._get_payment_quote(months)["total"]
        self.payment = self._pay(subscription, amount, form=form, months=months)
        return self.documents.search([]) - before


class IspPacCommon(IspCfdiCommon):
    """`IspCfdiCommon` with the PAC and SAT simulator as a process of its own."""

    def setUp(self):
        super().setUp()
        self.simulator.post("/_control/reset")
        self.simulator.delete("/_control/fault")

    @classmethod
    def _prepare_pac_vals(cls):
        # Started after Odoo's own set-up, so that it is stopped before Odoo looks for children.
        cls.simulator = load_simulators().SimulatorProcess("pac").start()
        cls.addClassCleanup(cls.simulator.stop)
        url = cls.simulator.url
        return {**super()._prepare_pac_vals(), "base_url": url, "sat_url": url}

    def _stamped_document(self, **values):
        """Return a paid and stamped document."""
        document = self._paid_document(**values)
        document._outbox_process_one()
        self.assertEqual(document.state, "stamped", document.last_error)
        return document

    def _stamps(self, document):
        """Return how many stamps the simulator holds for the document's folio."""
        stamps = self.simulator.get("/_control/stamps")
        return len([stamp for stamp in stamps if stamp["name"] == document.name])

    def _due(self, record):
        """Let the back-off pass, and the worker come."""
        record.next_attempt_at = fields.Datetime.now() - timedelta(seconds=1)
        record._outbox_process_one()

    def _mode(self, mode):
        """Let the PAC answer its next call strangely."""
        self.simulator.post("/_control/mode", {"mode": mode})
