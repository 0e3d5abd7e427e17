from odoo.modules import neutralize
from odoo.tests import tagged

from odoo.addons.isp_subscription.exceptions import OutboxRetry

from ..const import NOWHERE
from .common import IspCfdiCommon


@tagged("post_install", "-at_install")
class TestNeutralize(IspCfdiCommon):
    def _neutralize(self):
        self.env.flush_all()
        for query in neutralize.get_neutralization_queries(["isp_cfdi"]):
            self.cr.execute(query)
        self.env.invalidate_all()

    def test_nothing_secret_and_no_address_is_left(self):
        self.pac.write({"environment": "production", "token": "x", "base_url": False})
        self._neutralize()
        self.assertEqual(self.pac.environment, "test")
        self.assertFalse(self.pac.login or self.pac.password or self.pac.token)
        self.assertFalse(self.pac.active)
        self.assertEqual(self.pac._isp_base_url(), NOWHERE)
        self.assertEqual(self.pac._isp_sat_url(), NOWHERE)
        self.assertFalse(self.certificate.private_key)

    def test_neutralised_database_can_neither_stamp_nor_seal(self):
        document = self._paid_document()
        self._neutralize()
        with self.assertRaises(OutboxRetry):
            document._outbox_call()
        self.pac.active = True
        with self.assertRaises(OutboxRetry):
            document._outbox_call()
        self.assertEqual(self._paid_document().state, "draft")

    def test_crons_are_off(self):
        self._neutralize()
        for name in ("stamp", "cancel", "sat_status", "certificate_expiry"):
            self.assertFalse(self.env.ref(f"isp_cfdi.ir_cron_{name}").active)
