"""Slow, independent recomputation of everything the ledger says, from the journal items.

Reads tables with plain SQL and adds up in Python with decimals; shares no code with the models.
Residuals come from balances and reconciliations, not from stored residuals.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(value):
    return Decimal(str(value or 0)).quantize(CENT, rounding=ROUND_HALF_UP)


class Books:
    """The tables of some services, read at one moment."""

    def __init__(self, env, services):
        env.flush_all()
        self.env, self.services = env, services
        self.rows = self._read(
            "SELECT * FROM isp_subscription_period WHERE subscription_id IN %s", services.ids
        )
        payers = services.commercial_partner_id.ids
        self.items = self._read(
            """SELECT line.id, line.move_id, line.balance, line.price_total, line.partner_id,
                      line.isp_subscription_id, line.isp_credited_period_id,
                      move.state, move.move_type, move.invoice_date_due, move.amount_total,
                      move.origin_payment_id, account.account_type = 'asset_receivable' AS due
                 FROM account_move_line line
                 JOIN account_move move ON move.id = line.move_id
                 JOIN account_account account ON account.id = line.account_id
                WHERE move.commercial_partner_id IN %s""",
            payers,
        )
        self.items = {item["id"]: item for item in self.items}
        self.partials = self._read(
            """SELECT partial.debit_move_id, partial.credit_move_id, partial.amount
                 FROM account_partial_reconcile partial
                 JOIN account_move_line line ON line.id = partial.debit_move_id
                WHERE line.partner_id IN %s""",
            payers,
        )

    def _read(self, query, ids):
        self.env.cr.execute(query, [tuple(ids)])
        return self.env.cr.dictfetchall()

    # === JOURNAL ITEMS === #

    def residuals(self):
        """Return ``{receivable item id: what is open of it}``, debits positive."""
        left = {key: cents(item["balance"]) for key, item in self.items.items() if item["due"]}
        for partial in self.partials:
            amount = cents(partial["amount"])
            for side, sign in (("debit_move_id", -1), ("credit_move_id", 1)):
                if partial[side] in left:
                    left[partial[side]] += sign * amount
        return left

    def open_by_move(self):
        """Return ``{move id: open amount}`` of the posted customer invoices."""
        open_amounts = defaultdict(lambda: ZERO)
        for key, left in self.residuals().items():
            item = self.items[key]
            if item["state"] == "posted" and item["move_type"] == "out_invoice":
                open_amounts[item["move_id"]] += left
        return open_amounts

    def credit_of(self, service):
        """Return the unallocated credit of the payer of ``service``."""
        left = self.residuals()
        return -sum(
            (
                left[key]
                for key, item in self.items.items()
                if item["due"]
                and item["state"] == "posted"
                and left[key] < 0
                and item["partner_id"] == service.commercial_partner_id.id
            ),
            ZERO,
        )

    def debts_of(self, service):
        """Return ``[(due date, amount)]`` of the open posted invoices of ``service``."""
        debts = []
        for move_id, left in self.open_by_move().items():
            mine = [item for item in self.items.values() if item["move_id"] == move_id]
            own = [item for item in mine if item["isp_subscription_id"] == service.id]
            if own and left:
                share = sum(cents(item["price_total"]) for item in own)
                amount = cents(left * share / cents(own[0]["amount_total"]))
                debts.append((own[0]["invoice_date_due"], amount))
        return debts

    # === DAYS === #

    def live_rows(self, service):
        return [
            row
            for row in self.rows
            if row["subscription_id"] == service.id and row["state"] != "void"
        ]

    def days(self, service):
        """Return ``{day: state of its row}``, day by day; fails when two rows share a day."""
        found = {}
        for row in self.live_rows(service):
            day = row["date_start"]
            while day < row["date_end"]:
                if day in found:
                    raise AssertionError(f"{service.name}: {day} is in two rows")
                found[day] = row["state"]
                day += timedelta(1)
        return found

    def first_day(self, service, states):
        """Return the first day of the service that is in no row of ``states``."""
        days, day = self.days(service), service.date_start
        while days.get(day) in states:
            day += timedelta(1)
        return day


class LedgerOracleMixin:
    """Compares what the models say with `Books`; every message names the service."""

    def _assert_books(self, services, today):
        services.invalidate_recordset()
        books = Books(self.env, services)
        self._assert_rows_equal_journal(books)
        self._assert_payments_add_up(books, services)
        for service in services:
            with self.subTest(service=service.name):
                self._assert_dates(books, service)
                self._assert_money(books, service, today)

    def _assert_rows_equal_journal(self, books):
        billed, open_rows = defaultdict(lambda: ZERO), defaultdict(lambda: ZERO)
        net, credited = defaultdict(lambda: ZERO), defaultdict(lambda: ZERO)
        for row in books.rows:
            if row["kind"] != "service":
                self.assertIn(row["state"], ("off", "void"))
                continue
            billed[row["move_line_id"]] += cents(row["amount_billed"])
            open_rows[row["move_id"]] += cents(row["amount_open"])
            net[row["move_id"]] += cents(row["amount_total"])
            credited[row["move_id"]] += cents(row["amount_credited"])
            self._assert_row(books, row)
        for line_id, amount in billed.items():
            self.assertEqual(amount, cents(books.items[line_id]["price_total"]), line_id)
        open_moves = books.open_by_move()
        for move_id, amount in open_rows.items():
            left = open_moves[move_id]
            if credited[move_id]:
                # What was given back may have paid something else: the days left are worth less.
                left = min(left, net[move_id])
            rows = [
                (row["id"], row["state"], row["amount_total"], row["amount_open"])
                for row in books.rows
                if row["move_id"] == move_id
            ]
            self.assertEqual(amount, left, f"open rows of move {move_id}: {rows}")

    def _assert_row(self, books, row):
        name = f"row {row['id']} [{row['date_start']}, {row['date_end']}) {row['state']}"
        credited = sum(
            cents(item["price_total"])
            for item in books.items.values()
            if item["isp_credited_period_id"] == row["id"] and item["state"] == "posted"
        )
        self.assertEqual(cents(row["amount_credited"]), credited, name)
        self.assertEqual(cents(row["amount_total"]), cents(row["amount_billed"]) - credited, name)
        if row["state"] != "void":
            parts = cents(row["amount_paid"]) + cents(row["amount_open"])
            self.assertEqual(parts, cents(row["amount_total"]), name)
            self.assertGreaterEqual(cents(row["amount_open"]), ZERO, name)
        is_paid = row["state"] == "paid"
        self.assertEqual(bool(row["paid_at"]), is_paid, f"{name}: paid_at {row['paid_at']}")
        if row["state"] in ("paid", "billed"):
            self.assertEqual(is_paid, cents(row["amount_open"]) == 0, name)

    def _assert_payments_add_up(self, books, services):
        """Every peso of a posted payment is allocated, visibly, or left in favour."""
        payments = self.env["account.payment"].search(
            [
                ("partner_id", "in", services.commercial_partner_id.ids),
                ("state", "in", ("in_process", "paid")),
            ]
        )
        payments.invalidate_recordset()
        left = books.residuals()
        for payment in payments:
            own = [key for key, item in books.items.items() if item["due"]]
            own = [key for key in own if books.items[key]["origin_payment_id"] == payment.id]
            rest = -sum((left[key] for key in own), ZERO)
            self.assertEqual(cents(payment.isp_overpaid_amount), rest, payment.isp_number)
            for links in (payment.isp_allocation_ids, payment.isp_coverage_ids):
                parts = sum(map(cents, links.mapped("amount")), ZERO)
                self.assertEqual(parts + rest, cents(payment.amount), payment.isp_number)

    def _assert_dates(self, books, service):
        self.assertEqual(
            service.next_billing_date,
            books.first_day(service, ("billed", "paid", "off")),
            "next billing date",
        )
        self.assertEqual(
            service.cutoff_date, books.first_day(service, ("paid", "off")), "cut-off date"
        )

    def _assert_money(self, books, service, today):
        debts = books.debts_of(service)
        overdue = [(due, amount) for due, amount in debts if due < today]
        balance = sum((amount for _due, amount in debts), ZERO)
        late = sum((amount for _due, amount in overdue), ZERO)
        self.assertEqual(cents(service.balance_due), balance, "charges")
        self.assertEqual(cents(service.overdue_amount), late, "overdue")
        oldest = min((due for due, _amount in overdue), default=False)
        self.assertEqual(service.overdue_since, oldest, "overdue since")
        self.assertEqual(cents(service.credit_balance), books.credit_of(service), "in favour")
        found = self.env["isp.subscription"].search([("balance_due", ">", 0)])
        self.assertEqual(service in found, balance > 0, "search by charges")
        if service.state == "suspended" and service._open_reason() == "debt":
            self.assertGreater(late, ZERO, "cut without a debt")
