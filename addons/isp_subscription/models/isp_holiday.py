from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..services.holidays_mx import federal_days


class IspHoliday(models.Model):
    """A day on which nobody is cut; filled from the law, edited by the company."""

    _name = "isp.holiday"
    _description = "Day without cuts"
    _order = "date desc"
    _check_company_auto = True
    _rec_name = "name"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date = fields.Date(required=True, index=True)
    name = fields.Char(string="Holiday", required=True)

    _date_uniq = models.Constraint(
        "UNIQUE(company_id, date)", "This day is already in the list of the company."
    )

    # === BUSINESS METHODS === #

    @api.model
    def _isp_load(self, company, years):
        """Add the federal days of rest of ``years`` that the company does not have yet.

        :raise UserError: for a year that the calendar does not know
        :return: the new records
        """
        vals_list = []
        for year in years:
            try:
                days = federal_days(year)
            except ValueError:
                raise UserError(
                    self.env._("The calendar has no holidays for the year %s.", year)
                ) from None
            known = self.sudo().search([("company_id", "=", company.id), ("date", "in", [*days])])
            taken = set(known.mapped("date"))
            vals_list += [
                {"company_id": company.id, "date": day, "name": name}
                for day, name in days.items()
                if day not in taken
            ]
        return self.sudo().create(vals_list)

    # === CRON === #

    @api.model
    def _cron_load_holidays(self):
        """Weekly and at installation: every Mexican company has this year and the next one."""
        companies = self.env["res.company"].sudo()
        year = fields.Date.today().year
        # Whose list already reaches next year has nothing to load.
        behind = [("isp_holiday_year", "=", False)], [("isp_holiday_year", "<=", year)]
        for company in companies.search(Domain.OR(behind)):
            company._isp_fill_holidays()
