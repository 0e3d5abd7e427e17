from datetime import UTC, timedelta

from odoo import api, fields, models

from ..const_issue import DEADLINES


class IspCfdiDeadline(models.Model):
    """A date by which SAT wants something, while it is not done.

    A job compares what is open with the rows: new ones appear, done ones close, and the
    responsible user gets an activity before the date passes.
    """

    _name = "isp.cfdi.deadline"
    _inherit = ["mail.activity.mixin", "mail.thread"]
    _description = "CFDI: deadline"
    _order = "due_at, id"

    name = fields.Char(required=True, readonly=True)
    kind = fields.Selection(DEADLINES, required=True, readonly=True, index=True)
    key = fields.Char(required=True, readonly=True, help="What it is about, once per kind")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    due_at = fields.Datetime(string="Until", required=True, readonly=True, index=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("missed", "Done too late")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")
    document_id = fields.Many2one(
        "isp.cfdi.document", string="CFDI", readonly=True, ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    count = fields.Integer(string="How many", readonly=True, default=1, aggregator=None)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    done_at = fields.Datetime(string="Done on", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(company_id, kind, key) WHERE state = 'open'", "A deadline is watched once."
    )

    # === COMPUTE METHODS === #

    @api.depends("due_at", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for row in self:
            row.is_late = row.state == "open" and bool(row.due_at) and row.due_at < now

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("state", "=", "open"), ("due_at", "<", fields.Datetime.now())]
        return late if True in value else ["!", "&", *late]

    # === ACTION METHODS === #

    def action_open(self):
        """Open what the deadline is about."""
        self.ensure_one()
        record = self.document_id or self.move_id
        if record:
            return record._get_records_action()
        xml_id = "isp_cfdi.isp_cfdi_instalment_action"
        if self.kind == "global":
            xml_id = "isp_cfdi.isp_cfdi_place_action"
        return self.env["ir.actions.act_window"]._for_xml_id(xml_id)

    # === BUSINESS METHODS === #

    @api.model
    def _isp_refresh(self, company):
        """Make the rows of ``company`` equal to what is open now, and warn in time."""
        rows = self.sudo().with_context(lang=company._isp_lang())
        wanted = {(vals["kind"], vals["key"]): vals for vals in rows._isp_open_items(company)}
        known = rows.search([("company_id", "=", company.id), ("state", "=", "open")])
        for row in known:
            vals = wanted.pop((row.kind, row.key), None)
            if vals is None:
                row._isp_close()
            else:
                row.write({name: vals[name] for name in ("due_at", "count", "name")})
        user = company._isp_cfdi_user()
        fresh = rows.create([{**vals, "user_id": user.id} for vals in wanted.values()])
        (known | fresh).filtered(lambda row: row.state == "open")._isp_warn()
        return fresh

    def _isp_close(self):
        """What was wanted is done: close the row and its activity."""
        now = fields.Datetime.now()
        for row in self:
            row.write({"state": "missed" if row.due_at < now else "done", "done_at": now})
        self.activity_ids.unlink()

    def _isp_warn(self):
        """Put one activity on the rows whose date is near."""
        now = fields.Datetime.now()
        for row in self:
            hours = row.company_id.isp_cfdi_warn_hours
            if row.due_at - timedelta(hours=hours) > now or row.activity_ids:
                continue
            zone = row.company_id._isp_zone_name()
            local = fields.Datetime.context_timestamp(row.with_context(tz=zone), row.due_at)
            row.activity_schedule(
                "isp_cfdi.mail_activity_cfdi_deadline",
                date_deadline=local.date(),
                summary=row.name,
                note=self.env._("SAT's limit: %s", f"{local:%d/%m/%Y %H:%M}"),
                user_id=row.user_id.id or row.company_id._isp_cfdi_user().id,
            )

    @api.model
    def _isp_local_end(self, company, day):
        """Return the UTC moment at which a local ``day`` of the company is over."""
        zone = company._isp_zone_name()
        midnight = fields.Datetime.to_datetime(day + timedelta(days=1))
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), midnight)
        # The offset of that moment, good enough where the clock changes at night.
        return (midnight.replace(tzinfo=UTC) - local.utcoffset()).replace(tzinfo=None)

    @api.model
    def _cron_deadlines(self):
        """Refresh every company, each in its own transaction."""
        for company in self.env["res.company"]._isp_cfdi_automatic():
            self.with_company(company)._isp_refresh(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break
