from .common import IspCommon


class IspRunCommon(IspCommon):
    """Helpers to run billing, notices and cut-off as the scheduler does, with their commits."""

    def _model(self, env):
        company = env["res.company"].browse(self.company.id)
        return env["isp.subscription"].sudo().with_company(company), company

    def _run_billing(self, day, limit=None):
        with self._committing_env() as env:
            model, company = self._model(env)
            return model._run_billing(day, company, limit)

    def _run_notices(self, day):
        with self._committing_env() as env:
            model, company = self._model(env)
            return model._run_notices(day, company)

    def _run_cutoff(self, day):
        with self._committing_env() as env:
            model, company = self._model(env)
            return model._run_cutoff(day, company)

    def _simulate(self, day, kind):
        return self.env["isp.run"].sudo()._isp_simulate(self.company, day, kind)

    def _runs(self, **values):
        domain = [("company_id", "=", self.company.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["isp.run"].search(domain)

    def _notices(self, subscription, kind=None):
        notices = self.env["isp.notice"].search([("subscription_id", "=", subscription.id)])
        return notices.filtered(lambda notice: not kind or notice.kind == kind)
