from contextlib import suppress

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import IspCfdiCommon

MODELS = ("isp.cfdi.certificate", "isp.cfdi.pac", "isp.cfdi.cancellation", "isp.cfdi.cancel")


@tagged("post_install", "-at_install")
class TestSecurity(IspCfdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._portal("cfdi_mine", cls.customer)
        cls.stranger = cls._portal("cfdi_stranger", cls.other_customer)
        cls.auditor = new_test_user(
            cls.env,
            login="cfdi_auditor",
            groups="base.group_user,account.group_account_readonly",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _portal(cls, login, partner):
        return new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_customer_reads_his_own_documents_only(self):
        document = self._paid_document()
        self.env.flush_all()
        self.assertEqual(document.with_user(self.mine).total, 349.0)
        self.assertEqual(self.documents.with_user(self.mine).search([]), document)
        self.assertFalse(self.documents.with_user(self.stranger).search([]))
        with self.assertRaises(AccessError):
            document.with_user(self.stranger).read(["uuid"])
        with self.assertRaises(AccessError):
            document.sealed_attachment_id.with_user(self.stranger).read(["raw"])

    def test_customer_changes_nothing(self):
        document = self._paid_document().with_user(self.mine)
        for method, args in (("write", [{"name": "x"}]), ("unlink", []), ("action_rebuild", [])):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(document, method)(*args)

    def test_customer_sees_none_of_the_back_office(self):
        for model in MODELS:
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.mine).search([])

    def test_auditor_reads_and_changes_nothing(self):
        document = self._paid_document().with_user(self.auditor)
        self.assertEqual(document.state, "ready")
        with self.assertRaises(AccessError):
            document.write({"cancel_state": "cancelled"})
        with self.assertRaises(AccessError):
            document.action_rebuild()

    def test_invoice_is_readable_without_fiscal_rights(self):
        move = self._paid_document().move_id
        accountant = new_test_user(
            self.env,
            login="cfdi_accountant",
            groups="base.group_user,account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertEqual(move.with_user(accountant).isp_cfdi_state, "ready")
        with self.assertRaises(AccessError):
            move.with_user(accountant).isp_cfdi_id.write({"cancel_state": "cancelled"})
        self.assertTrue(move.with_user(self.mine).name)
        with self.assertRaises(AccessError):
            move.with_user(self.mine).read(["isp_cfdi_ids"])

    def test_state_of_a_document_is_nobodys_to_write(self):
        document = self._paid_document().with_user(self.user_manager)
        values = {
            "outbox_state": "done",
            "uuid": "x",
            "cancel_state": "none",
            "state": "cancelled",
            "name": "X",
            "receiver_name": "OTHER",
            "stamped_at": "2020-01-01 00:00:00",
            "attempts": 0,
        }
        for field, value in values.items():
            with self.subTest(field), self.assertRaises(AccessError):
                document.write({field: value})

    def test_nobody_makes_or_changes_a_document_by_rpc(self):
        """Manager, accountants and administrator; every door of the web client and the import."""
        sealed = self._paid_document()
        sealed.write({"outbox_state": "sent", "attempts": 1})
        head = {"company_id": self.company.id, "currency_id": self.mxn.id, "folio": "7"}
        keys = ("sealed_sha256", "stamped_sha256", "idempotency_key", "folio", "uuid", "state")
        bookkeeper, admin = (
            new_test_user(self.env, login=f"cfdi_{group}", groups=group, company_id=self.company.id)
            for group in ("account.group_account_manager", "base.group_system")
        )
        for user in (self.user_manager, self.user_billing, self.auditor, bookkeeper, admin):
            documents = self.documents.with_user(user).sudo(False)
            document = documents.browse(sealed.id)
            for name, call in (
                ("create", lambda docs, _doc: docs.create(head)),
                ("web_save", lambda docs, _doc: docs.web_save(head, {})),
                ("name_create", lambda docs, _doc: docs.name_create("X")),
                ("copy", lambda _docs, doc: doc.copy()),
                ("write", lambda _docs, doc: doc.web_save({"uuid": "x"}, {})),
                *((key, lambda _docs, doc, key=key: doc.write({key: "x"})) for key in keys),
            ):
                with self.subTest(name, user=user.login), self.assertRaises(AccessError):
                    call(documents, document)
            for column, value in (("folio", "8"), (".id", str(sealed.id))):
                with self.subTest("load", user=user.login), suppress(AccessError):
                    self.assertFalse(documents.load([column, "uuid"], [[value, "x"]])["ids"])
            with self.subTest("unlink", user=user.login), self.assertRaises(UserError):
                document.unlink()
        english = self.documents.with_user(self.user_manager).with_context(lang="en_US")
        with self.assertRaisesRegex(AccessError, "neither typed in"):
            english.sudo(False).create(head)
        self.assertEqual((sealed.uuid, sealed.outbox_state), (False, "sent"))

    def test_staff_by_role(self):
        document = self._paid_document()
        for user in (self.user_readonly, self.user_technician, self.user_cashier):
            self.assertTrue(document.with_user(user).name)
            with self.assertRaises(AccessError):
                document.with_user(user).write({"cancel_state": "cancelled"})
        document.with_user(self.user_billing).check_access("write")
        with self.assertRaises(AccessError):
            document.with_user(self.user_billing).unlink()

    def test_cashier_who_books_a_payment_needs_no_fiscal_rights(self):
        subscription = self._create_subscription()
        payment = self._create_payment(subscription, 349.0)
        subscription.with_user(self.user_cashier)._isp_settle_payment(payment, months=1)
        document = payment.reconciled_invoice_ids.isp_cfdi_id
        self.assertEqual(document.state, "ready")

    def test_other_company_sees_nothing(self):
        document = self._paid_document()
        other = self.env["res.company"].create({"name": "Other ISP"})
        user = new_test_user(
            self.env,
            login="cfdi_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.documents.with_user(user).search([("id", "=", document.id)]))
        for record in (document, self.certificate, self.pac):
            with self.assertRaises(AccessError):
                record.with_user(user).read(["display_name"])
