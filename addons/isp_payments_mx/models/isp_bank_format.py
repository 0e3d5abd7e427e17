from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.bank_csv import Mapping

COLUMNS = (
    "date",
    "description",
    "reference",
    "tracking",
    "payer",
    "amount",
    "credit",
    "debit",
    "balance",
)
COLUMN_HELP = "Header of the column, several separated by |, or its number (1 is the first)."


class IspBankFormat(models.Model):
    """Where a bank writes what in its statement files."""

    _name = "isp.bank.format"
    _description = "Format of bank statements"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Leave empty to use it in every company.")
    delimiter = fields.Selection(
        [
            (",", "Comma"),
            (";", "Semicolon"),
            ("\t", "Tab"),
            ("|", "Bar"),
        ],
        help="Found out when empty.",
    )
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("cp1252", "Windows (Latin)"),
            ("latin-1", "ISO-8859-1 (Latin-1)"),
            ("utf-16", "UTF-16"),
        ],
        help="Found out when empty.",
    )
    skip_rows = fields.Integer(
        string="Rows before the first movement",
        help="Only needed when all the columns are numbers.",
    )
    date_formats = fields.Char(
        required=True,
        default="%d/%m/%Y, %d-%m-%Y, %Y-%m-%d",
        help="Day %d, month %m, year %Y or %y; several separated by commas.",
    )
    decimal = fields.Selection(
        [(".", "1,234.50"), (",", "1.234,50")], string="Amounts like", default=".", required=True
    )
    style = fields.Selection(
        [("split", "Two columns: in and out"), ("signed", "One column, out with a minus")],
        string="Amounts in",
        default="split",
        required=True,
    )
    column_date = fields.Char(required=True, help=COLUMN_HELP)
    column_description = fields.Char(help=COLUMN_HELP)
    column_reference = fields.Char(help=COLUMN_HELP)
    column_tracking = fields.Char(string="Column of the tracking key", help=COLUMN_HELP)
    column_payer = fields.Char(help=COLUMN_HELP)
    column_amount = fields.Char(help=COLUMN_HELP)
    column_credit = fields.Char(string="Column of money in", help=COLUMN_HELP)
    column_debit = fields.Char(string="Column of money out", help=COLUMN_HELP)
    column_balance = fields.Char(help=COLUMN_HELP)
    provider_words = fields.Char(
        string="Words of payouts",
        default="openpay, paynet",
        help="Movements with one of these words are money that a provider collected and the "
        "system has booked already.",
    )

    _skip_rows_positive = models.Constraint(
        "CHECK(skip_rows >= 0)", "The number of rows cannot be negative."
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("style", "column_amount", "column_credit", "column_debit", "date_formats")
    def _check_mapping(self):
        for record in self:
            mapping = record._isp_mapping()
            if any(name not in mapping.columns for name in mapping.required()):
                raise ValidationError(self.env._("Name the columns of the date and the amounts."))
            if not mapping.date_formats or not all("%d" in form for form in mapping.date_formats):
                raise ValidationError(
                    self.env._("Write the dates like %(example)s.", example="%d/%m/%Y")
                )

    # === BUSINESS METHODS === #

    def _isp_mapping(self):
        """Return what `services.bank_csv` reads a file by."""
        self.ensure_one()
        unused = {"credit", "debit"} if self.style == "signed" else {"amount"}
        names = [name for name in COLUMNS if name not in unused]
        texts = {name: (self[f"column_{name}"] or "").strip() for name in names}
        return Mapping(
            columns={name: text for name, text in texts.items() if text},
            style=self.style,
            delimiter=self.delimiter or "",
            encoding=self.encoding or "",
            skip_rows=self.skip_rows,
            date_formats=tuple(
                form.strip() for form in self.date_formats.split(",") if form.strip()
            ),
            decimal=self.decimal,
        )

    @api.model
    def _isp_file_error(self, error):
        """Return in words why a file was refused.

        :param error: `BadFile`
        """
        texts = {
            "empty": self.env._("The file is empty."),
            "large": self.env._("The file is too large: export fewer days at once."),
            "rows": self.env._("The file has too many rows: export fewer days at once."),
            "spreadsheet": self.env._(
                "This is a spreadsheet or a PDF. Export the movements as CSV or text."
            ),
            "binary": self.env._("This is no text file. Export the movements as CSV or text."),
            "encoding": self.env._("The file is not in the encoding %s.", error.detail),
            "quotes": self.env._("Line %s opens quotation marks that do not end.", error.detail),
            "columns": self.env._(
                "These columns are not in the file: %s. Compare its headers with the format.",
                error.detail or "?",
            ),
            "mapping": self.env._("The format does not name these columns: %s.", error.detail),
            "nothing": self.env._("The file has no movements."),
        }
        return texts[error.code]

    @api.model
    def _isp_row_error(self, bad):
        """Return in words why a row was not read.

        :param bad: `BadRow`
        """
        texts = {
            "date": self.env._("“%s” is no date of this format.", bad.detail),
            "amount": self.env._("“%s” is no amount of this format.", bad.detail),
            "both": self.env._("Money in and money out at once: %s.", bad.detail),
            "zero": self.env._("The row has no amount."),
            "short": self.env._("The row has only %s columns.", bad.detail),
        }
        return texts[bad.code]
