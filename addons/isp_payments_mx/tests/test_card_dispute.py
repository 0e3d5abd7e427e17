from itertools import permutations

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .. import const
from .common import OpenpayCommon
from .refund_common import RefundMixin


@tagged("post_install", "-at_install")
class TestCardDispute(RefundMixin, OpenpayCommon):
    """Money that is given back elsewhere, or that the cardholder's bank asks back."""

    def test_dispute_is_told_and_changes_no_books(self):
        self._dispute("created")
        self.assertEqual((self.card.dispute_state, self.card.state), ("open", "paid"))
        self.assertTrue(self.card.disputed_at)
        self.assertIn("disputes the card payment of", self._story())
        self.assertEqual(len(self.subscription.activity_ids), 1)
        self.assertIn(self.payment.state, ("in_process", "paid"))
        self._dispute_again()

    def _dispute_again(self):
        """The same news once more tells nobody anything."""
        told = len(self.subscription.message_ids)
        self._receive_again()
        self.assertEqual(len(self.subscription.message_ids), told)
        self.assertEqual(len(self.subscription.activity_ids), 1)

    def test_dispute_won(self):
        self._dispute("created", "rejected")
        self.assertEqual(self.card.dispute_state, "won")
        self.assertIn("the money stays", self._story())
        self.assertFalse(self.subscription.activity_ids)
        with self.assertRaises(UserError):
            self.card.with_user(self.user_manager).action_book_dispute()

    def test_dispute_lost_is_booked_by_a_manager(self):
        move = self.payment.reconciled_invoice_ids
        self._dispute("created", "accepted")
        self.assertEqual(self.card.dispute_state, "lost")
        self.assertEqual(len(self.subscription.activity_ids), 1)
        self.assertEqual(move.amount_residual, 0.0, "nothing is booked before somebody looked")
        for user in (self.user_billing, self.user_cashier):
            with self.assertRaises(AccessError):
                self.card.with_user(user).action_book_dispute()
        self.card.with_user(self.user_manager).action_book_dispute()
        self.assertEqual((move.amount_residual, self.payment.state), (349.0, "canceled"))
        self.assertEqual(self.card.dispute_booked_by_id, self.user_manager)
        self.assertIn("was reversed by", self._story())
        self.assertFalse(self.subscription.activity_ids)
        with self.assertRaises(UserError):
            self.card.with_user(self.user_manager).action_book_dispute()
        self._receive_again()
        self.assertEqual(len(self._payments(self.subscription)), 1, "nothing is booked again")

    def test_direct_debit_stops(self):
        self.subscription = self._create_subscription()
        mandate = self._agree(self.subscription)
        self.assertEqual(mandate.state, "active")
        self.card = self._charge_stored(self.subscription, mandate.token_id)
        self._dispute("created")
        self.assertEqual((mandate.state, mandate.suspend_code), ("suspended", "dispute"))

    def test_won_dispute_gives_direct_debit_back(self):
        mandate, others = self._disputed_debit()
        self._dispute("created", card=others)
        self._dispute("rejected")
        self.assertEqual(mandate.state, "suspended", "another charge of the card is disputed")
        self.assertIn("another charge of the card", self._story())
        self._dispute("rejected", card=others)
        self.assertEqual((mandate.state, mandate.suspend_code), ("active", False))
        self.assertIn("goes on", self._story())
        self._dispute("created")
        self.assertEqual(mandate.state, "suspended", "a second round")
        mandate.card_expiry = self._today().replace(year=2020)
        self._dispute("rejected")
        self.assertEqual(mandate.state, "suspended")
        self.assertIn("has expired", self.subscription.activity_ids.note)

    def _disputed_debit(self):
        """Return the direct debit of a disputed charge, and another charge of its card."""
        self.subscription = self._create_subscription()
        mandate = self._agree(self.subscription)
        self.card = self._charge_stored(self.subscription, mandate.token_id)
        others = self._charge_stored(self._create_subscription(), mandate.token_id)
        self._dispute("created")
        self.assertEqual((mandate.state, mandate.suspend_code), ("suspended", "dispute"))
        return mandate, others

    def test_what_was_due_meanwhile_is_not_charged(self):
        mandate, _others = self._disputed_debit()
        debit = (
            self.env["isp.card.debit"]
            .sudo()
            .create(
                {
                    "mandate_id": mandate.id,
                    "subscription_id": self.subscription.id,
                    "company_id": self.company.id,
                    "period_start": "2020-01-21",
                    "date_due": "2020-01-21",
                    "charge_date": "2020-01-21",
                    "next_date": "2020-01-21",
                    "amount": 349.0,
                }
            )
        )
        self._dispute("rejected")
        self.assertEqual((mandate.state, debit.state), ("active", "cancelled"))

    # === ORDER === #

    def test_every_order_ends_in_the_same_books(self):
        for order in permutations(("refunded", "created", "accepted")):
            self._make_paid_card()
            bodies = {"refunded": (self._in_dashboard(100.0), "charge.refunded")}
            for step in ("created", "accepted"):
                data = {"charge_id": self.card.charge_id, "status": step}
                charge = self.simulator.post("/_control/chargeback", data)
                bodies[step] = (charge, f"chargeback.{step}")
            for name in (*order, *order):
                self._deliver(*bodies[name])
            self.assertEqual(self.card.dispute_state, "lost", order)
            self.assertEqual(self.payment.isp_refund_ids.mapped("amount"), [100.0], order)
            self.assertEqual(self._books(), (100.0, 0.0), order)
            self.card.with_user(self.user_manager).action_book_dispute()
            self.assertEqual(self._books(), (349.0, 0.0), order)
            self.assertEqual(len(self.subscription.activity_ids), 0, order)

    def _make_paid_card(self):
        customer = self._create_customer("Ana Rojas")
        self.subscription = self._create_subscription(partner_id=customer.id)
        self.subscription._bill_periods(1)
        self.card = self._start_card(self.subscription)
        self.payment = self.card.transaction_id.payment_id
        self.invoice = self.payment.reconciled_invoice_ids

    def test_parts_that_make_the_whole(self):
        """Each part is a message of its own, however often it comes."""
        self._switch(several_refunds=True)
        first = self._in_dashboard(100.0)
        for _copy in range(2):
            self._deliver(first, "charge.refunded")
        second = self._in_dashboard(249.0)
        for charge in (second, first, second):
            self._deliver(charge, "charge.refunded")
        self.assertEqual(self.payment.isp_refund_ids.mapped("amount"), [249.0, 100.0])
        self.assertEqual((self.card.amount_refunded, self._books()), (349.0, (349.0, 0.0)))
        self.assertEqual(self._story().count("in Openpay's dashboard"), 2)
        self.assertEqual(len(self._notices("refund")), 2)

    def test_part_that_the_charge_does_not_show_any_more(self):
        self._switch(several_refunds=True)
        missed = self._in_dashboard(100.0)
        self._deliver(self._in_dashboard(50.0), "charge.refunded")
        self._deliver(missed, "charge.refunded")
        event = self.env["isp.payment.event"].sudo().search([("outbox_state", "=", "error")])
        self.assertEqual((len(event), event.last_error_code), (1, "refund_missing"))
        self.assertEqual(self._books(), (50.0, 0.0))

    def test_dashboard_gives_all_back(self):
        self._switch(refund_status=True, refund_told=False)
        charge = self._in_dashboard()
        self.assertEqual(charge["status"], "refunded")
        for _time in range(2):
            self._deliver(charge, "charge.refunded")
            self._receive_again()
        refund = self.payment.isp_refund_ids
        self.assertEqual((refund.origin, refund.amount, refund.state), ("openpay", 349.0, "done"))
        self.assertEqual(self._books(), (349.0, 0.0))

    def test_message_overtakes_our_own_answer(self):
        refund = self._prepare(100.0)
        refund.write({"outbox_state": "sent", "sent_at": self._now(), "attempts": 1})
        answer = refund._outbox_call()
        self._deliver(answer, "charge.refunded")
        self.assertEqual((refund.state, refund.origin), ("done", "office"))
        refund._outbox_finish(answer)
        self.assertEqual(self.payment.isp_refund_ids, refund)
        self.assertEqual(self._books(), (100.0, 0.0))

    def test_disputed_before_we_knew_that_it_was_paid(self):
        service = self._create_subscription()
        service._bill_periods(1)
        card = self._start_card(service, send=False)
        card.write({"outbox_state": "sent", "sent_at": self._now(), "attempts": 1})
        charge = card._outbox_call()
        data = {"charge_id": charge["id"], "status": "created"}
        charge = self.simulator.post("/_control/chargeback", data)
        self._make_due(card)
        card._outbox_process_one()
        self._deliver(charge, "chargeback.created")
        self.assertEqual((card.state, card.dispute_state), ("paid", "open"))
        self.assertEqual(service.balance_due, 0.0)

    # === NO MESSAGE CAME === #

    def test_comparison_finds_disputes_and_refunds(self):
        monitor = self.env["isp.payment.monitor"].sudo()._ensure()
        monitor = monitor.filtered(lambda row: row.provider_id == self.provider)
        data = {"charge_id": self.card.charge_id}
        for step, state in (("created", "open"), ("rejected", "open"), ("created", "open")):
            self.simulator.post("/_control/chargeback", data | {"status": step})
            monitor._reconcile()
            self._work_on_events()
            self.assertEqual(self.card.dispute_state, state)
        self.card._look_after_one()
        self.simulator.post("/_control/chargeback", data | {"status": "accepted"})
        self.assertIn("not noted before: 1", monitor._reconcile())
        self._work_on_events()
        self.assertEqual(self.card.dispute_state, "lost")
        self.assertIn("not noted before: 0", monitor._reconcile())

    def test_looking_again_finds_what_no_list_shows(self):
        """Charges of stored cards are not in the lists of the merchant."""
        service = self._create_subscription()
        card = self._charge_stored(service, self._agree(service).token_id)
        self.assertGreater(card.aftercare_at, self._now())
        self.assertFalse(self._due_looks() & card)
        card.aftercare_at = self._now()
        self._in_dashboard(100.0, card)
        self._due_looks()._look_after_one()
        self.assertEqual(card.amount_refunded, 100.0)
        self.assertGreater(card.aftercare_at, self._now())
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        card._look_after_one()
        self.assertIn("no connection", card.last_error)
        self.provider.openpay_base_url = self.simulator.url
        data = {"charge_id": card.charge_id, "status": "created"}
        self.simulator.post("/_control/chargeback", data)
        card._look_after_one()
        self.assertEqual(card.dispute_state, "open")

    def _due_looks(self):
        due = [("aftercare_at", "<=", self._now())]
        return self.env["isp.card.charge"].sudo().search(due)

    # === BOTH AT ONCE === #

    def test_no_refund_of_disputed_money(self):
        refund = self._prepare(100.0)
        data = {"charge_id": self.card.charge_id, "status": "created"}
        self.simulator.post("/_control/chargeback", data)  # and no message came
        refund._outbox_process_one()
        self.assertEqual((refund.state, refund.last_error_code), ("failed", const.REFUND_CHANGED))
        self.assertEqual(self._given_at_openpay(), 0)
        self._due_looks()._look_after_one()
        self.assertEqual(self.card.dispute_state, "open")
        for step in ("", "accepted"):
            if step:
                self._dispute(step)
            for kind in ("card", "payout"):
                with self.assertRaisesRegex(UserError, "pays twice"):
                    self._order(100.0, kind=kind, reference="x")
        self.card.with_user(self.user_manager).action_book_dispute()
        with self.assertRaisesRegex(UserError, "was reversed"):
            self._order(100.0, kind="card")

    def test_dashboard_was_faster(self):
        refund = self._prepare(100.0)
        self._in_dashboard(349.0)
        refund._outbox_process_one()
        self.assertEqual(refund.last_error_code, const.REFUND_CHANGED)
        self._due_looks()._look_after_one()
        self.assertEqual(self.card.amount_refunded, 349.0)
        self.assertEqual(self._books(), (349.0, 0.0))

    def test_given_back_after_the_bank_took_it(self):
        """Openpay would hardly do it: left to people, and nothing is booked twice."""
        self._dispute("created", "accepted")
        self.card.with_user(self.user_manager).action_book_dispute()
        shown = {"id": "trlate", "amount": 349.0, "description": "x"}
        data = self.provider._openpay_get_charge(self.card.charge_id)
        for _time in range(2):
            self._book({**data, "refund": shown})
        refund = self.card.refund_ids
        self.assertEqual((refund.state, refund.booked_at), ("done", False))
        self.assertIn("got his money twice", refund.booking_note)
        self.assertEqual(len(self.subscription.activity_ids), 1)
        with self.assertRaisesRegex(UserError, "was reversed"):
            refund.with_user(self.user_manager).action_book()
        with self.assertRaises(AccessError):
            refund.with_user(self.user_billing).action_book()

    def test_lost_dispute_opens_the_debt(self):
        """The bill is overdue again; the usual rules decide about the service."""
        self._dispute("created", "accepted")
        self.card.with_user(self.user_manager).action_book_dispute()
        today = max(self.invoice.invoice_date_due, self._today())
        overdue = self.subscription._isp_overdue_amount(today.replace(year=today.year + 1))
        self.assertEqual((overdue, self.subscription.state), (349.0, "active"))
        self.subscription._suspend("debt")
        self.assertEqual(self.subscription.state, "suspended")
