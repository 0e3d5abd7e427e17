import importlib.util
import time
from pathlib import Path
from unittest import SkipTest

from odoo.addons.isp_subscription.tests.common import IspCommon
from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

ROOT = Path(__file__).resolve().parents[3]
PROCESS = ROOT / "tests" / "simulators" / "common" / "process.py"
MERCHANT = "mtestmerchant0000001"
PRIVATE_KEY = "sk_" + "a1" * 16
WEBHOOK_USER = "openpay"
WEBHOOK_PASSWORD = "a password of the tests"


def start_simulator():
    """Start the Openpay simulator of this repository as a process and return its handle.

    :raise SkipTest: the addon is installed without the repository around it
    """
    if not PROCESS.is_file():
        raise SkipTest(f"the simulators are not beside this addon: {PROCESS} is missing")
    spec = importlib.util.spec_from_file_location("isp_simulator_process", PROCESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arguments = ["--merchant", MERCHANT, "--private-key", PRIVATE_KEY]
    return module.SimulatorProcess("openpay", *arguments).start()


class OpenpayMixin:
    """A company whose Openpay account is the simulator, and shorthands for what customers do."""

    @classmethod
    def _set_up_openpay(cls):
        cls.simulator = start_simulator()
        cls.addClassCleanup(cls.simulator.stop)
        cls.spei = cls.env.ref("payment.payment_method_spei")
        cls.paynet = cls.env.ref("isp_payments_mx.payment_method_paynet")
        main_provider = cls.env.ref("isp_payments_mx.payment_provider_openpay").sudo()
        cls.provider = main_provider.copy({"company_id": cls.company.id})
        cls.provider.write(
            {
                "state": "test",
                "is_published": True,
                "openpay_merchant_id": MERCHANT,
                "openpay_private_key": PRIVATE_KEY,
                "openpay_base_url": cls.simulator.url,
                "openpay_webhook_user": WEBHOOK_USER,
                "openpay_webhook_password": WEBHOOK_PASSWORD,
            }
        )
        cls.company.write(
            {"isp_support_phone_1": "4435550142", "isp_support_phone_2": "4435550187"}
        )

    def setUp(self):
        super().setUp()
        self.simulator.post("/_control/reset")

    # === WHAT CUSTOMERS AND BANKS DO === #

    def _start_voucher(self, subscription, months=1, send=True, method="spei", **values):
        """Return the voucher of the portal's button, sent to Openpay unless told otherwise."""
        quote = subscription._get_payment_quote(months)
        voucher = subscription._openpay_get_voucher(quote, method, **values)
        if send:
            voucher._outbox_process_one()
        return voucher

    def _create_transaction(self, reference, amount, **values):
        """Return a draft SPEI transaction as Odoo's own payment form makes it."""
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.spei.id,
                    "reference": reference,
                    "amount": amount,
                    "currency_id": self.mxn.id,
                    "partner_id": self.customer.id,
                    "operation": "online_redirect",
                    **values,
                }
            )
        )

    def _pay_at_bank(self, voucher, amount=None, times=1):
        """The simulator receives the money; returns the (last) charge."""
        data = {"reference": voucher.reference, "times": times}
        if amount is not None:
            data["amount"] = amount
        return self.simulator.post("/_control/pay", data)

    def _message(self, charge, event_type="charge.succeeded"):
        """Return the body of a webhook about a charge."""
        return {"type": event_type, "event_date": charge["operation_date"], "transaction": charge}

    def _work_on_events(self):
        return self.env["isp.payment.event"].sudo()._outbox_process()

    def _receive(self, charge):
        """Book a charge as the worker of the messages does."""
        return self._book(self.provider._openpay_get_charge(charge["id"]))

    def _book(self, data):
        """Book what Openpay is said to have answered."""
        return self.env["payment.transaction"].sudo()._openpay_receive(self.provider, data)

    def _charges(self, **query):
        """The charges the simulator has."""
        return self.simulator.get("/_control/charges")

    def _payments(self, subscription):
        return self.env["account.payment"].search([("isp_subscription_id", "=", subscription.id)])

    def _make_due(self, records):
        records.write({"next_attempt_at": False})

    def _wait_for(self, condition, seconds=10):
        """Wait until ``condition`` holds; the requests of others run meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.05)
        return False


class OpenpayCommon(OpenpayMixin, IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_openpay()


class OpenpayHttpCommon(OpenpayMixin, IspHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_openpay()
