from odoo import fields
from odoo.modules import neutralize
from odoo.tests import TransactionCase, tagged

from ..services.events import parse_event

MESSAGE = b'{"type": "charge.succeeded", "transaction": {"id": "tr1", "status": "completed"}}'


@tagged("post_install", "-at_install")
class TestNeutralize(TransactionCase):
    def setUp(self):
        super().setUp()
        self.provider = self.env.ref("isp_payments_mx.payment_provider_openpay")
        self.provider.write(
            {
                "openpay_merchant_id": "m",
                "openpay_private_key": "sk",
                "openpay_base_url": "http://127.0.0.1:9",
                "openpay_webhook_user": "u",
                "openpay_webhook_password": "p",
            }
        )
        partner = self.env["res.partner"].create({"name": "Ana", "email": "ana@example.com"})
        tx = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_spei").id,
                "reference": "NEUTRAL",
                "amount": 100.0,
                "currency_id": self.env.ref("base.MXN").id,
                "partner_id": partner.id,
                "operation": "online_redirect",
            }
        )
        self.voucher = self.env["isp.payment.voucher"]._create_for(tx, start_token="press")
        self.voucher.next_check_at = fields.Datetime.now()
        self.event_model = self.env["isp.payment.event"]
        self.event_model._receive(self.provider, parse_event(MESSAGE))

    def test_copy_of_a_database_charges_nobody(self):
        self.env.flush_all()
        for query in neutralize.get_neutralization_queries(["isp_payments_mx"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(self.provider.openpay_private_key, "dummy")
        self.assertEqual(self.provider.openpay_merchant_id, "dummy")
        self.assertFalse(self.provider.openpay_base_url)
        self.assertFalse(self.provider.openpay_webhook_user)
        self.assertFalse(self.provider.openpay_webhook_password)
        self.assertFalse(self.voucher.start_token)
        self.assertEqual(self.voucher._outbox_process(), 0)
        self.assertFalse(self.voucher.search(self.voucher._sweep_domain()))
        self.assertEqual(self.event_model._outbox_process(), 0)
