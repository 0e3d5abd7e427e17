from odoo import api, models


class IspSubscription(models.Model):
    """Automatic runs: one company after the other, each in its own language and on its own day."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_companies(self):
        """Return the companies that have subscriptions.

        For automatic runs: those of them whose runs need no confirmation.
        """
        groups = self.sudo()._read_group([], ["company_id"])
        companies = self.env["res.company"].sudo().concat(*(company for (company,) in groups))
        if self.env.context.get("isp_auto_run"):
            companies = companies.filtered(self.env["isp.run"]._isp_may_run)
        return companies

    @api.model
    def _isp_run_companies(self, records, name):
        """Call a run for each company: as the system, in its language, on its calendar day.

        :param name: a method of ``records`` that takes ``(date, company)``; when it returns
            something false the time of the cron is used up, and the other companies wait
        """
        for company in self._isp_companies():
            speaking = records.with_company(company).with_context(lang=company._isp_lang()).sudo()
            if not getattr(speaking, name)(company._isp_today(), company):
                break
