from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import IspCommon

STAFF = ("readonly", "technician", "cashier", "billing", "manager")
OFFICE = "cashier billing manager"
MONEY = "billing manager"
# model: (who may read, create, write, delete)
RIGHTS = {
    "isp.promise": ("all", OFFICE, "", ""),
    "isp.holiday": ("all", "manager", "manager", "manager"),
    "isp.network.order": ("all", "", "", ""),
    "isp.notice": ("all", "", "", ""),
    "isp.run": ("all", "", "", MONEY),
    "isp.plan.change": ("all", "", "", ""),
    "isp.cancel.reason": ("all", "manager", "manager", "manager"),
    "isp.allocation": ("all", "", "", ""),
    "isp.subscription.report": ("all", "", "", ""),
    "isp.reconnection.report": ("all", "", "", ""),
    "isp.mass.action": (
        "technician cashier billing manager",
        "technician cashier billing manager",
        "technician cashier billing manager",
        "technician cashier billing manager",
    ),
    "isp.mass.action.line": ("technician cashier billing manager", "", "", ""),
    "isp.counter.payment": ("cashier manager",) * 4,
    "isp.plan.change.wizard": (OFFICE,) * 4,
    "isp.run.simulate": (MONEY,) * 4,
}
# button of a service: who may press it
BUTTONS = {
    "action_confirm": OFFICE,
    "action_activate": "technician billing manager",
    "action_bill_next_period": MONEY,
    "action_suspend": MONEY,
    "action_pause": MONEY,
    "action_reactivate": MONEY,
    "action_cancel": MONEY,
    "action_promise": OFFICE,
    "action_extension": OFFICE,
    "action_change_plan": OFFICE,
}
PRIVATE = (
    "_set_state",
    "_suspend",
    "_reactivate",
    "_bill_periods",
    "_isp_invoice",
    "_isp_settle_payment",
    "_isp_credit_days",
    "_isp_charge",
    "_isp_notify",
    "_network_apply",
)


@tagged("post_install", "-at_install")
class TestRoles(IspCommon):
    """What each role can and cannot do by a request, whatever its screen shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 1, 21))

    def _call(self, role, method, *args, model="isp.subscription", **kwargs):
        records = self.env[model].with_user(getattr(self, f"user_{role}"))
        return call_kw(records, method, list(args), kwargs)

    def test_rights_of_every_role_on_the_models_of_the_office(self):
        for model, rights in RIGHTS.items():
            for role in STAFF:
                records = self.env[model].with_user(getattr(self, f"user_{role}"))
                operations = ("read", "create", "write", "unlink")
                found = [records.has_access(operation) for operation in operations]
                expected = [names == "all" or role in names.split() for names in rights]
                with self.subTest(model=model, role=role):
                    self.assertEqual(found, expected)

    def test_every_button_asks_for_the_role(self):
        for method, names in BUTTONS.items():
            for role in STAFF:
                allowed = role in names.split()
                with self.subTest(method=method, role=role), self.env.cr.savepoint() as point:
                    try:
                        self._call(role, method, self.subscription.ids)
                        refused = False
                    except AccessError:
                        refused = True
                    except UserError:
                        refused = False  # the role may, the state of the service does not allow it
                    point.rollback()
                    self.env.invalidate_all()
                    self.assertEqual(refused, not allowed)

    def test_what_is_private_is_not_called_from_outside(self):
        for method in PRIVATE:
            with self.subTest(method=method):
                self.assertTrue(hasattr(self.subscription, method))
                with self.assertRaises(AccessError):
                    self._call("manager", method, self.subscription.ids)

    def test_everybody_of_the_staff_reads_form_list_and_search(self):
        for role in STAFF:
            views = [(False, kind) for kind in ("form", "list", "kanban", "search", "calendar")]
            found = self._call(role, "get_views", views)["views"]
            spec = {name: {} for name in ("situation", "timeline", "overdue_amount", "cut_verdict")}
            read = self._call(role, "web_read", self.subscription.ids, spec)
            names = self._call(role, "name_search", "rosa")
            with self.subTest(role=role):
                self.assertEqual(set(found), {kind for _view_id, kind in views})
                self.assertTrue(read[0]["situation"]["title"])
                self.assertIn(self.subscription.id, [record_id for record_id, _name in names])

    def test_every_stat_button_opens_for_everybody_who_sees_it(self):
        methods = ("payments", "periods", "suspensions", "promises", "notices", "changes")
        methods += ("pauses", "cancellations", "network_orders", "documents")
        for role in STAFF:
            for name in methods:
                action = self._call(role, f"action_view_{name}", self.subscription.ids)
                records = self.env[action["res_model"]].with_user(getattr(self, f"user_{role}"))
                with self.subTest(role=role, button=name):
                    self.assertGreaterEqual(records.search_count(action["domain"]), 0)

    def test_filters_of_the_search_view_work(self):
        architecture = self._call("readonly", "get_views", [(False, "search")])
        self.assertIn("to_cut", architecture["views"]["search"]["arch"])
        domains = (
            [("cut_verdict", "=", "cut")],
            [("overdue_amount", ">", 0)],
            [("promised_until", "!=", False)],
            [("credit_balance", ">", 0)],
            [("partner_id.email", "=", False)],
            [("cutoff_date", ">=", "today =monday"), ("cutoff_date", "<", "today =monday +7d")],
            [("next_billing_date", "<=", "today")],
        )
        for domain in domains:
            with self.subTest(domain=domain):
                self.assertIsNotNone(self._call("readonly", "search", domain))
