from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class IspSubscription(models.Model):
    """Every peso that went from a payment or a credit note to an invoice is a visible link."""

    _inherit = "isp.subscription"

    allocation_ids = fields.One2many("isp.allocation", "subscription_id", readonly=True)

    # === BUSINESS METHODS === #

    @api.model
    def _isp_services_of(self, credits):
        """Return the services, sudoed, that the payers of these journal items have or had.

        One query, none without items. Drafts do not count: nothing was agreed yet.
        """
        services = self.sudo().with_context(active_test=False)
        payers = credits.partner_id.commercial_partner_id
        if not payers:
            return services.browse()
        return services.search(
            Domain("commercial_partner_id", "in", payers.ids)
            & Domain("company_id", "in", credits.company_id.ids)
            & Domain("state", "!=", "draft")
        )

    def _isp_settle_payment(self, payment, months=0, amount_due=None, plan=None):
        """Extend: once allocated, look whether the money had been booked before."""
        moves = super()._isp_settle_payment(
            payment, months=months, amount_due=amount_due, plan=plan
        )
        payment.sudo()._isp_review()
        return moves

    # === CRON === #

    @api.model
    def _cron_apply_credit(self):
        """Hourly: apply the credit that met its invoice while both were being posted.

        An invoice and a payment of one payer that are posted at the same moment do not see
        each other; everything else was settled when it arrived. Safe to repeat.
        """
        for service in self.sudo().browse(self._isp_find_idle_credit()):
            company = service.company_id
            service.with_company(company).with_context(lang=company._isp_lang())._apply_credit()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _isp_find_idle_credit(self):
        """Return the ids of one service per payer who has open credit and an open invoice."""
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(sub.id)
                  FROM (SELECT DISTINCT partner.commercial_partner_id, line.company_id
                          FROM account_move_line line
                          JOIN account_account account ON account.id = line.account_id
                          JOIN res_partner partner ON partner.id = line.partner_id
                         WHERE line.parent_state = 'posted'
                           AND line.reconciled IS NOT TRUE
                           AND line.amount_residual < 0
                           AND account.account_type = 'asset_receivable') credit
                  JOIN isp_subscription sub
                    ON sub.commercial_partner_id = credit.commercial_partner_id
                   AND sub.company_id = credit.company_id
                   AND sub.state != 'draft'
                 WHERE EXISTS (
                       SELECT 1
                         FROM account_move invoice
                        WHERE invoice.commercial_partner_id = credit.commercial_partner_id
                          AND invoice.company_id = credit.company_id
                          AND invoice.move_type = 'out_invoice'
                          AND invoice.state = 'posted'
                          AND invoice.payment_state IN ('not_paid', 'partial'))
              GROUP BY sub.commercial_partner_id, sub.company_id
                """
            )
        )
        return [sub_id for (sub_id,) in rows]
