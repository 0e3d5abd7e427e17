import base64
import io
import zipfile

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .bank_common import HEADER, BankCommon


@tagged("post_install", "-at_install")
class TestBankImport(BankCommon):
    def test_form(self):
        form = Form(self.env["isp.bank.import"].with_user(self.user_billing))
        form.name = "jan.csv"
        form.file = base64.b64encode((HEADER + self._row("RW-000101")).encode())
        record = form.save()
        self.assertEqual((record.journal_id, record.format_id), (self.bank, self.bbva))
        record.action_read()
        with Form(record) as form:
            form.format_id = self.generic
        self.assertEqual(len(record.todo_line_ids), 1)

    # === MATCHING === #

    def test_contract_number(self):
        for text in ("PAGO INTERNET RW-000101", "rw000101 enero", "SPEI RECIBIDO RW 000101"):
            with self.subTest(text=text):
                line = self._line(text, balance=str(len(text)))
                self.assertEqual(line.subscription_id, self.subscription)
                self.assertEqual((line.state, line.confidence), ("proposed", 97))
        self.assertFalse(self._payments_of(self.subscription), "nothing is booked by reading")

    def test_another_amount_is_less_sure(self):
        line = self._line("RW-000101", amount="300.00")
        self.assertEqual(line.confidence, 88)
        self.assertIn("Another amount", line.reason)
        months = self._line("RW-000101", amount="1,047.00")
        self.assertEqual(months.confidence, 97, "three months at its price are expected")

    def test_oldest_of_several_bills(self):
        for _month in range(2):
            self.subscription._bill_periods(1)
        line = self._line("RW-000101", amount="698.00")
        self.assertEqual(line.confidence, 97)
        line.action_confirm()
        self.assertEqual(self.subscription.balance_due, 349.0)

    def test_name_and_amount(self):
        line = self._line("SPEI RECIBIDO BANORTE ROSA ELENA IBARRA")
        self.assertEqual((line.subscription_id, line.confidence), (self.subscription, 80))
        self.assertEqual(self._line("ROSA ELENA IBARRA", amount="348.00").state, "open")
        cut_off = self._line("SPEI ROSA ELENA IBAR", amount="698.00")
        self.assertEqual(cut_off.confidence, 80, "two months, by a bank that cuts names off")
        part = self._line("DEPOSITO ELENA IBARRA X")
        self.assertEqual(part.confidence, 60)

    def test_two_services_fit(self):
        twin = self._create_subscription(name="RW-000303")
        twin._bill_periods(1)
        line = self._line("ROSA ELENA IBARRA")
        self.assertEqual((line.state, line.subscription_id.id), ("open", False))
        line = self._line("ROSA ELENA IBARRA RW-000303")
        self.assertEqual(line.subscription_id, twin)

    def test_number_of_an_invoice(self):
        invoice = self.subscription.period_ids.move_id
        line = self._line(f"PAGO FACTURA {invoice.name}")
        self.assertEqual((line.subscription_id, line.confidence), (self.subscription, 95))

    def test_digits_alone_are_less_sure(self):
        plain = self._create_subscription(name="004711")
        line = self._line("AUT 004711", amount="12.00")
        self.assertEqual((line.subscription_id, line.confidence), (plain, 55))
        plain._bill_periods(1)
        voucher = self._start_voucher(plain)
        self.assertEqual(voucher.transaction_id.reference, plain.name)
        line = self._line("AUT 004711", amount="13.00")
        self.assertEqual(line.confidence, 55, "the first online payment bears that number")

    def test_spei_and_paynet_reference(self):
        voucher = self._start_voucher(self.subscription)
        line = self._line(f"SPEI {voucher.reference}")
        self.assertEqual((line.subscription_id, line.voucher_id), (self.subscription, voucher))
        self.assertEqual(line.confidence, 50, "Openpay has not confirmed it yet")
        voucher.write({"reference": "1010130999596011"})
        line = self._line("PAYNET 1010 1309 9959 6011")
        self.assertEqual((line.voucher_id, line.confidence), (voucher, 50))
        self.assertIn("Paynet reference", line.reason)

    def test_expired_reference_is_sure(self):
        voucher = self._start_voucher(self.subscription)
        voucher.write({"expired": True})
        line = self._line(f"SPEI {voucher.reference}")
        self.assertEqual(line.confidence, 100)
        line.action_confirm()
        payment = line.payment_id
        self.assertEqual(payment.isp_payment_form_id.code, "spei")
        self.assertEqual(payment.isp_reference, voucher.reference)

    # === BOOKED BEFORE === #

    def test_money_that_openpay_booked(self):
        voucher = self._start_voucher(self.subscription)
        self._receive(self._pay_at_bank(voucher))
        payment = self._payments_of(self.subscription)
        day = payment.date.strftime("%d/%m/%Y")  # the provider has its own clock
        line = self._line(f"SPEI {voucher.reference}", day=day)
        self.assertEqual((line.state, line.payment_id), ("known", payment))
        with self.assertRaises(UserError):
            line.action_confirm()
        again = self._line(f"SPEI {voucher.reference}", day=day, balance="5.00")
        self.assertEqual(again.state, "proposed", "one payment is one movement of the bank")
        self.assertIn("paid before", again.reason)
        self.assertEqual(self._payments_of(self.subscription), payment)

    def test_slip_that_a_cashier_took(self):
        payment = self._pay(self.subscription, 349.0, form="deposit", isp_reference="4471-b")
        line = self._line("DEPOSITO FOLIO 4471-B")
        self.assertEqual((line.state, line.payment_id), ("known", payment))
        self.assertEqual(self._line("DEPOSITO FOLIO 4471-B", amount="348.00").state, "open")

    def test_booked_by_others_after_it_was_read(self):
        """A cashier, or Openpay, was faster than the billing staff: it is the same money."""
        record = self._import(HEADER + self._row("RW-000101 4471-B") + self._row("RW-000101 9-C"))
        first, second = record.line_ids
        self.assertEqual(record.sure_count, 2)
        payment = self._pay(self.subscription, 349.0, form="deposit", isp_reference="4471-b")
        first.action_confirm()
        self.assertEqual((first.state, first.payment_id), ("known", payment))
        record.action_confirm_sure()
        self.assertEqual((second.state, second.confidence), ("proposed", 50), "somebody looks")
        self.assertEqual(self._payments_of(self.subscription), payment)
        second.action_confirm()
        self.assertEqual(len(self._payments_of(self.subscription)), 2)

    def test_same_tracking_key(self):
        text = "Date,Description,Tracking key,Amount\n"
        row = "2026-01-22,{},MBAN01002601220001,349.00\n"
        first = self._import(text + row.format("RW-000101"), self.generic).line_ids
        first.action_confirm()
        second = self._import(text + row.format("RW-000101 again"), self.generic).line_ids
        self.assertEqual(second.state, "proposed")
        self.assertEqual(second.confidence, 50, "the same amount came a moment ago")
        with self.assertRaises(UserError) as caught:
            second.action_confirm()
        self.assertIn("already booked", str(caught.exception))
        self.assertEqual(len(self._payments_of(self.subscription)), 1)

    def test_payout_of_a_provider(self):
        line = self._line("SPEI RECIBIDO OPENPAY SA DE CV LIQ 220126", amount="15,230.11")
        self.assertEqual(line.state, "payout")
        with self.assertRaises(UserError):
            line.action_confirm()
        line.action_reopen()
        self.assertEqual(line.state, "open")

    def test_same_amount_a_few_days_ago_is_doubtful(self):
        self._pay(self.subscription, 349.0)
        self.subscription._bill_periods(1)
        line = self._line("RW-000101")
        self.assertEqual((line.state, line.confidence), ("proposed", 50))
        self.assertIn("has the same amount", line.reason)

    # === THE SAME AGAIN === #

    def test_same_file_twice(self):
        text = HEADER + self._row("RW-000101")
        first = self._import(text)
        second = self._import(text, name="copy.csv", read=False)
        with self.assertRaisesRegex(UserError, "imported before: jan.csv"):
            second.action_read()
        self.assertEqual(second.state, "draft")
        self.assertEqual(len(first.line_ids), 1)

    def test_file_that_overlaps(self):
        rows = self._row("A") + self._row("B") + self._row("A")
        first = self._import(HEADER + rows)
        self.assertEqual(len(first.line_ids), 3, "two alike in one file are two")
        second = self._import(HEADER + rows + self._row("A") + self._row("C"))
        self.assertEqual(second.line_ids.mapped("description"), ["A", "C"])
        self.assertEqual(second.known_rows, 3)

    def test_movement_is_unique_in_the_database(self):
        line = self._line("RW-000101")
        values = {"import_id": line.import_id.id, "state": "open", "row_number": 9}
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            lines = self.env["isp.bank.line"].sudo()
            lines.create({**values, "movement_hash": line.movement_hash})

    # === BOOKING === #

    def test_confirm_books_and_settles(self):
        line = self._line("RW-000101", amount="698.00")
        line.action_confirm()
        payment = line.payment_id
        self.assertEqual((line.state, line.decided_by_id), ("booked", self.user_billing))
        self.assertEqual((payment.journal_id, payment.amount), (self.bank, 698.0))
        self.assertEqual(str(payment.date), "2026-01-22")
        self.assertEqual(payment.isp_payment_form_id.code, "transfer")
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.assertEqual(str(self.subscription.cutoff_date), "2026-03-21", "two months exactly")
        self.assertIn("jan.csv", "".join(payment.message_ids.mapped("body")))
        with self.assertRaises(UserError):
            line.action_confirm()
        self.assertEqual(len(self._payments_of(self.subscription)), 1)

    def test_one_movement_is_one_payment_in_the_database(self):
        line = self._line("RW-000101")
        line.action_confirm()
        values = line.sudo()._prepare_payment_vals()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env["account.payment"].sudo().create(values)

    def test_sure_ones_together(self):
        record = self._import(
            HEADER
            + self._row("RW-000101")
            + self._row("RW-000202", amount="100.00")
            + self._row("NOBODY")
            + self._row("COMISION", amount="", out="12.00")
        )
        self.assertEqual((record.sure_count, record.todo_count), (1, 3))
        record.action_confirm_sure()
        states = record.line_ids.sorted("row_number").mapped("state")
        self.assertEqual(states, ["booked", "proposed", "open", "out"])
        self.assertEqual((record.booked_count, record.booked_amount), (1, 349.0))
        self.company.isp_bank_sure = 88
        record.action_confirm_sure()
        self.assertEqual(self.other.balance_due, 349.0)

    def test_one_that_fails_stops_no_other(self):
        row = "2026-01-22,{},{},{}\n"
        record = self._import(
            "Date,Description,Tracking key,Amount\n"
            + row.format("RW-000101", "KEY1", "349.00")
            + row.format("RW-000202", "KEY1", "449.00"),
            self.generic,
        )
        record.action_confirm_sure()
        states = record.line_ids.sorted("row_number").mapped("state")
        self.assertEqual(states, ["booked", "proposed"])
        self.assertIn("already booked", record.line_ids[1].reason)
        self.assertEqual(self.other.balance_due, 449.0)

    def test_by_hand(self):
        record = self._import(HEADER + self._row("NOBODY KNOWS", amount="50.00"))
        with Form(record) as form, form.todo_line_ids.edit(0) as line:
            line.subscription_id = self.other
        line = record.line_ids
        self.assertEqual((line.state, line.confidence), ("proposed", 100))
        self.assertIn(self.user_billing.name, line.reason)
        line.subscription_id = False
        self.assertEqual(line.state, "open")
        line.subscription_id = self.other
        line.action_confirm()
        self.assertEqual(self.other.balance_due, 399.0)
        with self.assertRaises(UserError):
            line.subscription_id = self.subscription

    def test_put_aside_and_decided_again(self):
        line = self._line("RW-000101")
        line.action_dismiss()
        self.assertEqual(line.state, "dismissed")
        with self.assertRaises(UserError):
            line.action_confirm()
        line.action_reopen()
        line.import_id.action_match()
        line.action_confirm()
        self.assertEqual(line.state, "booked")
        with self.assertRaises(UserError):
            line.action_dismiss()

    def test_payment_undone_gives_the_movement_back(self):
        line = self._line("RW-000101")
        line.action_confirm()
        line.payment_id.with_env(self.env).action_cancel()
        self.assertEqual((line.state, line.payment_id.id), ("open", False))
        line.subscription_id = self.subscription
        line.action_confirm()
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_references_of_payers_repeat(self):
        text = "Date,Description,Reference,Amount\n"
        rows = "2026-01-22,RW-000101,0000001,349.00\n2026-01-22,RW-000202,0000001,449.00\n"
        record = self._import(text + rows, self.generic)
        record.action_confirm_sure()
        self.assertEqual(record.line_ids.mapped("state"), ["booked", "booked"])

    # === BAD FILES === #

    def test_bad_rows_are_kept_and_read_again(self):
        record = self._import(
            HEADER + self._row("RW-000101", day="22.01.2026") + self._row("RW-000202")
        )
        bad = record.line_ids.filtered(lambda line: line.state == "bad")
        self.assertEqual(bad.row_number, 5)
        self.assertIn("22.01.2026", bad.reason)
        self.assertIn("RW-000101", bad.raw)
        self.bbva.date_formats = "%d/%m/%Y, %d.%m.%Y"
        record.action_read()
        self.assertFalse(record.line_ids.filtered(lambda line: line.state == "bad"))
        self.assertEqual(len(record.line_ids), 2)
        self.assertEqual(record.known_rows, 0)

    def test_a_row_read_with_another_format_is_the_same_movement(self):
        form = self.bbva.copy({"column_description": "Nothing"})
        record = self._import(HEADER + self._row("RW-000101") + self._row("RW-000202"), form)
        booked, undecided = record.line_ids
        self.assertEqual(set(record.line_ids.mapped("state")), {"open"})
        booked.subscription_id = self.subscription
        booked.action_confirm()
        form.column_description = self.bbva.column_description
        record.action_read()
        self.assertEqual(record.line_ids, booked | undecided)
        self.assertEqual((booked.state, booked.description), ("booked", ""))
        self.assertEqual((undecided.state, undecided.subscription_id), ("proposed", self.other))
        self.assertEqual(len(self._payments_of(self.subscription)), 1)

    def test_bad_files(self):
        spreadsheet = io.BytesIO()
        with zipfile.ZipFile(spreadsheet, "w") as archive:
            archive.writestr("xl/workbook", "")
        for content, words in (
            (b" ", "empty"),
            (spreadsheet.getvalue(), "spreadsheet"),
            (b"a\x00", "no text file"),
            (b"Fecha,Cargo\n", "not in the file: Abono"),
            ((HEADER + '22/01/2026,"x,,1,\n').encode(), "Line 5 opens quotation marks"),
            (HEADER.encode(), "no movements"),
        ):
            record = self._import(content, read=False)
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                record.action_read()
            self.assertEqual((record.state, len(record.line_ids)), ("draft", 0))

    def test_latin_1_and_semicolons(self):
        text = "Día;Concepto;Cargo;Abono\n22/01/2026;Peñón RW-000101;;349.00\n"
        line = self._import(text.encode("latin-1")).line_ids
        self.assertEqual(line.description, "Peñón RW-000101")
        self.assertEqual(line.state, "proposed")

    def test_format_names_what_is_needed(self):
        for values in (
            {"column_amount": False},
            {"date_formats": "day"},
            {"style": "split"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.generic.copy().write(values)
