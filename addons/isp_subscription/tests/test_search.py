from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestSearch(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+52 55 1234 5678"
        cls.subscription = cls._create_subscription(ip_address="10.20.3.4", pppoe_user="rosa.elena")
        cls.other = cls._create_subscription(partner_id=cls.other_customer.id)

    def _find(self, text, user=None):
        records = self.env["isp.subscription"].with_user(user or self.user_cashier)
        found = [record_id for record_id, _name in records.name_search(text)]
        return records.browse(found)

    def test_a_customer_is_found_by_whatever_he_says(self):
        number = self.subscription.name
        questions = (
            "rosa",
            "ROSA iba",
            "elena",
            "ibarra rosa",
            number,
            number.lstrip("0"),
            "5512345678",
            "55 1234 5678",
            "+52 1 55 1234-5678",
            "12345678",
            "5678",
            "10.20.3.4",
            "10.20.3",
            "rosa.elena",
        )
        for question in questions:
            with self.subTest(question=question):
                self.assertIn(self.subscription, self._find(question))
                self.assertNotIn(self.other, self._find(question))

    def test_accents_do_not_matter(self):
        for question in ("tomas", "Tomás", "TOMAS ARR"):
            with self.subTest(question=question):
                self.assertEqual(self._find(question), self.other.with_user(self.user_cashier))

    def test_the_middle_of_a_word_is_found_when_nothing_begins_so(self):
        self.assertEqual(self._find("riaga"), self.other.with_user(self.user_cashier))
        self.assertFalse(self._find("nobody at all"))

    def test_invoice_payment_and_reference(self):
        move = self.subscription._bill_periods(1)
        payment = self._pay(self.subscription, 349.0, isp_reference="98200055")
        for question in (move.name, move.name.lower(), "98200055", "9820 0055"):
            with self.subTest(question=question):
                self.assertEqual(self._find(question).ids, self.subscription.ids)
        payment.sudo().isp_number = 7654321
        self.assertEqual(self._find("7654321").ids, self.subscription.ids)

    def test_words_follow_the_contact(self):
        self.customer.write({"name": "Ñusta Quispe", "phone": "33 8765 4321"})
        self.assertEqual(self._find("nusta").ids, self.subscription.ids)
        self.assertEqual(self._find("3387654321").ids, self.subscription.ids)
        self.assertFalse(self._find("5512345678"))

    def test_the_search_box_of_the_list_asks_the_same(self):
        found = self.env["isp.subscription"].search([("display_name", "ilike", "1234 5678")])
        self.assertIn(self.subscription, found)
        none = self.env["isp.subscription"].search([("display_name", "not ilike", "rosa")])
        self.assertNotIn(self.subscription, none)

    def test_the_words_are_read_through_the_index(self):
        self.env.flush_all()
        records = self.env["isp.subscription"].sudo().with_context(active_test=False)
        query = records._search(records._isp_words_domain([["rosa"]]))
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("EXPLAIN " + query.select().code, query.select().params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("search_text_words", plan)

    def test_special_characters_are_harmless(self):
        for question in ("'", "\\", "a' | 'b", "(:*)", "%", "_", "!& |", "﷽"):
            with self.subTest(question=question):
                self.assertIsNotNone(self._find(question))

    def test_other_company_and_customer_find_nothing(self):
        company = self._create_company(name="Second ISP")
        stranger = self.user_readonly
        stranger.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.assertFalse(self._find("rosa", stranger))
        self.assertFalse(self._find("5512345678", stranger))

    def test_wrong_addresses_are_refused(self):
        for wrong in ("10.20.3", "router", "10.20.3.256"):
            with self.subTest(address=wrong), self.assertRaisesRegex(ValidationError, "10.20.3.4"):
                self.subscription.ip_address = wrong
        self.subscription.ip_address = "2001:db8::1"
        self.assertEqual(self._find("2001:db8::1").ids, self.subscription.ids)

    def test_the_technician_writes_the_connection(self):
        values = {"ip_address": "10.9.9.9", "pppoe_user": "x", "connection_note": "Blue fibre"}
        self.subscription.with_user(self.user_technician).write(values)
        self.assertEqual(self.subscription.connection_note, "Blue fibre")
        for role in ("readonly", "cashier"):
            record = self.subscription.with_user(getattr(self, f"user_{role}"))
            for name, value in values.items():
                with self.subTest(role=role, field=name), self.assertRaises(AccessError):
                    record.write({name: value})
        with self.assertRaises(AccessError):
            self.subscription.with_user(self.user_manager).write({"search_text": "everybody"})
