from datetime import date

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import IspCommon

# What belongs to one record, or to the moment: everything else must be Odoo's own.
OWN = {"id", "move_id", "create_date", "write_date", "access_token"}
OWN_OF_MOVE = {"name", "sequence_number", "payment_reference", "isp_paid_on"}
OWN_OF_LINE = {"move_name", "isp_subscription_id", "isp_period_id"}
DAY = date(2026, 3, 10)  # one period of a service since February is due


@tagged("post_install", "-at_install")
class TestBillingBatch(IspCommon):
    """A batch works like things out once, and nobody can tell its invoices from Odoo's."""

    def _columns(self, record, own):
        """Return the database row of ``record`` without what is its own."""
        record.env.flush_all()
        table = SQL.identifier(record._table)
        self.env.cr.execute(SQL("SELECT * FROM %s WHERE id = %s", table, record.id))
        row = self.env.cr.dictfetchone()
        return {name: value for name, value in row.items() if name not in OWN | own}

    def _links(self, line):
        return line.tax_ids, line.tax_tag_ids, line.display_type

    def _plain_invoice(self, move):
        """Return an invoice with the same line as ``move``, made and posted the usual way."""
        line = move.invoice_line_ids
        plain = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": move.company_id.id,
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "invoice_date": move.invoice_date,
                "invoice_date_due": move.invoice_date_due,
                "invoice_payment_term_id": False,
                "invoice_origin": move.invoice_origin,
                "invoice_user_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "name": line.name,
                            "quantity": 1.0,
                            "price_unit": line.price_unit,
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                        }
                    )
                ],
            }
        )
        plain.action_post()
        return plain

    def _check_like_odoo(self, move):
        plain = self._plain_invoice(move)
        own = OWN_OF_MOVE
        self.assertEqual(self._columns(move, own), self._columns(plain, own))
        self.assertEqual(len(move.line_ids), len(plain.line_ids))
        for ours, odoos in zip(move.line_ids, plain.line_ids, strict=True):
            own = OWN_OF_LINE
            if ours.display_type == "payment_term":
                self.assertEqual(ours.name or "", ours.move_id.payment_reference or "")
                self.assertEqual(odoos.name or "", odoos.move_id.payment_reference or "")
                own = OWN_OF_LINE | {"name"}
            self.assertEqual(self._columns(ours, own), self._columns(odoos, own))
            self.assertEqual(self._links(ours), self._links(odoos))

    def _services(self, count, **values):
        customers = [self._create_customer(f"Batch {number}") for number in range(count)]
        services = self.env["isp.subscription"]
        for customer in customers:
            services |= self._create_subscription(partner_id=customer.id, **values)
        return services

    def _bill(self, services):
        plan = services._isp_billing_plan(DAY)
        moves = services._isp_invoice(plan, DAY)
        self.assertEqual([move.partner_id for move in moves], [sub.partner_id for sub in services])
        return moves

    def test_invoices_of_a_batch_are_odoos_own(self):
        services = self._services(3, date_start=date(2026, 2, 21))
        moves = self._bill(services)
        for move in moves:
            self._check_like_odoo(move.sudo(False))

    def test_so_they_are_with_taxes_on_top_and_cash_basis(self):
        account = self.company_data["default_account_tax_sale"].copy()
        account.reconcile = True
        tax = self.tax_sale_a.copy(
            {
                "name": "IVA 16% when paid",
                "amount": 16.0,
                "price_include_override": "tax_excluded",
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": account.id,
            }
        )
        second = self.tax_sale_a.copy({"name": "IEPS 3%", "amount": 3.0})
        self.plan_100.taxes_id = tax | second
        services = self._services(2, plan_id=self.plan_100.id, date_start=date(2026, 2, 21))
        for move in self._bill(services):
            self.assertEqual(move.amount_total, services[0].price_total)
            self._check_like_odoo(move)

    def test_every_customer_keeps_what_is_his(self):
        """Prices, plans, receivable accounts and fiscal positions are never mixed up."""
        services = self._services(5, date_start=date(2026, 2, 21))
        services[1].plan_id = self.plan_100
        services[2].price_override = 123.45
        account = self.company_data["default_account_receivable"].copy()
        services[3].partner_id.property_account_receivable_id = account
        exempt = self.tax_sale_a.copy({"name": "Exempt", "amount": 0.0})
        position = self.env["account.fiscal.position"].create({"name": "Border"})
        exempt.write(
            {"fiscal_position_ids": position.ids, "original_tax_ids": self.tax_iva16_incl.ids}
        )
        services[4].partner_id.property_account_position_id = position
        moves = self._bill(services)
        self.assertEqual(
            [move.amount_total for move in moves],
            [349.0, 449.0, 123.45, 349.0, services[4].price_total],
        )
        self.assertIn(account, moves[3].line_ids.account_id)
        self.assertNotIn(account, moves[0].line_ids.account_id)
        self.assertEqual(moves[4].fiscal_position_id, position)
        self.assertEqual(moves[4].invoice_line_ids.tax_ids, exempt)
        for move in moves:
            self._check_like_odoo(move)

    def test_numbers_have_no_gap_and_no_double(self):
        moves = self._bill(self._services(4, date_start=date(2026, 2, 21)))
        numbers = sorted(moves.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 4)))
        self.assertEqual(len(set(moves.mapped("name"))), 4)
        self.assertFalse(any(moves.mapped("made_sequence_gap")))

    def test_rows_and_lines_know_each_other(self):
        services = self._services(3, date_start=date(2026, 2, 21))
        for service, move in zip(services, self._bill(services), strict=True):
            row = service.period_ids
            self.assertEqual(row.move_line_id, move.invoice_line_ids)
            self.assertEqual(move.invoice_line_ids.isp_period_id, row)
            self.assertEqual((row.state, row.amount_billed, row.amount_open), ("billed", 349, 349))

    def test_new_customers_get_their_rank(self):
        services = self._services(2, date_start=date(2026, 2, 21))
        self._bill(services)
        self.assertEqual([sub.partner_id.customer_rank for sub in services], [1, 1])
