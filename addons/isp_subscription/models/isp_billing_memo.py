from contextlib import contextmanager

from odoo import api, models

KEY = "isp_billing_memo"


class IspBillingMemo(models.AbstractModel):
    """What is the same for many invoices of one batch is asked once.

    The memo lives in the cursor and only as long as the block of `_isp_remembering`: nobody else
    can change a setting in between without being seen by the next batch.
    """

    _name = "isp.billing.memo"
    _description = "Memory of a billing batch"

    @api.model
    @contextmanager
    def _isp_remembering(self):
        """Remember what `_isp_once` was asked, until the end of the outermost block."""
        cache = self.env.cr.cache
        if KEY in cache:
            yield
            return
        cache[KEY] = {}
        try:
            yield
        finally:
            cache.pop(KEY, None)

    @api.model
    def _isp_once(self, key, ask):
        """Return ``ask()``, or what it answered earlier in this block for the same ``key``.

        :param tuple key: everything that the answer depends on
        :param ask: function without arguments; its answer must not be a recordset
        """
        memo = self.env.cr.cache.get(KEY)
        if memo is None:
            return ask()
        if key not in memo:
            memo[key] = ask()
        return memo[key]
