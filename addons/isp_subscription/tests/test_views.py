from odoo.tests import Form, tagged

from .common import IspCommon

ACTIONS = (
    "isp_subscription_action",
    "isp_subscription_action_analysis",
    "isp_subscription_period_action",
    "isp_subscription_period_action_analysis",
    "isp_suspension_action",
    "isp_document_action",
    "account_payment_action_isp",
    "isp_service_address_action",
    "isp_branch_action",
    "isp_zone_action",
    "isp_payment_form_action",
    "isp_subscription_action_to_cut",
    "isp_subscription_action_overdue",
    "isp_subscription_action_promised",
    "isp_subscription_action_to_install",
    "isp_subscription_action_failing",
    "isp_subscription_action_calendar",
    "isp_subscription_report_action",
    "isp_promise_action",
    "isp_notice_action",
    "isp_run_action",
)


@tagged("post_install", "-at_install")
class TestViews(IspCommon):
    def test_every_action_opens_for_who_may_read_it(self):
        self._create_subscription()._bill_periods(1)
        for xmlid in ACTIONS:
            action = self.env["ir.actions.act_window"]._for_xml_id(f"isp_subscription.{xmlid}")
            records = self.env[action["res_model"]].with_user(self.user_readonly)
            views = [(view_id, kind) for view_id, kind in action["views"] if kind != "form"]
            search_view = (action["search_view_id"] or [False])[0]
            with self.subTest(action=xmlid):
                found = records.get_views([*views, (search_view, "search")])
                self.assertEqual(set(found["views"]), {kind for _id, kind in views} | {"search"})

    def test_menus_of_every_role(self):
        expected = {"readonly": False, "cashier": False, "billing": True, "manager": True}
        invoices = self.env.ref("isp_subscription.account_move_menu")
        for role, visible in expected.items():
            user = getattr(self, f"user_{role}")
            menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            with self.subTest(role=role):
                self.assertIn(self.env.ref("isp_subscription.menu_isp_root").id, menus)
                self.assertEqual(invoices.id in menus, visible)
        self.assertNotIn(
            self.env.ref("isp_subscription.menu_isp_config").id,
            self.env["ir.ui.menu"].with_user(self.user_cashier)._visible_menu_ids(),
        )

    def test_subscription_is_sold_from_the_form(self):
        zone = self.env["isp.zone"].create({"name": "Centro", "anchor_day": 21})
        form = Form(self.env["isp.subscription"].with_user(self.user_manager))
        form.partner_id = self.customer
        form.plan_id = self.plan_100
        form.zone_id = zone
        self.assertEqual(form.price_total, 449.0)
        subscription = form.save()
        self.assertEqual(subscription.state, "draft")
        self.assertTrue(subscription.name)

    def test_stat_buttons_open_what_they_count(self):
        subscription = self._create_subscription()
        subscription._bill_periods(2)
        self._pay(subscription, 100.0)
        for name in ("invoices", "payments", "periods", "documents"):
            action = getattr(subscription, f"action_view_{name}")()
            number = self.env[action["res_model"]].search_count(action["domain"])
            with self.subTest(button=name):
                self.assertEqual(number, subscription[f"{name[:-1]}_count"])

    def test_bill_next_period_opens_the_invoice(self):
        subscription = self._create_subscription()
        action = subscription.with_user(self.user_billing).action_bill_next_period()
        self.assertEqual(action["res_id"], subscription.period_ids.move_id.id)
