from odoo import api, fields, models
from odoo.tools import SQL, float_round

ACTIONS = [
    ("bill", "Bill"),
    ("remind", "Remind"),
    ("warn", "Warn of the cut"),
    ("grace", "Put in grace"),
    ("cut", "Cut"),
    ("wait", "Wait"),
    ("skip", "Skip"),
    ("fail", "Fail"),
]
COLUMNS = {
    # name: type of the array that carries the column
    "subscription_id": "int4",
    "action": "varchar",
    "date_start": "date",
    "date_end": "date",
    "date_invoice": "date",
    "date_due": "date",
    "amount": "numeric",
    "reason": "varchar",
}


class IspRunLine(models.Model):
    """What a simulation would do with one service, or what a real cut-off run did, and why.

    Amounts with tax. What a real billing run did is read from the ledger (``run_id`` there):
    it has lines for failures only.
    """

    _name = "isp.run.line"
    _description = "Service in a run"
    _order = "run_id desc, id"

    run_id = fields.Many2one(
        "isp.run", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    subscription_id = fields.Many2one(
        "isp.subscription", required=True, ondelete="cascade", index=True, readonly=True
    )
    partner_id = fields.Many2one(
        related="subscription_id.partner_id", string="Customer", store=True, precompute=True
    )
    action = fields.Selection(ACTIONS, required=True, readonly=True)
    reason = fields.Char(readonly=True)
    date_start = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="Until", readonly=True)
    date_invoice = fields.Date(string="Invoice date", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    amount = fields.Monetary(readonly=True)

    @api.depends("run_id.date", "subscription_id.name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.subscription_id.name} {line.run_id.date}"

    # === BUSINESS METHODS === #

    def _isp_key(self):
        """Return what names the effect: service, action and occasion."""
        self.ensure_one()
        occasion = {"bill": self.date_start, "remind": self.date_due, "warn": self.date_due}
        return self.subscription_id.id, self.action, occasion.get(self.action)

    def _isp_facts(self):
        """Return what a simulation and the real run must agree on, amounts to the cent."""
        self.ensure_one()
        amount = float_round(self.amount, precision_digits=2)
        return {
            "bill": (self.date_end, self.date_invoice, self.date_due, amount),
            "fail": (),
        }.get(self.action, (amount,))

    @api.model
    def _isp_insert(self, run, rows):
        """Write many ``rows`` (dicts with the keys of `COLUMNS`) of ``run`` in one statement."""
        if not rows:
            return
        arrays = SQL(", ").join(
            SQL("%s::%s[]", [row.get(name) or None for row in rows], SQL(kind))
            for name, kind in COLUMNS.items()
        )
        names = SQL(", ").join(SQL.identifier(name) for name in COLUMNS)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_run_line
                       (run_id, company_id, partner_id, create_uid, create_date, %(names)s)
                SELECT %(run)s, sub.company_id, sub.partner_id, %(uid)s, now() AT TIME ZONE 'utc',
                       %(item_names)s
                  FROM unnest(%(arrays)s) WITH ORDINALITY AS item(%(names)s, number)
                  JOIN isp_subscription sub ON sub.id = item.subscription_id
              ORDER BY number
                """,
                names=names,
                item_names=SQL(", ").join(SQL.identifier("item", name) for name in COLUMNS),
                run=run.id,
                uid=self.env.uid,
                arrays=arrays,
            )
        )
        self.invalidate_model()
        run.invalidate_recordset(["line_ids"])
