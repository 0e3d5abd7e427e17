from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TrafficCommon


@tagged("post_install", "-at_install")
class TestScan(TrafficCommon):
    """The wizard that walks a device and links what it finds."""

    def _wizard(self, device=None, user=None, **values):
        device = (device or self.north).with_user(user or self.user_technician)
        action = device.action_discover()
        wizard = self.env[action["res_model"]].with_user(device.env.user).browse(action["res_id"])
        wizard.write(values)
        return wizard

    def _comment(self, **comments):
        for user, comment in comments.items():
            self.simulator.call("line", user=user, comment=comment)
            self.addCleanup(self.simulator.call, "line", user=user, comment="")

    def _found(self, wizard, key):
        return wizard.line_ids.filtered(lambda line: line.key == key)

    def test_walk_shows_what_is_there(self):
        wizard = self._wizard()
        wizard.action_walk()
        self.assertEqual(len(wizard.line_ids), 10)
        self.assertEqual(self._found(wizard, "linea001").state, "linked")
        self.assertEqual(self._found(wizard, "linea001").subscription_id, self.subscription)
        self.assertEqual(self._found(wizard, "linea003").state, "new")
        self.assertFalse(wizard.selected_count)
        self.assertEqual(self.north.interface_count, 2)

    def test_rule_by_contract_in_the_comment(self):
        service = self._create_subscription()
        self._comment(linea003=f"cli {service.name}", linea004="cli nadie")
        wizard = self._wizard(
            source="if_hc", containing="pppoe", pattern="cli {value}", match_by="contract"
        )
        wizard.action_walk()
        wizard.action_match()
        found = self._found(wizard, "<pppoe-linea003>")
        self.assertEqual((found.subscription_id, found.state), (service, "proposed"))
        self.assertEqual(wizard.selected_count, 1)
        self.assertFalse(service.isp_interface_ids, "a preview links nothing")
        wizard.action_apply()
        self.assertEqual(service.isp_interface_ids.key, "<pppoe-linea003>")
        self._cycle(self.north)
        self.assertEqual(service.isp_interface_ids.status, "ok")

    def test_rule_by_pppoe_user(self):
        service = self._create_subscription(pppoe_user="Linea003")
        wizard = self._wizard()
        wizard.action_walk()
        wizard.action_match()
        self.assertEqual(self._found(wizard, "linea003").subscription_id, service)
        wizard.action_apply()
        self.assertEqual(service.isp_interface_ids.key, "linea003")

    def test_rule_by_customer_name_without_accents(self):
        self.other_line.unlink()
        self._comment(linea005="TOMAS ARRIAGA")
        wizard = self._wizard(source="if_alias", match_by="customer", match_in="key")
        wizard.action_walk()
        wizard.action_match()
        found = self._found(wizard, "TOMAS ARRIAGA")
        self.assertEqual(found.subscription_id, self.other_subscription)

    def test_who_has_a_line_or_a_namesake_needs_a_person(self):
        self._create_subscription(partner_id=self.other_customer.id)
        self._comment(linea005="Tomás Arriaga", linea006="Rosa Elena Ibarra")
        wizard = self._wizard(source="if_alias", match_by="customer")
        wizard.action_walk()
        wizard.action_match()
        self.assertEqual(self._found(wizard, "Tomás Arriaga").state, "several")
        self.assertEqual(self._found(wizard, "Rosa Elena Ibarra").state, "taken")
        self.assertFalse(wizard.selected_count)

    def test_measured_by_another_source(self):
        self._cycle(self.north)
        wizard = self._wizard(source="if_hc")
        wizard.action_walk()
        self.assertEqual(self._found(wizard, "<pppoe-linea001>").state, "twin")
        self.assertEqual(self._found(wizard, "ether1").state, "new")

    def test_tick_all_and_by_hand(self):
        wizard = self._wizard()
        wizard.action_walk()
        wizard.action_select_all()
        self.assertEqual(wizard.selected_count, 8)
        with Form(wizard) as form, form.line_ids.edit(0) as row:
            row.selected = True
        action = wizard.action_apply()
        self.assertEqual(self.north.interface_count, 10)
        self.assertGreaterEqual(len(action["domain"][0][2]), 8)

    def test_nothing_ticked(self):
        wizard = self._wizard()
        wizard.action_walk()
        with self.assertRaises(UserError):
            wizard.action_apply()

    def test_pattern_that_cannot_be_used(self):
        wizard = self._wizard(pattern="cli-(.*)")
        wizard.action_walk()
        with self.assertRaises(ValidationError):
            wizard.action_match()

    def test_nothing_found(self):
        wizard = self._wizard(source="mt_queue")
        wizard.action_walk()
        self.assertIn("another source", wizard.note)

    def test_silent_device(self):
        self.north.community = "wrong"
        with self.assertRaises(UserError):
            self._wizard().action_walk()

    def test_roles(self):
        for role in ("readonly", "cashier", "billing"):
            with self.assertRaises(AccessError):
                self._wizard(user=getattr(self, f"user_{role}"))
        wizard = self._wizard()
        wizard.action_walk()
        colleague = new_test_user(
            self.env, login="other_tech", groups="isp_subscription.group_isp_technician"
        )
        for record in (wizard, wizard.line_ids[0]):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                record.with_user(colleague).read(["create_uid"])
