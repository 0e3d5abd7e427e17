from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.consent import text_hash
from .card_common import DECLINED, MASTERCARD
from .common import OpenpayCommon
from .debit_common import DebitMixin


@tagged("post_install", "-at_install")
class TestDebitMandate(DebitMixin, OpenpayCommon):
    """What a customer agrees to, the evidence of it, and how it ends."""

    def setUp(self):
        super().setUp()
        self.startPatcher(self._on("2026-03-10"))
        self.subscription = self._create_subscription(date_start=date(2026, 3, 21))

    def startPatcher(self, patcher):
        value = patcher.start()
        self.addCleanup(patcher.stop)
        return value

    # === OFFER === #

    def test_offer(self):
        offer = self.subscription._isp_debit_offer()
        self.assertEqual((offer["day"], offer["amount"], offer["cap"]), (21, 349.0, 698.0))
        self.assertEqual(offer["days"], [19, 20, 21, 22, 23, 24])
        self.assertEqual(offer["first_date"], date(2026, 3, 21))
        for words in ("$349.00", "$698.00", "day 21", "5 days", self.subscription.name):
            self.assertIn(words, offer["text"])
        self.assertEqual(offer["version"], "base-1")

    def test_another_day(self):
        self.assertEqual(self.subscription._isp_debit_offer(24)["first_date"], date(2026, 3, 24))
        self.assertEqual(self.subscription._isp_debit_offer(3)["day"], 21, "not offered")

    def test_first_charge_leaves_the_days_of_the_notice(self):
        with self._on("2026-03-19"):
            self.subscription._bill_due(date(2026, 3, 19))
            self.assertEqual(self.subscription._isp_debit_offer()["first_date"], date(2026, 3, 24))

    def test_text_of_the_company(self):
        text = "{amount} {cap} {day} {notice_days} {company}"
        self.company.isp_debit_consent = text
        offer = self.subscription._isp_debit_offer()
        self.assertEqual(offer["version"], "c1")
        self.assertIn(self.company.name, offer["text"])
        self.company.isp_debit_consent = text
        self.assertEqual(self.company.isp_debit_consent_number, 1, "the same text")
        self.company.isp_debit_consent = f"{text}!"
        self.assertEqual(self.subscription._isp_debit_offer()["version"], "c2")

    def test_refused_settings(self):
        bad = (
            {"isp_debit_consent": "{amount} only"},
            {"isp_debit_consent": "{amount} {cap} {day} {notice_days} {iban}"},
            {"isp_debit_schedule": "1,2"},
            {"isp_debit_schedule": "a"},
            {"isp_debit_notice_days": 4},
            {"isp_legal_debit_notice_days": 6},
        )
        for values in bad:
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.company.write(values)
        with mute_logger("odoo.sql_db"):
            for values in (
                {"isp_debit_hour_from": 20},
                {"isp_debit_cap_percent": 50},
                {"isp_debit_late_days": 11},
            ):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self.company.write(values)
                    self.company.flush_recordset()
        self.company.write({"isp_debit_notice_days": 8, "isp_legal_debit_notice_days": 7})

    def test_offered(self):
        self.assertTrue(self.subscription._isp_debit_offered())
        self.company.isp_debit_offered = False
        self.assertFalse(self.subscription._isp_debit_offered())
        self.company.isp_debit_offered = True
        self.provider.openpay_public_key = False
        self.assertFalse(self.subscription._isp_debit_offered(), "the form needs it")
        self.provider.openpay_public_key = "pk_1"
        self.provider.state = "disabled"
        self.assertFalse(self.subscription._isp_debit_offered())

    # === EVIDENCE === #

    def test_agreed(self):
        offer = self.subscription._isp_debit_offer()
        mandate = self._agree(self.subscription)
        self.assertEqual(mandate.state, "active")
        self.assertRegex(mandate.name, r"^DOM-\d{6}$")
        self.assertEqual((mandate.ip, mandate.user_agent), ("203.0.113.9", "Tests/1.0"))
        self.assertEqual(mandate.consent_text, offer["text"])
        self.assertEqual(mandate.text_hash, text_hash(offer["text"]))
        self.assertEqual((mandate.amount_cap, mandate.charge_day), (698.0, 21))
        self.assertEqual((mandate.card_brand, mandate.card_last4), ("Visa", "1111"))
        self.assertEqual(mandate.card_expiry, date(2035, 12, 31))
        self.assertEqual(mandate.accepted_by, self.env.user)
        self.assertEqual(mandate.customer_name, self.customer.name)
        self.assertTrue(mandate.is_sealed)
        notice = self._notices("debit_mandate")
        self.assertIn(mandate.name, notice.text)
        self.assertIn(offer["text"], notice.text)

    def test_evidence_is_never_changed(self):
        mandate = self._agree(self.subscription)
        for values in (
            {"consent_text": "x"},
            {"amount_cap": 9999.0},
            {"charge_day": 1},
            {"ip": "10.0.0.1"},
            {"card_last4": "9999"},
            {"evidence_hash": "x"},
        ):
            with self.assertRaises(UserError):
                mandate.write(values)
        with self.assertRaises(UserError):
            mandate.unlink()

    def test_tampering_shows(self):
        mandate = self._agree(self.subscription)
        for column, value in (("consent_text", "x"), ("amount_cap", 900), ("ip", "1.2.3.4")):
            with self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(f"UPDATE isp_card_mandate SET {column} = %s", [value])
                mandate.invalidate_recordset()
                self.assertFalse(mandate.is_sealed, column)
                savepoint.rollback()
            mandate.invalidate_recordset()
        self.assertTrue(mandate.is_sealed)

    def test_same_press_makes_one(self):
        first = self._agree(self.subscription, send=False, start_token="press")
        self.assertEqual(self._agree(self.subscription, start_token="press"), first)

    def test_second_card_while_the_first_is_stored(self):
        self._agree(self.subscription, send=False)
        with self.assertRaises(UserError):
            self._agree(self.subscription)

    def test_one_live_mandate(self):
        mandate = self._agree(self.subscription)
        other = self._agree(self.subscription, send=False)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            other.write({"state": "active"})
            other.flush_recordset()
        self.assertEqual(self.subscription._isp_mandate(), mandate)

    def test_card_that_cannot_be_stored(self):
        mandate = self._agree(self.subscription, DECLINED)
        self.assertEqual((mandate.state, mandate.end_reason), ("ended", "not_stored"))
        self.assertFalse(self._notices("debit_mandate"))
        self.assertEqual(self._agree(self.subscription).state, "active")

    def test_unknown_outcome_of_storing(self):
        self._fault("drop", path="/cards$")
        mandate = self._agree(self.subscription)
        self.assertEqual(mandate.state, "preparing")
        self._make_due(mandate.registration_id)
        mandate.registration_id._outbox_process_one()
        self.assertEqual((mandate.state, mandate.card_last4), ("active", "1111"))
        path = f"customers/{mandate.token_id.openpay_customer_id}/cards"
        self.assertEqual(len(self.provider._openpay_request("GET", path)), 1)

    def test_ended_while_its_card_was_stored(self):
        """Nobody agrees to it any more: the card is not kept."""
        mandate = self._agree(self.subscription, send=False)
        mandate._isp_end("service")
        row = mandate.registration_id
        row._outbox_process_one()
        self.assertEqual((mandate.state, row.state), ("ended", "done"))
        self.assertFalse(row.token_id.active)
        removals = self.env["isp.card.registration"].sudo()
        self.assertTrue(removals.search([("operation", "=", "delete")]))

    # === ANOTHER CARD, END === #

    def test_another_card(self):
        first = self._agree(self.subscription)
        second = self._agree(self.subscription, MASTERCARD)
        self.assertEqual((first.state, first.end_reason), ("ended", "replaced"))
        self.assertEqual((second.state, second.card_brand), ("active", "Mastercard"))
        self.assertFalse(first.token_id.active, "the former card is forgotten")
        self.assertTrue(second.token_id.active)
        self.assertEqual(len(self._notices("debit_mandate")), 2)

    def test_switched_off(self):
        mandate = self._agree(self.subscription)
        mandate._isp_end("customer", "I pay by transfer")
        self.assertEqual((mandate.state, mandate.end_reason), ("ended", "customer"))
        self.assertRegex(mandate.end_folio, r"^BAJ-\d{6}$")
        self.assertFalse(mandate.token_id.active)
        removal = self.env["isp.card.registration"].sudo().search([("operation", "=", "delete")])
        self.assertTrue(removal, "the card is deleted at Openpay")
        self.assertIn(mandate.end_folio, self._notices("debit_mandate")[-1].text)
        folio = mandate.end_folio
        mandate._isp_end("customer")
        self.assertEqual(mandate.end_folio, folio, "pressed twice")

    def test_staff_switches_off(self):
        mandate = self._agree(self.subscription)
        for user in (self.user_readonly, self.user_technician):
            with self.assertRaises(AccessError):
                mandate.with_user(user).action_end()
        mandate.with_user(self.user_cashier).action_end()
        self.assertEqual((mandate.state, mandate.end_reason), ("ended", "staff"))

    def test_service_ends(self):
        mandate = self._agree(self.subscription)
        self.subscription._set_state("cancel_pending")
        self.assertEqual(mandate.state, "active")
        self.subscription._set_state("cancelled")
        self.assertEqual((mandate.state, mandate.end_reason), ("ended", "service"))

    def test_service_of_another_customer(self):
        """Who agreed is charged, nobody else."""
        mandate = self._agree(self.subscription)
        contact = self.customer.create({"name": "Office", "parent_id": self.customer.id})
        service = self.subscription.with_user(self.user_billing)
        service.partner_id = contact
        self.assertEqual(mandate.state, "active", "the same customer")
        service.partner_id = self.other_customer
        self.assertEqual((mandate.state, mandate.end_reason), ("ended", "staff"))
        self.assertFalse(mandate.token_id.active)
        self.assertIn("another customer", mandate.end_note)

    # === CARDS THAT EXPIRE === #

    def test_card_about_to_expire(self):
        mandate = self._agree(self.subscription)
        mandates = self.env["isp.card.mandate"].sudo()
        self.env.cr.execute("UPDATE isp_card_mandate SET card_expiry = '2026-06-30'")
        mandate.invalidate_recordset()
        with self._committing_env() as env:
            mandates, company = mandates.with_env(env).sudo(), self.company.with_env(env)
            mandates._run_expiring(date(2026, 4, 30), company)
            self.assertFalse(mandates.browse(mandate.id).expiry_told)
            for day in (date(2026, 5, 1), date(2026, 5, 2), date(2026, 6, 1)):
                mandates._run_expiring(day, company)
        notice = self._notices("debit_card")
        self.assertEqual(len(notice), 1)
        self.assertIn("June 2026", notice.text)
        self.assertIn("1111", notice.text)
