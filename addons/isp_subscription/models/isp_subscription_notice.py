from odoo import api, fields, models

from .isp_notice import PROOF_STATES


class IspSubscription(models.Model):
    """Notices to the customer of a service, and the proof that he got them."""

    _inherit = "isp.subscription"

    notice_ids = fields.One2many("isp.notice", "subscription_id", readonly=True)

    # === BUSINESS METHODS === #

    def _isp_notify(self, kind, key, move=None, **values):
        """Make the notice ``kind`` about ``key`` once, its mail queued in this transaction.

        Nothing is sent here: Odoo's mail queue does it after the commit. Without e-mail address
        the notice is ``undelivered`` and staff delivers it. A text that cannot be written leaves
        a ``failed`` notice: it never undoes what the caller did.

        :param str kind: a key of `isp.notice`'s kinds
        :param str key: the occasion; the same one never makes a second notice
        :param move: the invoice it is about
        :param values: ``amount`` (with tax), ``date_due``, ``text`` (a paragraph in the customer's
            language), ``reason``, ``is_late``
        :return: the notice, the earlier one when it exists, empty when the company does not send
            this kind
        """
        self.ensure_one()
        notices = self.env["isp.notice"].sudo()
        if not self.company_id._isp_sends(kind):
            return notices
        domain = [("subscription_id", "=", self.id), ("kind", "=", kind), ("key", "=", str(key))]
        if known := notices.search(domain, limit=1):
            return known
        spec = {"subscription_id": self.id, "kind": kind, "key": str(key), **values}
        if move:
            spec["move_id"] = move.id
        self._notify_chunk([spec])
        return notices.search(domain, limit=1)

    @api.model
    def _isp_make_notices(self, specs):
        """Create the notices of ``specs`` (dicts of values) and queue their mails, in few queries.

        A ``state`` other than ``queued`` is kept: such a notice is only recorded.
        """
        vals_list = []
        for spec in specs:
            company = self.browse(spec["subscription_id"]).company_id
            vals_list.append({"date": company._isp_today(), "state": "queued", **spec})
        notices = self.env["isp.notice"].sudo().create(vals_list)
        notices.filtered(lambda notice: notice.state == "queued")._isp_queue_mails()
        return notices

    def _isp_notice_proof(self, kind, key, date=None):
        """Return whether the customer was told ``kind`` about ``key``.

        :param date: the notice must have gone out ``isp_notice_days`` days before this day
        """
        self.ensure_one()
        return bool(self._isp_notice_proofs(kind, {self.id: key}, date))

    @api.model
    def _isp_notice_proofs(self, kind, keys, date=None):
        """Return the ids of the services told ``kind`` about their key, in one query.

        :param dict keys: ``{service id: key}``
        :param date: see `_isp_notice_proof`
        """
        domain = [
            ("subscription_id", "in", list(keys)),
            ("kind", "=", kind),
            ("state", "in", PROOF_STATES),
        ]
        # Columns instead of records: a cut-off run asks for thousands of notices at once.
        query = self.env["isp.notice"].sudo()._search(domain)
        columns = ("subscription_id", "key", "company_id", "delivered_at", "sent_at")
        companies = self.env["res.company"].sudo()
        told, last_moments = set(), {}
        for sub_id, key, company_id, *moments in self.env.execute_query(query.select(*columns)):
            if company_id not in last_moments:
                last_moments[company_id] = companies.browse(company_id)._isp_notice_limit(date)
            given = next(filter(None, moments), None) or fields.Datetime.now()
            if key == str(keys[sub_id]) and (not date or given < last_moments[company_id]):
                told.add(sub_id)
        return told

    @api.model
    def _isp_unnotified_ids(self, oldest_dues, date):
        """Extend: nobody is cut who was not told, early enough, about the debt of that date."""
        unnotified = super()._isp_unnotified_ids(oldest_dues, date)
        services = self.browse(oldest_dues)
        strict = services.filtered(lambda sub: sub.company_id.isp_cut_needs_notice)
        keys = {sub.id: self._isp_suspension_key(oldest_dues[sub.id]) for sub in strict}
        if not keys:
            return unnotified
        unnotified |= set(keys) - self._isp_notice_proofs("suspension", keys, date)
        return unnotified | strict._isp_told_too_late_ids(oldest_dues, date)

    def _isp_told_too_late_ids(self, oldest_dues, date):
        """Return the ids of the services whose oldest debt was told too late to be cut on ``date``.

        A postpaid customer has the days to pay and those of grace from the day of the statement
        on, also when the statement came late because the server was off.
        """
        late = (
            self.env["isp.notice"]
            .sudo()
            ._read_group(
                [
                    ("subscription_id", "in", self.ids),
                    ("kind", "=", "invoice"),
                    ("is_late", "=", True),
                    ("date_due", "<", date),
                ],
                ["subscription_id", "date_due:day"],
                ["date:max"],
            )
        )
        return {
            service.id
            for service, due, told in late
            if due == oldest_dues[service.id]
            and service.company_id._isp_first_cut_after(told) > date
        }

    @api.model
    def _isp_suspension_key(self, oldest_due):
        """Return the key of the suspension notice about a debt due since ``oldest_due``."""
        return fields.Date.to_string(oldest_due)
