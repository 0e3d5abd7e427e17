import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..services.bank_csv import BadFile, read
from ..services.bank_text import file_hash, movement_hashes
from .isp_bank_line import UNDECIDED

# What reading the file writes, by nobody's hand.
READ_FIELDS = {"file_hash", "state", "read_at", "known_rows", "line_ids", "done_line_ids"}
# What a file is: it stays once it was read.
FILE_FIELDS = {"name", "file", "journal_id", "company_id"}


class IspBankImport(models.Model):
    """A statement file: what was in it, and what became of each movement.

    The file stays with it, so that rows that could not be read are read again with a better
    format. Reading books nothing.
    """

    _name = "isp.bank.import"
    _description = "Imported bank statement"
    _order = "id desc"

    name = fields.Char(string="File name", required=True)
    file = fields.Binary(required=True, attachment=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank journal",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        default=lambda self: self._default_journal_id(),
    )
    format_id = fields.Many2one(
        "isp.bank.format",
        required=True,
        domain="[('company_id', 'in', (company_id, False))]",
        default=lambda self: self.env["isp.bank.format"].search([], limit=1),
    )
    file_hash = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Not read"), ("read", "Read")], default="draft", required=True, readonly=True
    )
    read_at = fields.Datetime(readonly=True, copy=False)
    known_rows = fields.Integer(
        string="Imported before",
        readonly=True,
        copy=False,
        help="Movements that another file had brought already.",
    )
    line_ids = fields.One2many("isp.bank.line", "import_id", readonly=True)
    todo_line_ids = fields.One2many(
        "isp.bank.line",
        "import_id",
        string="To decide",
        domain=[("state", "in", ("proposed", "open", "bad"))],
    )
    done_line_ids = fields.One2many(
        "isp.bank.line",
        "import_id",
        string="Done",
        domain=[("state", "not in", ("proposed", "open", "bad"))],
    )
    todo_count = fields.Integer(string="Waiting", compute="_compute_counts")
    booked_count = fields.Integer(string="Booked", compute="_compute_counts")
    booked_amount = fields.Monetary(compute="_compute_counts")
    sure_count = fields.Integer(string="Sure proposals", compute="_compute_counts")

    _file_uniq = models.UniqueIndex(
        "(journal_id, file_hash) WHERE file_hash IS NOT NULL", "This file was imported before."
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.state", "line_ids.confidence")
    def _compute_counts(self):
        for record in self:
            lines = record.line_ids
            booked = lines.filtered(lambda line: line.state == "booked")
            record.todo_count = len(
                lines.filtered(lambda line: line.state in ("proposed", "open", "bad"))
            )
            record.booked_count = len(booked)
            record.booked_amount = sum(booked.mapped("amount"))
            record.sure_count = len(record._isp_sure_lines())

    @api.model
    def _default_journal_id(self):
        journals = self.env["account.journal"].sudo()
        domain = [*journals._check_company_domain(self.env.company), ("type", "=", "bank")]
        return journals.search(domain, order="sequence, id", limit=1)

    # === CONSTRAINT METHODS === #

    @api.constrains("journal_id", "company_id")
    def _check_journal_id(self):
        for record in self:
            journal = record.journal_id.sudo()
            if journal.type != "bank" or journal.company_id != record.company_id:
                raise ValidationError(
                    self.env._("Choose a bank journal of %s.", record.company_id.name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: a statement is imported for one's own company, and read by the button."""
        for vals in vals_list:
            given = {name for name, value in vals.items() if value and value != "draft"}
            if not self.env.su and given & READ_FIELDS:
                raise AccessError(self.env._("What is in a file follows from reading it."))
        records = super().create(vals_list)
        for record in records:
            journal = record.journal_id.sudo()
            if journal.type != "bank" or journal.company_id != record.company_id:
                raise UserError(self.env._("Choose a bank journal of %s.", record.company_id.name))
        return records

    def write(self, vals):
        """Extend: a file that was read stays, only its format may be corrected."""
        if not self.env.su:
            closed = any(record.state == "read" for record in self)
            fixed = READ_FIELDS | {"company_id"} | (FILE_FIELDS if closed else set())
            if set(vals) & fixed:
                raise AccessError(self.env._("What is in a file follows from reading it."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_read(self):
        if any(record.state == "read" for record in self):
            raise UserError(self.env._("A statement that was read is kept."))

    # === ACTION METHODS === #

    def action_read(self):
        """Read the file: new movements become lines with a proposal; nothing is booked.

        Again with a corrected format, rows that were bad are read, and those that nobody has
        decided are written anew; what is decided stays.
        """
        self.ensure_one()
        self._isp_check_billing()
        sudo = self.sudo()
        # Read twice at once, the second one finds everything known. Two files with the same
        # movement meet at its unique index.
        sudo.flush_recordset()
        query = SQL("SELECT id FROM isp_bank_import WHERE id = %s FOR UPDATE", self.id)
        self.env.cr.execute(query, log_exceptions=False)
        content = base64.b64decode(sudo.with_context(bin_size=False).file or b"")
        fingerprint = file_hash(content)
        sudo._isp_check_new_file(fingerprint)
        try:
            sheet = read(content, sudo.format_id._isp_mapping())
        except BadFile as error:
            raise UserError(sudo.format_id._isp_file_error(error)) from error
        sudo.line_ids.filtered(lambda line: line.state == "bad").unlink()
        fresh = sudo._isp_create_lines(sheet)
        own = sudo.line_ids.filtered(lambda line: line.movement_hash)
        sudo.write(
            {
                "file_hash": fingerprint,
                "state": "read",
                "read_at": fields.Datetime.now(),
                "known_rows": len(sheet.movements) - len(own),
            }
        )
        fresh._isp_match()

    def action_match(self):
        """Look again for whose money the undecided movements are."""
        self._isp_check_billing()
        lines = self.sudo().line_ids
        lines.filtered(lambda line: line.state in ("open", "proposed"))._isp_match()

    def action_confirm_sure(self):
        """Book the proposals that are sure enough (a setting); what fails says why.

        They are looked at again first: what was booked since may be the same money.
        """
        self._isp_check_billing()
        found = self._isp_sure_lines().sudo().filtered(lambda line: not line.decided_by_id)
        found._isp_match()
        for line in self._isp_sure_lines():
            line._isp_try_book()

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_bank_line_action"
        )
        return {**action, "domain": [("import_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _isp_check_billing(self):
        """Raise an `AccessError` unless the user is of billing and sees these files."""
        self.env["isp.subscription"]._isp_check_role("billing")
        self.check_access("read")

    def _isp_sure_lines(self):
        limit = self.company_id[:1].isp_bank_sure
        return self.line_ids.filtered(
            lambda line: line.state == "proposed" and line.confidence >= limit
        )

    def _isp_check_new_file(self, fingerprint):
        """Raise a `UserError` when the same file was read before, into the same journal."""
        twin = self.search(
            [
                ("journal_id", "=", self.journal_id.id),
                ("file_hash", "=", fingerprint),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if twin:
            raise UserError(
                self.env._(
                    "This file was imported before: %(name)s on %(date)s.",
                    name=twin.name,
                    date=fields.Date.to_string(twin.read_at),
                )
            )

    def _isp_create_lines(self, sheet):
        """Create a line for each movement that is new, and for each bad row; return the new.

        A row of this file has one line, however the format reads it.
        """
        hashes = movement_hashes(sheet.movements)
        lines = self.env["isp.bank.line"]
        known = set(
            lines.search(
                [("journal_id", "=", self.journal_id.id), ("movement_hash", "in", hashes)]
            ).mapped("movement_hash")
        )
        lines.create(
            [
                {
                    "import_id": self.id,
                    "row_number": bad.row,
                    "raw": bad.raw,
                    "description": bad.raw,
                    "state": "bad",
                    "reason": self.env["isp.bank.format"]._isp_row_error(bad),
                }
                for bad in sheet.bad
            ]
        )
        rows = {line.row_number: line for line in self.line_ids if line.movement_hash}
        fresh, to_create = lines, []
        for movement, fingerprint in zip(sheet.movements, hashes, strict=True):
            if fingerprint in known:
                continue
            values, line = self._prepare_line_vals(movement, fingerprint), rows.get(movement.row)
            if not line:
                to_create.append(values)
            elif line.state in (*UNDECIDED, "out"):
                line.write(values)
                fresh |= line
        return fresh | lines.create(to_create)

    def _prepare_line_vals(self, movement, fingerprint):
        """Return the values of the line of one movement."""
        return {
            "import_id": self.id,
            "row_number": movement.row,
            "raw": movement.raw,
            "date": movement.day,
            "amount": float(movement.amount),
            "description": movement.description,
            "reference": movement.reference,
            "tracking_key": movement.tracking,
            "payer": movement.payer,
            "balance": float(movement.balance or 0),
            "movement_hash": fingerprint,
            "state": "open" if movement.amount > 0 else "out",
        }
