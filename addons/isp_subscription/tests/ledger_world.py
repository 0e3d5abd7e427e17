"""What can happen to some services of an ISP, one random step at a time."""

from datetime import date, datetime, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

LIVE = ("active", "grace", "suspended", "paused")


class World:
    """Services of one company, a clock that runs, and a die that decides.

    ``steps`` are the names of the methods; a step that the business rules refuse is counted in
    ``refused`` and must leave everything as it was.
    """

    steps = (
        ("pass_time", 14),
        ("bill_ahead_of_time", 5),
        ("pay_exactly", 8),
        ("pay_part", 7),
        ("pay_too_much", 5),
        ("pay_months_ahead", 7),
        ("pay_several", 4),
        ("pay_in_accounting", 5),
        ("pay_chosen_invoice", 3),
        ("reverse_invoice", 3),
        ("reduce_invoice", 3),
        ("credit_days", 6),
        ("cancel_invoice", 3),
        ("correct_invoice", 3),
        ("undo_allocation", 4),
        ("cancel_payment", 4),
        ("suspend", 4),
        ("reactivate", 3),
        ("pause", 3),
        ("change_plan", 4),
        ("charge", 2),
        ("leave_and_come_back", 1),
    )

    def __init__(self, test, clock, rng):
        self.test, self.clock, self.rng, self.env = test, clock, rng, test.env
        self.today = date(2027, 1, 5)
        self.clock.move_to(datetime(2027, 1, 5, 18))
        self.services = self.env["isp.subscription"]
        self.done, self.refused = {}, {}  # name: how often, name: why not

    def add_service(self, **values):
        day = self.today - timedelta(self.rng.randrange(0, 40))
        service = self.test._create_subscription(date_start=day, **values)
        self.services |= service

    def step(self):
        """Do one random thing in a savepoint and return its name."""
        names, weights = zip(*self.steps, strict=True)
        name = self.rng.choices(names, weights)[0]
        try:
            with self.env.cr.savepoint():
                getattr(self, name)()
                self.env.flush_all()
            self.done[name] = self.done.get(name, 0) + 1
        except (UserError, ValidationError) as error:
            self.env.invalidate_all()
            self.refused.setdefault(name, []).append(str(error))
        return name

    # === CHOICES === #

    def one(self, records):
        if not records:
            raise UserError("nothing to choose from")  # pylint: disable=translation-required
        return records[self.rng.randrange(len(records))]

    def service(self, *states):
        return self.one(self.services.filtered(lambda sub: sub.state in (states or LIVE)))

    def invoice(self, *states):
        moves = self.services.period_ids.move_id
        moves = moves.filtered(
            lambda move: (
                move.state == "posted"
                and move.payment_state in states
                and not move.reversal_move_ids
            )
        )
        return self.one(moves.sorted("id"))

    def amount(self, low, high):
        return self.rng.randrange(int(low * 100), int(high * 100)) / 100

    # === TIME === #

    def pass_time(self):
        """Days go by; every day its job: pauses, billing, grace and cuts."""
        for _index in range(self.rng.choice((1, 2, 5, 9, 20))):
            self.today += timedelta(1)
            self.clock.move_to(datetime(self.today.year, self.today.month, self.today.day, 18))
            self.run_pauses()
        services = self.env["isp.subscription"].sudo()
        due = services.search(services._get_due_domain(self.today, self.test.company))
        _moves, failed = (due & self.services.sudo())._bill_chunk(self.today)
        self.test.assertFalse(failed, failed.mapped("billing_error"))

    def run_pauses(self):
        pauses = self.services.sudo().pause_ids
        for pause in pauses.filtered(lambda row: row.state == "running"):
            pause._end(self.today)
        for pause in pauses.filtered(lambda row: row.state == "planned"):
            pause._begin(self.today)

    # === MONEY IN === #

    def pay(self, service, amount, months=0, plan=None):
        if amount <= 0:
            raise UserError("nothing to pay")  # pylint: disable=translation-required
        payment = self.test._create_payment(service, amount, date=self.today)
        service._isp_settle_payment(payment, months=months, plan=plan)

    def pay_exactly(self):
        service = self.service()
        self.pay(service, service._get_payment_quote(0)["total"])

    def pay_part(self):
        service = self.service()
        self.pay(service, self.amount(1, max(service.balance_due, 2)))

    def pay_too_much(self):
        service = self.service()
        self.pay(service, round(service.balance_due + self.amount(1, 900), 2))

    def pay_months_ahead(self):
        service, months = self.service(), self.rng.randint(1, 4)
        self.pay(service, service._get_payment_quote(months)["total"], months)

    def pay_several(self):
        service = self.service()
        plan = {sub: self.rng.randint(0, 2) for sub in service._isp_payer_services()}
        self.pay(service, service._get_payer_quote(plan)["total"], plan=plan)

    def pay_in_accounting(self):
        payments = self.env["account.payment"].with_context(force_payment_move=True)
        payments.create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.service().partner_id.id,
                "amount": self.amount(1, 800),
                "date": self.today,
                "journal_id": self.test.company_data["default_journal_bank"].id,
            }
        ).action_post()

    def pay_chosen_invoice(self):
        move = self.invoice("not_paid", "partial")
        wizards = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        journal = self.test.company_data["default_journal_bank"]
        wizards.create({"journal_id": journal.id})._create_payments()

    # === BILLS === #

    def bill_ahead_of_time(self):
        self.service("active", "grace")._bill_periods(self.rng.randint(1, 3))

    def reverse_invoice(self):
        self.invoice("not_paid", "partial", "paid", "in_payment")._reverse_moves(cancel=True)

    def reduce_invoice(self):
        """A credit note of an amount, no days: it settles like money."""
        move = self.invoice("not_paid", "partial")
        line = move.invoice_line_ids[:1]
        values = {
            "product_id": line.product_id.id,
            "price_unit": self.amount(1, line.price_total),
            "tax_ids": [Command.set(line.tax_ids.ids)],
        }
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": move.partner_id.id,
                "reversed_entry_id": move.id,
                "invoice_date": self.today,
                "invoice_line_ids": [Command.create(values)],
            }
        )
        note.action_post()

    def credit_days(self):
        service = self.service()
        rows = service._isp_live_rows()
        start = self.one(rows).date_start + timedelta(self.rng.randrange(0, 25))
        service._isp_credit_days(start, start + timedelta(self.rng.randrange(1, 50)), "Prueba")

    def cancel_invoice(self):
        self.invoice("not_paid", "partial", "paid", "in_payment").button_cancel()

    def correct_invoice(self):
        move = self.invoice("not_paid", "partial", "paid", "in_payment")
        move.button_draft()
        self.env.flush_all()
        move.action_post()

    def charge(self):
        service = self.service()
        service._isp_charge(service.plan_id.product_variant_id, "Visita", self.amount(1, 300))

    # === UNDOING === #

    def undo_allocation(self):
        items = self.services.period_ids.move_id.line_ids
        self.one((items.matched_credit_ids | items.matched_debit_ids).sorted("id")).unlink()

    def cancel_payment(self):
        payments = self.env["account.payment"].search(
            [
                ("partner_id", "in", self.services.partner_id.ids),
                ("state", "in", ("in_process", "paid")),
            ],
            order="id",
        )
        self.one(payments).action_cancel()

    # === SERVICE === #

    def suspend(self):
        service = self.service("active", "grace")
        service._suspend("debt" if service.overdue_amount else "manual")

    def reactivate(self):
        self.service("suspended")._reactivate("Prueba")

    def pause(self):
        start = self.today + timedelta(self.rng.randrange(0, 6))
        days = timedelta(self.rng.randrange(15, 40))
        self.service("active")._isp_plan_pause(start, start + days)

    def change_plan(self):
        service = self.service("active")
        plan = self.one(service._isp_allowed_plans())
        policy = self.rng.choice(("on_payment", "now_credit", "next_cutoff"))
        service._isp_request_plan_change(plan, policy)

    def leave_and_come_back(self):
        service = self.service("active")
        service._isp_request_cancellation(self.today)
        values = {"partner_id": service.partner_id.id, "anchor_day": self.rng.randint(1, 31)}
        self.services |= self.test._create_subscription(date_start=self.today, **values)
