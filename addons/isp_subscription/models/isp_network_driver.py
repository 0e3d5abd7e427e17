from odoo import api, models

PREFIX = "isp.network.driver."


class IspNetworkDriver(models.AbstractModel):
    """Interface of the equipment that switches services: inherit it as `isp.network.driver.<code>`.

    A driver holds no data of a service: an order brings all it needs (``desired``, ``down_mbps``,
    ``up_mbps``, ``plan_id``, and the subscription with its address and user). Its methods talk to
    the outside and never write to the database. They say what happened by the exceptions of
    `exceptions.py`: `OutboxRetry` (nothing reached the device), `OutboxUnknown` (it may have),
    `OutboxReject` (refused for good, a person must look).
    """

    _name = "isp.network.driver"
    _description = "Network driver"

    # === HOOKS OF THE DRIVERS === #

    @api.model
    def _isp_label(self):
        """Return the name of the driver in the settings."""
        return self._description

    @api.model
    def _isp_apply(self, order):
        """Bring the device to what the ``order`` (`isp.network.order`) asks for.

        Must be safe to repeat: the same order may come twice.

        :return: dict ``state`` ("on" or "off") and, where known, ``down_mbps``, ``up_mbps``
        :raise OutboxRetry, OutboxUnknown, OutboxReject: see the class
        """
        raise NotImplementedError

    @api.model
    def _isp_read(self, subscription):
        """Return what the device does for ``subscription`` now, as `_isp_apply` does.

        :raise OutboxRetry: the device did not answer
        """
        raise NotImplementedError

    # === BUSINESS METHODS === #

    @api.model
    def _isp_selection(self):
        """Return ``[(code, label)]``: "none" and every installed driver."""
        codes = sorted(
            name.removeprefix(PREFIX)
            for name in self.env.registry.models
            if name.startswith(PREFIX)
        )
        labels = [(code, self.env[PREFIX + code]._isp_label()) for code in codes]
        return [("none", self.env._("None: the network follows at once")), *labels]

    @api.model
    def _isp_get(self, code):
        """Return the driver with ``code``, None for "none" and for one that is gone."""
        name = PREFIX + (code or "none")
        return self.env[name] if name in self.env.registry.models else None
