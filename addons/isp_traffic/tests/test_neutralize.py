from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestNeutralize(TrafficCommon):
    def test_copy_of_the_database_asks_nobody(self):
        self.north.write({"v3_user": "u", "v3_auth_key": "k" * 8, "v3_priv_key": "p" * 8})
        self.env.flush_all()
        for query in get_neutralization_queries(["isp_traffic"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        devices = self.env["isp.device"].with_context(active_test=False).search([])
        for name in ("community", "v3_user", "v3_auth_key", "v3_priv_key"):
            self.assertEqual(set(devices.mapped(name)), {False}, name)
        self.assertFalse(devices.filtered("active"))
        self.assertFalse(self.env["isp.device"]._due_devices(300))
