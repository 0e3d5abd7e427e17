from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-18 18:00:00")
class TestMassAction(IspCommon):
    """A Wednesday; the customers are due on the 21st."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_cut_needs_notice = False
        cls.good = cls._create_subscription()
        cls.good._bill_periods(2, date=date(2026, 1, 16))
        cls._pay(cls.good, 698.0)
        cls.late = cls._create_subscription(partner_id=cls.other_customer.id)
        cls.late._bill_periods(1, date=date(2026, 1, 16))
        cls.draft = cls._create_subscription(state="draft", date_start=False)
        cls.all = cls.good | cls.late | cls.draft

    def _wizard(self, action, role="billing", services=None, **values):
        wizards = self.env["isp.mass.action"].with_user(getattr(self, f"user_{role}"))
        wizards = wizards.with_company(self.company)
        chosen = (services or self.all).ids
        return wizards.create({"action": action, "subscription_ids": [(6, 0, chosen)], **values})

    def _preview(self, action, role="billing", services=None, **values):
        wizard = self._wizard(action, role, services, **values)
        wizard.action_preview()
        return wizard

    def _line(self, wizard, subscription):
        return wizard.line_ids.filtered(lambda line: line.subscription_id.id == subscription.id)

    def _execute(self, wizard):
        """Press the button in an environment that may commit."""
        with self._committing_env() as env:
            env(user=wizard.env.uid)["isp.mass.action"].browse(wizard.id).action_execute()
        wizard.invalidate_recordset()
        self.env.invalidate_all()

    def test_the_preview_changes_nothing_and_gives_reasons(self):
        before = len(self.all.period_ids)
        wizard = self._preview("bill")
        self.assertEqual(
            (wizard.state, wizard.ready_count, wizard.skipped_count), ("preview", 2, 1)
        )
        self.assertIn("349.00", self._line(wizard, self.good).text)
        self.assertIn("DRAFT", self._line(wizard, self.draft).text)
        self.assertEqual(len(self.all.period_ids), before)

    def test_what_was_previewed_is_done_once(self):
        wizard = self._preview("bill")
        self._execute(wizard)
        self.assertEqual((wizard.state, wizard.done_count), ("done", 2))
        self.assertEqual((len(self.good.period_ids), len(self.late.period_ids)), (3, 2))
        self.assertEqual(self._line(wizard, self.late).result, self.late.period_ids[0].move_id.name)
        self._execute(wizard)
        self.assertEqual((len(self.good.period_ids), len(self.late.period_ids)), (3, 2))

    def test_never_more_than_was_previewed(self):
        wizard = self._preview("bill")
        self.good.sudo()._bill_periods(1)  # somebody else was faster: the next one is another
        self._execute(wizard)
        self.assertEqual(self._line(wizard, self.good).state, "changed")
        self.assertEqual(len(self.good.period_ids), 3)
        self.assertEqual(self._line(wizard, self.late).state, "done")

    def test_one_failure_stops_nobody(self):
        wizard = self._preview("bill")
        line = self._line(wizard, self.good)
        self.patch(type(wizard), "_do_bill", self._failing_bill(type(wizard)._do_bill))
        self._execute(wizard)
        self.assertEqual(line.state, "failed")
        self.assertIn("no account", line.result)
        self.assertEqual(self._line(wizard, self.late).state, "done")
        self.assertEqual(len(self.good.period_ids), 2)

    def _failing_bill(self, original):
        good = self.good.id

        def bill(wizard, subscription):
            result = original(wizard, subscription)
            if subscription.id == good:
                raise UserError("no account")  # pylint: disable=translation-required
            return result

        return bill

    def test_cut_takes_only_who_may_be_cut(self):
        wizard = self._preview("cut")
        self.assertEqual(wizard.line_ids.mapped("state"), ["ready", "skipped", "skipped"])
        self.assertIn("Nothing overdue", self._line(wizard, self.good).text)
        self._execute(wizard)
        self.assertEqual(self.late.state, "suspended")
        self.assertEqual(self.late.suspension_ids.reason, "debt")
        self.assertEqual(self.good.state, "active")

    def test_payment_between_preview_and_cut(self):
        wizard = self._preview("cut")
        self._pay(self.late, 349.0)
        self._execute(wizard)
        self.assertEqual(self.late.state, "active")
        self.assertEqual(self._line(wizard, self.late).state, "changed")

    def test_reactivate(self):
        self.late.action_suspend()
        wizard = self._preview("reactivate")
        self.assertIn("349.00", self._line(wizard, self.late).text)
        self._execute(wizard)
        self.assertEqual(self.late.state, "active")

    def test_promise_and_reminder_of_the_cashier(self):
        wizard = self._preview("promise", role="cashier", date_until=date(2026, 3, 25))
        self.assertEqual(wizard.ready_count, 1)
        self._execute(wizard)
        self.assertEqual(self.late.promised_until, date(2026, 3, 25))
        reminder = self._preview("reminder", role="cashier")
        self.assertEqual(self._line(reminder, self.late).state, "ready")
        self._execute(reminder)
        self.assertEqual(reminder.done_count, 1, reminder.line_ids.mapped("result"))
        self.assertEqual(self.late.notice_ids.filtered(lambda n: n.kind == "reminder").amount, 349)
        again = self._preview("reminder", role="cashier")
        self.assertIn("today already", self._line(again, self.late).text)

    def test_contract_changes(self):
        wizard = self._preview("anchor", anchor_day=5)
        self.assertEqual(wizard.ready_count, 3)
        self._execute(wizard)
        self.assertEqual(set(self.all.mapped("anchor_day")), {5})
        zone = self.env["isp.zone"].create({"name": "Norte", "anchor_day": 9})
        wizard = self._preview("zone", role="technician", zone_id=zone.id)
        self._execute(wizard)
        self.assertEqual(self.all.zone_id, zone)
        branch = self.env["isp.branch"].create({"name": "Sur", "code": "SUR"})
        self._execute(self._preview("branch", role="cashier", branch_id=branch.id))
        self.assertEqual(self.all.branch_id, branch)
        again = self._preview("branch", role="cashier", branch_id=branch.id)
        self.assertEqual(again.skipped_count, 3)

    def test_plan_change_at_the_next_cut(self):
        wizard = self._preview("plan_change", services=self.good, plan_id=self.plan_100.id)
        self.assertIn("449.00", wizard.line_ids.text)
        self._execute(wizard)
        self.assertEqual(self.good.plan_id, self.plan_50)
        self.assertEqual(self.good.open_change_id.plan_to_id, self.plan_100)

    def test_every_role_presses_its_own_actions_only(self):
        allowed = {
            "technician": {"zone"},
            "cashier": {"zone", "branch", "promise", "reminder", "plan_change"},
            "billing": {name for name, _label in self._actions()},
            "manager": {name for name, _label in self._actions()},
        }
        values = {"date_until": date(2026, 3, 25), "plan_id": self.plan_100.id, "anchor_day": 5}
        values["zone_id"] = self.env["isp.zone"].create({"name": "Norte"}).id
        values["branch_id"] = self.env["isp.branch"].create({"name": "Sur", "code": "SUR"}).id
        for role, mine in allowed.items():
            for action, _label in self._actions():
                wizard = self._wizard(action, role, **values)
                with self.subTest(role=role, action=action):
                    if action in mine:
                        wizard.action_preview()
                        continue
                    for press in (wizard.action_preview, wizard.action_execute):
                        self.assertRaises(AccessError, press)
        with self.assertRaises(AccessError):
            self._wizard("zone", "readonly", **values)

    def _actions(self):
        return self.env["isp.mass.action"]._fields["action"].selection

    def test_lines_are_not_written_by_hand(self):
        wizard = self._preview("bill")
        with self.assertRaises(AccessError):
            self._line(wizard, self.draft).write({"state": "ready"})
        with self.assertRaises(AccessError):
            wizard.line_ids.with_user(self.user_cashier).read(["text"])

    def test_incomplete_choices_say_what_is_missing(self):
        for action in ("promise", "plan_change", "zone", "branch"):
            with self.subTest(action=action), self.assertRaisesRegex(UserError, "Choose"):
                self._wizard(action).action_preview()
        with self.assertRaisesRegex(UserError, "between 1 and 31"):
            self._wizard("anchor", anchor_day=32).action_preview()
        empty = self.env["isp.mass.action"].with_user(self.user_billing).create({"action": "bill"})
        with self.assertRaisesRegex(UserError, "list first"):
            empty.action_preview()

    def test_services_of_another_company_are_refused(self):
        company = self._create_company(name="Second ISP")
        self.user_billing.company_ids += company
        wizard = self._wizard("bill")
        wizard.sudo().company_id = company
        with self.assertRaisesRegex(UserError, "one company"):
            wizard.sudo().action_preview()

    def test_form_takes_the_selection_of_the_list(self):
        wizards = (
            self.env["isp.mass.action"]
            .with_user(self.user_billing)
            .with_context(active_model="isp.subscription", active_ids=self.all.ids)
        )
        form = Form(wizards)
        form.action = "anchor"
        form.anchor_day = 15
        wizard = form.save()
        self.assertEqual(wizard.subscription_ids.ids, sorted(self.all.ids, reverse=True))
        self.assertEqual(wizard.subscription_count, 3)
        wizard.action_preview()
        wizard.action_back()
        self.assertFalse(wizard.line_ids)
        self.assertEqual(wizard.state, "choose")
