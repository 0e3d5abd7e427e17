import base64

from freezegun import freeze_time

from .common import OpenpayCommon

HEADER = "BBVA\nCuenta,0123456789\n\nDía,Concepto / Referencia,Cargo,Abono,Saldo\n"
PAID = "2026-01-22 18:00:00"


class BankCommon(OpenpayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.bbva = cls.env.ref("isp_payments_mx.isp_bank_format_bbva")
        cls.generic = cls.env.ref("isp_payments_mx.isp_bank_format_generic")
        cls.subscription = cls._create_subscription(name="RW-000101")
        cls.subscription._bill_periods(1)
        cls.other = cls._create_subscription(
            name="RW-000202", partner_id=cls.other_customer.id, plan_id=cls.plan_100.id
        )
        cls.other._bill_periods(1)

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(PAID, tick=True))

    # === WHAT BILLING DOES === #

    def _import(self, text, form=None, name="jan.csv", read=True, user=None):
        content = text if isinstance(text, bytes) else text.encode()
        records = self.env["isp.bank.import"].with_user(user or self.user_billing)
        record = records.with_context(allowed_company_ids=self.company.ids).create(
            {
                "name": name,
                "file": base64.b64encode(content),
                "journal_id": self.bank.id,
                "format_id": (form or self.bbva).id,
            }
        )
        if read:
            record.action_read()
        return record

    def _row(self, text, amount="349.00", day="22/01/2026", out="", balance=""):
        return f'{day},{text},"{out}","{amount}",{balance}\n'

    def _line(self, text, **values):
        """Return the only line of a file with one movement."""
        return self._import(HEADER + self._row(text, **values)).line_ids

    def _payments_of(self, subscription):
        return self.env["account.payment"].search([("isp_subscription_id", "=", subscription.id)])
