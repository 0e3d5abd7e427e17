from contextlib import contextmanager, nullcontext
from datetime import date

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class IspCommon(AccountTestInvoicingCommon):
    """A Mexican company with plans, customers, one user per role and short helpers."""

    country_code = "MX"

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("isp_subscription.group_isp_manager")

    @classmethod
    def _use_chart_template(cls, company, chart_template_ref=None):
        """Extend `account`: the Mexican chart where it is installed, else the generic one."""
        if cls.env["ir.module.module"]._get("l10n_mx").state != "installed":
            chart_template_ref = "generic_coa"
        super()._use_chart_template(company, chart_template_ref)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        # Tests of notices switch the proof on again.
        cls.company.write({"isp_suspend_weekdays": "1,2,3,4,5,6,7", "isp_cut_needs_notice": False})
        cls.mxn = cls.env.ref("base.MXN")
        # Workers write in the language of the company: the tests read English.
        cls.company.partner_id.write({"tz": "America/Mexico_City", "lang": "en_US"})
        cls.tax_iva16_incl = cls.tax_sale_a.copy(
            {
                "name": "IVA 16% included",
                "amount": 16.0,
                "price_include_override": "tax_included",
                "company_id": cls.company.id,
            }
        )
        cls.plan_50 = cls._create_plan("Residencial 50", 349.0, 50.0, 20.0)
        cls.plan_100 = cls._create_plan("Residencial 100", 449.0, 100.0, 40.0)
        cls.plan_50.isp_allowed_plan_ids = cls.plan_100
        cls.plan_100.isp_allowed_plan_ids = cls.plan_50
        cls.customer = cls._create_customer("Rosa Elena Ibarra")
        cls.other_customer = cls._create_customer("Tomás Arriaga")
        for role in ("readonly", "technician", "cashier", "billing", "manager"):
            setattr(cls, f"user_{role}", cls._create_staff(role))

    # === SET-UP HELPERS === #

    @classmethod
    def _create_plan(cls, name, price, down, up, **values):
        return cls.env["product.template"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "taxes_id": [Command.set(cls.tax_iva16_incl.ids)],
                "isp_is_plan": True,
                "isp_down_mbps": down,
                "isp_up_mbps": up,
                **values,
            }
        )

    @classmethod
    def _create_customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "email": f"{name.split()[0].lower()}@example.com",
                "country_id": cls.env.ref("base.mx").id,
                "tz": "America/Mexico_City",
                **values,
            }
        )

    @classmethod
    def _create_staff(cls, role):
        return new_test_user(
            cls.env,
            login=f"isp_{role}",
            groups=f"isp_subscription.group_isp_{role}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="America/Mexico_City",
        )

    @classmethod
    def _create_subscription(cls, **values):
        """Return an active subscription; pass ``state="draft"`` to keep it a draft."""
        state = values.pop("state", "active")
        subscription = cls.env["isp.subscription"].create(
            {
                "partner_id": cls.customer.id,
                "plan_id": cls.plan_50.id,
                "company_id": cls.company.id,
                "anchor_day": 21,
                "date_start": date(2026, 1, 21),
                **values,
            }
        )
        if state != "draft":
            subscription.action_activate()
        return subscription

    # === ACTIONS === #

    @contextmanager
    def capture_wakes(self, xml_id):
        """Give a function that counts how often a job was woken since."""
        wanted = [("cron_id", "=", self.env.ref(xml_id).id)]
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count(wanted)
        yield lambda: triggers.search_count(wanted) - before

    def _committing_mode(self):
        """Return the context in which commits are harmless; tests over HTTP are in it already."""
        return nullcontext() if isinstance(self, HttpCase) else self.enter_registry_test_mode()

    @contextmanager
    def _committing_env(self):
        """Give an environment in which code may commit, as a cron or a worker does."""
        self.env.flush_all()
        with self._committing_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr)
        self.env.invalidate_all()
        # The other cursor has numbered entries meanwhile.
        self.env.cr.precommit.data.pop("sequence.mixin", None)

    @classmethod
    def _pay(cls, target, amount, form="cash_branch", months=0, **values):
        """Book ``amount`` for a subscription, or for the one of an invoice; return the payment."""
        subscription = target
        if target._name == "account.move":
            subscription = target.isp_subscription_ids[:1]
        payment = cls._create_payment(subscription, amount, form, **values)
        subscription._isp_settle_payment(payment, months=months)
        return payment

    @classmethod
    def _create_payment(cls, subscription, amount, form="cash_branch", **values):
        """Return a posted payment of the payer that is not allocated yet."""
        context = {"force_payment_move": True, "isp_settle_later": True}
        payments = cls.env["account.payment"].with_context(**context)
        payment = payments.create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": subscription.partner_id.id,
                "amount": amount,
                "journal_id": cls.company_data["default_journal_cash"].id,
                "isp_payment_form_id": cls.env["isp.payment.form"]._isp_get(form).id,
                **values,
            }
        )
        payment.action_post()
        return payment.with_env(cls.env)
