from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from odoo.addons.isp_subscription.tests.common import IspCommon


class TillCommon(IspCommon):
    """A branch with a till, a bank journal, customers who owe and two cashiers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cash = cls.company_data["default_journal_cash"]
        cls.bank = cls.company_data["default_journal_bank"]
        cls.branch = cls.env["isp.branch"].create(
            {"name": "Centro", "code": "CEN", "journal_id": cls.cash.id}
        )
        cls.till = cls.env["isp.till"].create(
            {"name": "Till 1", "code": "CEN1", "branch_id": cls.branch.id}
        )
        cls.second_till = cls.env["isp.till"].create(
            {"name": "Till 2", "code": "CEN2", "branch_id": cls.branch.id}
        )
        cls.subscription = cls._create_subscription()
        cls.subscription._bill_periods(1)
        cls.user_cashier_2 = new_test_user(
            cls.env,
            login="isp_cashier_2",
            groups="isp_subscription.group_isp_cashier",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="America/Mexico_City",
        )
        cls.forms = {
            code: cls.env["isp.payment.form"]._isp_get(code)
            for code in ("cash_branch", "card_terminal", "deposit", "transfer")
        }

    # === WHAT A CASHIER DOES === #

    def _as(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def _open(self, amount=500.0, till=None, user=None):
        """Return the session that a cashier opened, with the rights of the test."""
        user = user or self.user_cashier
        session = self._as(till or self.till, user)._isp_open(amount)
        return session.with_env(self.env)

    def _take(self, form="cash_branch", user=None, subscription=None, **values):
        """Return the payment that a cashier took through the assistant."""
        wizards = self._as(self.env["isp.counter.payment"], user or self.user_cashier)
        wizard = wizards.create(
            {
                "subscription_id": (subscription or self.subscription).id,
                "months": 0,
                "payment_form_id": self.forms[form].id,
                **values,
            }
        )
        wizard.action_register()
        return wizard.sudo().payment_id.with_env(self.env)

    def _desk(self, method, *args, user=None):
        """Call a method of the cashier's screen as the browser does."""
        records = self._as(self.env["isp.till.session"], user or self.user_cashier)
        self.env.invalidate_all()
        return call_kw(records, method, list(args), {})

    def _desk_values(self, mark="0123456789abcdef", **values):
        quote = self._desk("action_desk_quote", self.subscription.id, [[self.subscription.id, 0]])
        return {
            "subscription_id": self.subscription.id,
            "plan": [[self.subscription.id, 0]],
            "form_id": self.forms["cash_branch"].id,
            "amount": quote["total"],
            "total": quote["total"],
            "handed": 0.0,
            "reference": "",
            "mark": mark,
            **values,
        }

    def _transfer(self, kind, amount, reason, user=None, session=None):
        wizard = self._as(self.env["isp.till.transfer"], user or self.user_cashier).create(
            {
                "session_id": (session or self.till.open_session_id).id,
                "kind": kind,
                "amount": amount,
                "reason_id": self.env.ref(f"isp_payments_mx.isp_till_reason_{reason}").id,
                "note": "bag 7",
            }
        )
        wizard.action_move()
        wizard.action_move()
        return wizard.sudo().movement_id

    def _close(self, session, user=None, **values):
        wizard = self._as(self.env["isp.till.closing"], user or session.user_id).create(
            {"session_id": session.id, "by_pieces": False, **values}
        )
        wizard.action_close()
        return wizard
