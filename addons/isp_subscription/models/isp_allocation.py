from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..services.allocation import share_parts, split_by_weight


class IspAllocation(models.Model):
    """Read-only view of the reconciliations: which money settled which invoice of a customer.

    One row per `account.partial.reconcile` on a customer invoice of a payer with services. The
    service is that of the first line of the invoice that has one.
    """

    _name = "isp.allocation"
    _description = "Allocation of money to an invoice"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "invoice_id"
    _depends = {
        "account.partial.reconcile": ["debit_move_id", "credit_move_id", "amount", "max_date"],
        "account.move": ["move_type", "commercial_partner_id", "company_id", "origin_payment_id"],
        "account.move.line": ["move_id", "isp_subscription_id"],
        "isp.subscription": ["commercial_partner_id", "company_id"],
    }

    date = fields.Date(readonly=True, help="Day from which invoice and money both existed.")
    amount = fields.Monetary(readonly=True)
    kind = fields.Selection(
        [("payment", "Payment"), ("credit_note", "Credit note"), ("entry", "Journal entry")],
        readonly=True,
    )
    payment_id = fields.Many2one("account.payment", readonly=True)
    credit_move_id = fields.Many2one("account.move", string="Entry", readonly=True)
    invoice_id = fields.Many2one("account.move", readonly=True)
    subscription_id = fields.Many2one("isp.subscription", string="Service", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", string="Payer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    source = fields.Char(string="From", compute="_compute_source")
    channel = fields.Char(compute="_compute_source")
    invoice_name = fields.Char(string="To", compute="_compute_source")
    period_ids = fields.Many2many(
        "isp.subscription.period", string="Periods", compute="_compute_period_ids"
    )
    periods_text = fields.Char(string="Of the periods", compute="_compute_period_ids")

    # === COMPUTE METHODS === #

    @api.depends("payment_id", "credit_move_id", "invoice_id")
    def _compute_source(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for allocation in self.sudo():
            payment = allocation.payment_id
            number = payment._isp_payment_label() if payment else ""
            allocation.source = number or allocation.credit_move_id.name
            allocation.channel = payment.isp_payment_form_id.name or kinds[allocation.kind]
            allocation.invoice_name = allocation.invoice_id.name

    @api.depends("invoice_id", "amount")
    def _compute_period_ids(self):
        links = {}
        for invoice in self.sudo().invoice_id:
            links.update(self._isp_periods_of(invoice))
        periods = self.env["isp.subscription.period"]
        for allocation in self:
            rows = periods.browse(links.get(allocation.id, ())).with_env(self.env)
            allocation.period_ids = rows
            allocation.periods_text = ", ".join(
                f"{format_date(self.env, row.date_start)} – {format_date(self.env, row.date_end)}"
                for row in rows.sudo()
            )

    # === BUSINESS METHODS === #

    @property
    def _table_query(self):
        """The anti-join keeps every side of the query reachable by an index."""
        return SQL(
            """
            SELECT partial.id,
                   partial.max_date AS date,
                   partial.amount,
                   CASE WHEN source.origin_payment_id IS NOT NULL THEN 'payment'
                        WHEN source.move_type = 'out_refund' THEN 'credit_note'
                        ELSE 'entry' END AS kind,
                   source.origin_payment_id AS payment_id,
                   source.id AS credit_move_id,
                   invoice.id AS invoice_id,
                   service.isp_subscription_id AS subscription_id,
                   invoice.commercial_partner_id,
                   invoice.company_id
              FROM account_partial_reconcile partial
              JOIN account_move_line debit ON debit.id = partial.debit_move_id
              JOIN account_move invoice
                ON invoice.id = debit.move_id AND invoice.move_type = 'out_invoice'
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
              JOIN account_move source ON source.id = credit.move_id
         LEFT JOIN account_move_line service
                ON service.move_id = invoice.id
               AND service.isp_subscription_id IS NOT NULL
               AND NOT EXISTS (
                   SELECT 1
                     FROM account_move_line earlier
                    WHERE earlier.move_id = invoice.id
                      AND earlier.isp_subscription_id IS NOT NULL
                      AND earlier.id < service.id)
             WHERE EXISTS (
                   SELECT 1
                     FROM isp_subscription sub
                    WHERE sub.commercial_partner_id = invoice.commercial_partner_id
                      AND sub.company_id = invoice.company_id)
            """
        )

    @api.model
    def _isp_periods_of(self, invoice):
        """Return ``{allocation id: [period ids]}`` of the money that ``invoice`` received.

        Credit notes settle the periods they give back, money the oldest period first.
        """
        rows = self.env["isp.subscription.period"].search(
            [("move_id", "=", invoice.id), ("kind", "=", "service")], order="date_start, id"
        )
        dues = {row: row.amount_billed for row in rows}
        links, money = {}, self.browse()
        for allocation in self.search([("invoice_id", "=", invoice.id)], order="id"):
            given_back = allocation._isp_given_back(rows)
            if not given_back:
                money |= allocation
                continue
            links[allocation.id] = [row.id for row in given_back]
            parts = split_by_weight(allocation.amount, list(given_back.values()))
            for row, part in zip(given_back, parts, strict=True):
                dues[row] -= float(part)
        shares = share_parts(list(dues.values()), money.mapped("amount"))
        for allocation, share in zip(money, shares, strict=True):
            links[allocation.id] = [row.id for row, part in zip(rows, share, strict=True) if part]
        return links

    def _isp_given_back(self, rows):
        """Return ``{period: amount}`` of those of ``rows`` that this credit note gives back."""
        self.ensure_one()
        amounts = {}
        for line in self.credit_move_id.line_ids:
            row = line.isp_credited_period_id
            if row in rows:
                amounts[row] = amounts.get(row, 0.0) + line.price_total
        return amounts
