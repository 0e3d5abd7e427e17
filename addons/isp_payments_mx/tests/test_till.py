from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .till_common import TillCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-22 18:00:00")
class TestTill(TillCommon):
    # === OPENING === #

    def test_open_with_a_float(self):
        session = self._open(350.5)
        self.assertEqual((session.state, session.user_id), ("open", self.user_cashier))
        self.assertEqual(session.expected_now, 350.5)
        self.assertEqual(session.name, "CEN1-00001")
        self.assertEqual(self.till.open_session_id, session)

    def test_one_open_session_per_till_and_per_cashier(self):
        self._open()
        with self.assertRaisesRegex(UserError, "is open"):
            self._open(user=self.user_cashier_2)
        with self.assertRaisesRegex(UserError, "Close Till 1 first"):
            self._open(till=self.second_till)
        for till, user in (
            (self.till, self.user_cashier_2),
            (self.second_till, self.user_cashier),
        ):
            values = {"till_id": till.id, "user_id": user.id, "opening_amount": 0.0, "name": "X"}
            with (
                self.subTest(till=till.name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env["isp.till.session"].sudo().create(values)

    def test_till_of_others_and_archived_till(self):
        self.till.user_ids = self.user_cashier_2
        with self.assertRaisesRegex(UserError, "not among your tills"):
            self._open()
        self.second_till.active = False
        with self.assertRaisesRegex(UserError, "not among your tills"):
            self._open(till=self.second_till)
        with self.assertRaisesRegex(UserError, "cannot be negative"):
            self._open(-1.0, user=self.user_cashier_2)

    # === PAYMENTS === #

    def test_cash_goes_into_the_drawer(self):
        session = self._open()
        payment = self._take(handed_amount=400.0)
        self.assertEqual(payment.isp_till_session_id, session)
        self.assertEqual(payment.journal_id, self.cash)
        self.assertEqual(payment.isp_branch_id, self.branch)
        self.assertEqual(payment.isp_change_amount, 51.0)
        self.assertEqual(payment.state, "paid", "cash in the drawer waits for no statement")
        accounts = payment.move_id.line_ids.account_id
        self.assertIn(self.cash.default_account_id, accounts)
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.assertEqual(session.expected_now, 849.0)

    def test_other_forms_go_to_the_bank_and_not_into_the_drawer(self):
        session = self._open()
        for form, amount in (("card_terminal", 100.0), ("deposit", 50.0), ("transfer", 20.0)):
            payment = self._take(form, amount=amount, reference=f"SLIP {form}")
            with self.subTest(form=form):
                self.assertEqual(payment.journal_id, self.bank)
                self.assertEqual(payment.isp_reference, f"SLIP {form}")
                self.assertFalse(payment.isp_handed_amount)
        self.assertEqual(session.expected_now, 500.0)
        self.assertEqual(session.taken_now, 170.0)
        self.assertEqual(self.subscription.balance_due, 179.0)

    def test_what_a_payment_needs(self):
        with self.assertRaisesRegex(UserError, "Open a till first"):
            self._take()
        self._open()
        with self.assertRaisesRegex(UserError, "number of the slip"):
            self._take("deposit", reference=" ")
        with self.assertRaisesRegex(UserError, "handed over less"):
            self._take(handed_amount=300.0)
        with self.assertRaisesRegex(UserError, "its journal"):
            self._take(journal_id=self.bank.id)
        spei = self.env["isp.payment.form"]._isp_get("spei")
        with self.assertRaisesRegex(UserError, "not taken at the counter"):
            self._take(payment_form_id=spei.id)
        self.assertEqual(self.subscription.balance_due, 349.0)

    def test_without_tills_the_counter_works_as_before(self):
        (self.till | self.second_till).unlink()
        payment = self._take()
        self.assertFalse(payment.isp_till_session_id)
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_one_payment_for_several_services(self):
        other = self._create_subscription()
        other._bill_periods(1)
        self._open()
        plan = [[self.subscription.id, 0], [other.id, 2]]
        quote = self._desk("action_desk_quote", self.subscription.id, plan)
        self.assertEqual(quote["total"], 349.0 * 3)
        values = self._desk_values(plan=plan, amount=1047.0, total=1047.0, handed=1100.0)
        receipt = self._desk("action_desk_pay", values)
        payment = self.env["account.payment"].browse(receipt["payment_id"])
        self.assertEqual(payment.isp_coverage_ids.subscription_id, self.subscription | other)
        self.assertIn("53", receipt["change"])
        self.assertEqual(other.cutoff_date, date(2026, 3, 21))

    # === SCREEN === #

    def test_screen_finds_the_customer(self):
        self.customer.phone = "443 555 0190"
        payment = self._pay(self.subscription, 1.0, form="transfer", isp_reference="BNX-4471")
        self._open()
        for text in ("rosa", "ibarra ro", "4435550190", "0190", self.subscription.name, "BNX-4471"):
            with self.subTest(text=text):
                rows = self._desk("action_desk_search", text)
                self.assertEqual([row["id"] for row in rows], self.subscription.ids)
        self.assertTrue(payment)
        self.assertIn("348", rows[0]["due_text"])
        self.assertEqual(self._desk("action_desk_search", "  "), [])

    def test_screen_before_and_after_opening(self):
        data = self._desk("action_desk_load")
        self.assertFalse(data["session"])
        self.assertEqual([till["name"] for till in data["tills"]], ["Till 1", "Till 2"])
        kinds = {form["kind"] for form in data["forms"]}
        self.assertEqual(kinds, {"cash", "card", "bank"})
        data = self._desk("action_desk_open", self.till.id, 120.0)
        self.assertEqual(data["session"]["till"], "Till 1")
        self._desk("action_desk_pay", self._desk_values())
        data = self._desk("action_desk_load")
        self.assertEqual(data["session"]["count"], 1)
        self.assertEqual(data["recent"][0]["customer"], self.customer.name)

    def test_pressed_twice_is_one_payment(self):
        self._open()
        values = self._desk_values()
        first = self._desk("action_desk_pay", values)
        self.assertEqual(self._desk("action_desk_pay", values), first)
        domain = [("isp_subscription_id", "=", self.subscription.id)]
        self.assertEqual(self.env["account.payment"].search_count(domain), 1)

    def test_mark_is_unique_and_of_one_cashier(self):
        self._open()
        payment = self._take(request_mark="a mark of mine")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            payment.sudo().copy({"isp_request_mark": "a mark of mine"})
        self._open(till=self.second_till, user=self.user_cashier_2)
        values = self._desk_values(mark="a mark of mine", total=0.0)
        with self.assertRaises(UserError):
            self._desk("action_desk_pay", values, user=self.user_cashier_2)

    def test_screen_is_not_believed(self):
        values = {"total": 10.0, "amount": 10.0}
        self._open()
        for wrong, words in (
            (values, "changed meanwhile"),
            ({"mark": "short"}, "Open the customer again"),
            ({"amount": 0.0}, "more than zero"),
            ({"handed": 1.0}, "handed over less"),
            ({"amount": "nan"}, "is no amount"),
            ({"total": "349,00"}, "is no amount"),
            ({"handed": ["inf"]}, "is no amount"),
            ({"subscription_id": 0}, "does not exist"),
        ):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, words):
                self._desk("action_desk_pay", self._desk_values(**wrong))
        self.assertEqual(self.subscription.balance_due, 349.0)

    # === MOVEMENTS === #

    def test_cash_in_and_out(self):
        session = self._open(100.0)
        self._transfer("in", 250.0, "change")
        out = self._transfer("out", 300.0, "bank")
        self.assertEqual(len(session.movement_ids), 2, "each button was pressed twice")
        self.assertEqual(session.expected_now, 50.0)
        self.assertIn("bag 7", out.display_name)
        with self.assertRaisesRegex(UserError, "drawer holds"):
            self._transfer("out", 50.01, "expense")
        with self.assertRaises(UserError):
            self._transfer("in", 0.0, "change")
        with self.assertRaisesRegex(UserError, "reason for this direction"):
            self._transfer("in", 1.0, "bank")

    def test_reason_with_an_account_is_booked(self):
        reason = self.env.ref("isp_payments_mx.isp_till_reason_expense")
        account = self.company_data["default_account_expense"]
        reason.with_company(self.company).account_id = account
        self._open(100.0)
        entry = self._transfer("out", 80.0, "expense").move_id
        self.assertEqual(entry.state, "posted")
        self.assertEqual(entry.journal_id, self.cash)
        balances = {line.account_id: line.balance for line in entry.line_ids}
        self.assertEqual(balances, {self.cash.default_account_id: -80.0, account: 80.0})

    def test_movements_stay(self):
        self._open()
        movement = self._transfer("out", 10.0, "bank")
        with self.assertRaises(UserError):
            movement.write({"amount": 5.0})
        with self.assertRaises(UserError):
            movement.unlink()

    # === CLOSING === #

    def test_close_by_pieces(self):
        session = self._open(500.0)
        self._take()
        wizards = self._as(self.env["isp.till.closing"], self.user_cashier)
        form = Form(wizards.with_context(default_session_id=session.id))
        self.assertEqual(form.expected_now, 849.0)
        pieces = {500: 1, 200: 1, 100: 1, 20: 2, 5: 1, 2: 2}
        for index in range(len(form.line_ids)):
            with form.line_ids.edit(index) as line:
                line.pieces = pieces.get(line.denomination, 0)
        form.handed_amount = 349.0
        self.assertEqual((form.counted_amount, form.difference), (849.0, 0.0))
        form.save().action_close()
        self.assertEqual(session.state, "closed")
        self.assertEqual(session.difference, 0.0)
        self.assertEqual(session.left_amount, 500.0)
        self.assertEqual(len(session.count_ids), 6)
        for step in (lambda: session.count_ids[0].write({"pieces": 9}), session.count_ids.unlink):
            with self.assertRaises(UserError):
                step()
        self.assertEqual(self.till.last_counted, 500.0)
        self.assertFalse(session.difference_move_id)

    def test_difference_needs_a_word_and_is_booked(self):
        session = self._open(100.0)
        with self.assertRaisesRegex(UserError, "write in the note"):
            self._close(session, counted_amount=90.0)
        self.cash.loss_account_id = self.company_data["default_account_expense"]
        self._close(session, counted_amount=90.0, note="A coin fell into the drain.")
        self.assertEqual(session.difference, -10.0)
        balances = {line.account_id: line.balance for line in session.difference_move_id.line_ids}
        self.assertEqual(balances[self.cash.default_account_id], -10.0)

    def test_difference_without_an_account_is_told(self):
        self.cash.write({"profit_account_id": False, "loss_account_id": False})
        session = self._open(100.0)
        self._close(session, counted_amount=101.0, note="?")
        self.assertFalse(session.difference_move_id)
        self.assertIn("was not booked", "".join(session.message_ids.mapped("body")))

    def test_small_difference_by_setting(self):
        self.company.isp_till_note_above = 5.0
        session = self._open(100.0)
        self._close(session, counted_amount=95.0)
        self.assertEqual(session.difference, -5.0)

    def test_bad_counts(self):
        session = self._open(100.0)
        for values in (
            {"counted_amount": -1.0, "note": "x"},
            {"counted_amount": 100.0, "handed_amount": 100.5},
            {"counted_amount": 100.0, "handed_amount": -1.0},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._close(session, **values)
        with self.assertRaises(UserError):
            self._as(session, self.user_cashier)._isp_close(pieces={20.0: -1})
        self.assertEqual(session.state, "open")

    def test_closed_session_stays(self):
        session = self._open(100.0)
        self._take()
        wizard = self._close(session, counted_amount=449.0)
        wizard.action_close()
        before = session.summary
        self.assertEqual(session.counted_amount, 449.0)
        for values in ({"opening_amount": 1.0}, {"state": "open"}, {"closing_note": "x"}):
            with self.subTest(values=values), self.assertRaises(UserError):
                session.write(values)
        with self.assertRaises(UserError):
            session.unlink()
        with self.assertRaisesRegex(UserError, "is closed"):
            self._transfer("in", 5.0, "change", session=session)
        self.assertEqual(session.summary, before)

    def test_setting_of_notes_and_coins(self):
        self.company.isp_till_denominations = "100; 5"
        session = self._open()
        wizard = self._as(self.env["isp.till.closing"], self.user_cashier).create(
            {"session_id": session.id}
        )
        self.assertEqual(wizard.line_ids.mapped("denomination"), [100.0, 5.0])
        for wrong in ("100, x", "-5", "0", "0.001"):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                self.company.isp_till_denominations = wrong

    # === PAPER === #

    def test_ticket_and_report(self):
        session = self._open()
        payment = self._take(handed_amount=500.0)
        self.assertEqual(
            payment.action_isp_print_receipt()["report_name"], "isp_payments_mx.ticket"
        )
        reports = self.env["ir.actions.report"]
        for paper in ("80", "58"):
            self.till.paper = paper
            pdf, kind = reports._render_typst_pdf(
                "isp_payments_mx.action_report_ticket", payment.ids
            )
            self.assertEqual((kind, pdf[:4]), ("pdf", b"%PDF"))
        texts = dict(payment._isp_typst_data(None)["rows"])
        self.assertIn("151.00", texts["Change"])
        self.assertEqual(texts["Received by"], self.user_cashier.name)
        self.till.paper = "letter"
        name = payment.action_isp_print_receipt()["report_name"]
        self.assertEqual(name, "isp_subscription.payment_receipt")
        for _step in range(2):
            pdf, _kind = reports._render_typst_pdf(
                "isp_payments_mx.action_report_till_session", session.ids
            )
            self.assertEqual(pdf[:4], b"%PDF")
            if session.state == "open":
                self._close(session, counted_amount=849.0)
        data = session._isp_typst_data(None)
        self.assertEqual(data["state"], "CLOSED")
        self.assertIn(["Difference", "$0.00", True], data["figures"])
