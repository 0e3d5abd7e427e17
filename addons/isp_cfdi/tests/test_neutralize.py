from odoo.exceptions import UserError, ValidationError
from odoo.modules import neutralize
from odoo.tests import tagged

from odoo.addons.isp_subscription.exceptions import OutboxRetry

from ..const import NOWHERE, PAC_URLS
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

    def test_no_real_pac_from_a_copy_whatever_is_filled_in(self):
        """Somebody enters the real access in a copy and switches it on."""
        parameters = self.env["ir.config_parameter"].sudo()
        real = {"active": True, "environment": "production", "base_url": False, "token": "real"}
        self.pac.write(real)
        self.assertEqual(self.pac._isp_why_not_here(), "")
        self.assertTrue(self.pac._isp_adapter())
        parameters.set_param("database.uuid", "copied")
        document = self._paid_document()
        self.assertRegex(self.pac._isp_why_not_here(), "another database")
        with self.assertRaisesRegex(OutboxRetry, "another database"):
            document._outbox_call()
        parameters.set_param("database.is_neutralized", True)
        self.pac.write(real)
        for call in (document._outbox_call, document._outbox_recover):
            with self.assertRaisesRegex(OutboxRetry, "copy for tests"):
                call()
        with self.assertRaises(UserError):
            self.pac.action_test()
        self.pac.base_url = "https://services.sw.com.mx\\@127.0.0.1"
        self.assertRegex(self.pac._isp_why_not_here(), "copy for tests")
        self.pac.base_url = False
        document._outbox_process_one()
        self.assertEqual((document.outbox_state, document.uuid), ("ready", False))

    def test_sandbox_of_the_pac_is_allowed_in_a_copy(self):
        self.env["ir.config_parameter"].sudo().set_param("database.is_neutralized", True)
        self.pac.write({"environment": "test", "base_url": False})
        self.assertEqual(self.pac._isp_why_not_here(), "")
        with self.assertRaisesRegex(ValidationError, "real PAC"):
            self.pac.base_url = PAC_URLS[("finkok", "production")]
        with self.assertRaisesRegex(ValidationError, "real PAC"):
            self.pac.base_url = PAC_URLS[("finkok", "production")] + "./"
