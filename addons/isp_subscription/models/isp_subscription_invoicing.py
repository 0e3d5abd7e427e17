from psycopg2 import OperationalError

from odoo import models
from odoo.exceptions import UserError

#: values in which invoices of one recipe may differ
OWN_VALUES = {"partner_id", "invoice_date", "invoice_date_due", "invoice_origin"}
OWN_LINE_VALUES = {"name", "isp_subscription_id", "isp_period_id"}
#: an invoice made by a batch has no followers to tell and no earlier values to compare with
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


class IspSubscription(models.Model):
    """From periods to posted invoices, many at once.

    The invoices of a batch differ little: customer, dates and labels. Odoo works out the first
    one of each recipe (plan, price, taxes, fiscal position, accounts …) from its product line
    alone; the others get the same journal items at once. So amounts, taxes and accounts are
    always Odoo's own, and posting is `account`'s for all of them.
    """

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_invoice(self, plan, date, failures=None, **move_vals):
        """Create and post one invoice per entry of ``plan``, all in the same few queries.

        :param plan: list of ``(subscription, [Period, …])``
        :param dict failures: takes ``{subscription: error}`` of the services that cannot be
            billed for a reason that is seen beforehand; without it such an error is raised
        :param move_vals: more values of the invoices
        :return: the posted invoices, in the order of ``plan``
        """
        with self.env["isp.billing.memo"]._isp_remembering():
            entries = self._isp_prepare_entries(plan, date, failures, move_vals)
            recipes = self._isp_recipes(entries)
            firsts = [indexes[0] for indexes in recipes]
            created = self._isp_post_entries([entries[index] for index in firsts])
            moves = dict(zip(firsts, created, strict=True))
            others = self._isp_complete(entries, recipes, moves)
            created = self._isp_post_entries([entry for _index, entry in others])
            moves |= {index: move for (index, _entry), move in zip(others, created, strict=True)}
        ordered = [moves[index].id for index in range(len(entries))]
        return self.env["account.move"].browse(ordered)

    def _isp_prepare_entries(self, plan, date, failures, move_vals):
        """Return ``[(subscription, periods, invoice values), …]``; reads only, writes nothing."""
        entries = []
        for subscription, periods in plan:
            try:
                vals = subscription.sudo()._prepare_invoice_vals(periods, date)
                subscription.sudo()._isp_check_accounts()
            except OperationalError:
                raise
            except Exception as error:
                if failures is None:
                    raise
                failures[subscription] = error
            else:
                entries.append((subscription, periods, {**vals, **move_vals}))
        # No later month of a service is billed before an earlier one that could not be.
        return [entry for entry in entries if not failures or entry[0] not in failures]

    def _isp_check_accounts(self):
        """Refuse an invoice that Odoo would refuse to post, before anything is made.

        :raise UserError: naming the archived account
        """
        self.ensure_one()
        payer = self.partner_id.commercial_partner_id
        plan = self.plan_id
        if self.env.company != self.company_id:
            payer, plan = payer.with_company(self.company_id), plan.with_company(self.company_id)
        position = self.partner_id._isp_fiscal_position(self.company_id)
        income = self.env["isp.billing.memo"]._isp_once(
            ("income", plan.id, self.company_id.id, position.id),
            lambda: plan.get_product_accounts(position)["income"].id,
        )
        receivable = position.map_account(payer.property_account_receivable_id)
        for account in receivable | receivable.browse(income or ()):
            if not account.active:
                raise UserError(
                    self.env._(
                        "The account %(account)s is archived: give %(customer)s or the plan"
                        " %(plan)s another one.",
                        account=account.display_name,
                        customer=payer.display_name,
                        plan=plan.display_name,
                    )
                )

    def _isp_recipes(self, entries):
        """Return the indexes of ``entries`` by recipe; like ones share their journal items."""
        groups = {}
        for index, (subscription, _periods, vals) in enumerate(entries):
            key = subscription._isp_recipe(vals) if len(entries) > 1 else index
            groups.setdefault(index if key is None else key, []).append(index)
        return list(groups.values())

    def _isp_recipe(self, vals):
        """Return what decides about the journal items of an invoice; ``None`` when unknown.

        Invoices of several lines, with payment terms or in another currency are Odoo's alone.
        """
        self.ensure_one()
        currency = self.company_id.currency_id.id
        lines = vals["invoice_line_ids"]
        if len(lines) != 1 or vals["invoice_payment_term_id"] or vals["currency_id"] != currency:
            return None
        line = {name: str(value) for name, value in lines[0][2].items()}
        head = {name: str(value) for name, value in vals.items() if name != "invoice_line_ids"}
        return (
            frozenset((name, head[name]) for name in head.keys() - OWN_VALUES),
            frozenset((name, line[name]) for name in line.keys() - OWN_LINE_VALUES),
            self.partner_id.sudo()._isp_billing_traits(self.company_id),
        )

    def _isp_complete(self, entries, recipes, moves):
        """Return ``[(index, entry), …]`` of the entries after the first one of their recipe.

        :param dict moves: the invoice of the first entry (index) of each recipe
        """
        others = []
        for first, *rest in recipes:
            if not rest:
                continue
            move_sudo = moves[first]
            pattern = move_sudo._isp_pattern()
            for index in rest:
                subscription, periods, vals = entries[index]
                vals = move_sudo._isp_like(pattern, vals) if pattern else vals
                others.append((index, (subscription, periods, vals)))
        return others

    def _isp_post_entries(self, entries):
        """Create invoices and their ledger rows and post them; return them in sudo mode."""
        moves_sudo = self.env["account.move"].sudo()
        if not entries:
            return moves_sudo
        quiet = {} if self._isp_keeps_audit_trail(entries) else QUIET
        for complete, vals_list in self._isp_in_order(entries):
            skip = {"skip_invoice_sync": complete, "skip_invoice_line_sync": complete}
            moves_sudo += moves_sudo.with_context(**quiet, **skip).create(vals_list)
        moves_sudo = self.env["account.move"].sudo().browse(moves_sudo.ids)
        self._claim_periods([entry[:2] for entry in entries], moves_sudo)
        with self.env["res.partner"]._isp_ranking_together():
            moves_sudo.with_context(**quiet)._post(soft=False)
        return moves_sudo

    def _isp_in_order(self, entries):
        """Yield ``(complete, [vals, …])``: runs of entries with and without journal items."""
        runs = []
        for _subscription, _periods, vals in entries:
            complete = "line_ids" in vals
            if not runs or runs[-1][0] != complete:
                runs.append((complete, []))
            runs[-1][1].append(vals)
        return runs

    def _isp_keeps_audit_trail(self, entries):
        """Return whether a company of ``entries`` logs every change of its entries by law."""
        return any(entry[0].company_id.restrictive_audit_trail for entry in entries)

    # === BUSINESS METHODS: LEDGER === #

    def _claim_periods(self, plan, moves):
        """Give the lines of the draft invoices ``moves`` their new rows of the ledger.

        The constraints of the ledger make billing a day twice impossible, whoever else bills.

        :param plan: list of ``(subscription, [Period, …])``, one per invoice
        :return: the rows
        """
        vals_list = []
        for (subscription, periods), move in zip(plan, moves, strict=True):
            lines = move.invoice_line_ids.sorted("id")
            for period, line in zip(periods, lines, strict=True):
                vals_list.append(subscription._prepare_claim_vals(period, line))
        rows = self.env["isp.subscription.period"].sudo().create(vals_list)
        rows._isp_link_lines()
        return rows

    def _claim_period_for_line(self, line, period):
        """Give a line of a draft invoice its ledger row, just before the invoice is posted."""
        self.ensure_one()
        ledger = self.env["isp.subscription.period"].sudo()
        row = ledger.create(self._prepare_claim_vals(period, line))
        row._isp_link_lines()
        return row

    def _prepare_claim_vals(self, period, line):
        """Return the values of the ledger row of ``period``, billed by ``line``."""
        billed = {"move_line_id": line.id, "amount_billed": line.price_total}
        return {**self._prepare_period_vals(period), **billed}
