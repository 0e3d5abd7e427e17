from datetime import timedelta

from odoo import fields, models

HOLIDAY_COUNTRY = "MX"


class ResCompany(models.Model):
    """How debts are collected: days without cuts, promises, extensions, reconnection."""

    _inherit = "res.company"

    isp_cut_before_holiday = fields.Boolean(
        string="Cuts on the eve of a holiday",
        help="Without it nobody spends a holiday offline for a debt.",
    )
    isp_holiday_year = fields.Integer(
        string="Holidays filled until", readonly=True, help="Last year loaded by the system."
    )
    isp_pending_hours = fields.Integer(
        string="Hours a payment in process postpones the cut",
        default=72,
        help="A payment announced by a provider that is still not booked after these hours no"
        " longer protects from the cut.",
    )
    isp_promise_max_days = fields.Integer(
        string="Longest promise of payment (days)", default=15, help="Counted from today."
    )
    isp_promise_restores = fields.Boolean(
        string="A promise brings a suspended service back",
        default=True,
        help="The service is on again, in grace, until the promised day.",
    )
    isp_extension_days = fields.Integer(
        string="Grace days lent (prórroga)",
        default=3,
        help="Once per cycle. The next period still ends on its cut-off day, so that no day is"
        " given away. 0 lends none.",
    )
    isp_extension_self_service = fields.Boolean(
        string="Customers ask for the extension themselves", default=True
    )
    isp_reconnection_fee = fields.Monetary(
        string="Reconnection fee",
        help="With tax, once per suspension for debt, never above the legal part of a month."
        " 0 charges nothing.",
    )
    isp_reconnection_product_id = fields.Many2one(
        "product.product",
        string="Product of the reconnection fee",
        domain="[('type', '=', 'service')]",
        check_company=True,
        help="Gives account and taxes. Empty: the product Reconnection of the system.",
    )
    isp_reconnect_alarm_hours = fields.Integer(
        string="Alarm before the reconnection limit (hours)", default=24
    )

    _isp_collection_days_range = models.Constraint(
        "CHECK(isp_pending_hours >= 0 AND isp_promise_max_days BETWEEN 0 AND 366"
        " AND isp_extension_days BETWEEN 0 AND 31 AND isp_reconnect_alarm_hours >= 0)",
        "The days and hours of collection cannot be negative: promises take at most 366 days,"
        " extensions 31.",
    )
    _isp_reconnection_fee_positive = models.Constraint(
        "CHECK(isp_reconnection_fee IS NULL OR isp_reconnection_fee >= 0)",
        "The reconnection fee cannot be negative.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: who begins to bill suspended services does not bill the days before."""
        if vals.get("isp_suspended_billing") == "bill":
            skipping = self.filtered(lambda company: company.isp_suspended_billing != "bill")
            services = self.env["isp.subscription"].sudo().with_context(active_test=False)
            off = [("company_id", "in", skipping.ids), ("state", "=", "suspended")]
            for service in services.search(off):
                service._skip_days_off()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _isp_cut_closed(self, date):
        """Return why nobody is cut on ``date``: "weekday", "holiday", "eve", or "" if it is open.

        :param date: calendar day of the company
        """
        self.ensure_one()
        if date.isoweekday() not in self._isp_weekdays():
            return "weekday"
        days = [date] if self.isp_cut_before_holiday else [date, date + timedelta(1)]
        holidays = self.env["isp.holiday"].sudo()
        found = holidays.search([("company_id", "=", self.id), ("date", "in", days)])
        if date in found.mapped("date"):
            return "holiday"
        return "eve" if found else ""

    def _isp_is_cut_day(self, date):
        """Extend: neither on a holiday nor on its eve."""
        return super()._isp_is_cut_day(date) and not self._isp_cut_closed(date)

    def _isp_fill_holidays(self):
        """Load the federal holidays of the years not filled yet, up to next year.

        A year is filled once: a day that the company deletes does not come back.
        """
        self.ensure_one()
        if (self.country_id.code or HOLIDAY_COUNTRY) != HOLIDAY_COUNTRY:
            return
        this_year = self._isp_today().year
        years = range(max(self.isp_holiday_year + 1, this_year), this_year + 2)
        if years:
            self.env["isp.holiday"]._isp_load(self, years)
            self.sudo().isp_holiday_year = years[-1]
