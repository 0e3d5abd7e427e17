from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .bank_common import HEADER, BankCommon


@tagged("post_install", "-at_install")
class TestBankAccess(BankCommon):
    # === WHO MAY === #

    def test_roles(self):
        record = self._import(HEADER + self._row("RW-000101"))
        line = record.line_ids
        for user in (self.user_readonly, self.user_technician, self.user_cashier):
            for item in (record, line, self.bbva):
                with self.subTest(user=user.login, item=item), self.assertRaises(AccessError):
                    item.with_user(user).read(["display_name"])
            with self.assertRaises(AccessError):
                self._import(HEADER, user=user, read=False)
            for method in ("action_confirm", "action_dismiss"):
                with self.assertRaises(AccessError):
                    call_kw(line.with_user(user).browse(), method, [line.ids], {})
        self.assertTrue(line.with_user(self.user_manager).description)
        with self.assertRaises(AccessError):
            self.bbva.with_user(self.user_billing).write({"name": "x"})

    def test_nobody_writes_what_the_bank_wrote(self):
        record = self._import(HEADER + self._row("RW-000101"))
        line = record.line_ids.with_user(self.user_manager)
        for values in (
            {"amount": 9.0},
            {"state": "booked"},
            {"payment_id": 1},
            {"confidence": 100},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                line.write(values)
        for values in ({"state": "draft"}, {"file": b"eA=="}, {"journal_id": self.bank.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                record.write(values)
        draft = self._import("x", read=False)
        for values in ({"state": "read"}, {"file_hash": "x"}, {"company_id": self.company.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                draft.write(values)
        with self.assertRaises(AccessError):
            draft.create({"name": "x", "file": b"eA==", "state": "read"})
        with self.assertRaises(UserError):
            record.unlink()
        with self.assertRaises(AccessError):
            line.create({"import_id": record.id, "state": "open"})

    def test_another_company(self):
        record = self._import(HEADER + self._row("RW-000101"))
        other = self.setup_other_company(name="Another company")
        self.user_manager.company_ids |= other["company"]
        manager = record.with_user(self.user_manager)
        manager = manager.with_context(allowed_company_ids=other["company"].ids)
        self.env.invalidate_all()
        self.assertFalse(manager.search([]))
        for step in (manager.action_read, manager.action_confirm_sure, manager.action_match):
            with self.subTest(step=step.__name__), self.assertRaises(AccessError):
                step()
        with self.assertRaises(AccessError):
            manager.env["isp.bank.line"].browse(record.line_ids.ids).action_confirm()
        journal = other["default_journal_bank"]
        values = {"name": "x", "file": b"eA==", "journal_id": journal.id}
        with self.assertRaisesRegex(UserError, "bank journal of"):
            record.create({**values, "format_id": self.bbva.id})
        self.assertFalse(self._payments_of(self.subscription))
