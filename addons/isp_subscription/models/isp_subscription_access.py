from odoo import api, models
from odoo.exceptions import AccessError, UserError

# Written by the life of the service only: buttons, billing run, payments, network driver.
LIFE_FIELDS = {
    "access_token",
    "state",
    "state_since",
    "date_end",
    "billing_mode",
    "billing_error",
    "billing_error_date",
    "change_ids",
    "commercial_partner_id",
    "cutoff_date",
    "next_billing_date",
    "next_plan_date",
    "next_plan_id",
    "next_plan_price",
    "notice_ids",
    "pause_ids",
    "network_desired_state",
    "network_order_ids",
    "network_read_at",
    "network_state",
    "open_change_id",
    "period_ids",
    "price_total",
    "promise_ids",
    "search_text",
    "suspension_ids",
}
# What was agreed with the customer: after the draft, billing staff changes it.
CONTRACT_FIELDS = {
    "active",
    "anchor_day",
    "company_id",
    "date_start",
    "name",
    "partner_id",
    "plan_id",
}
# What the technician sets up at the customer's.
CONNECTION_FIELDS = {"ip_address", "pppoe_user", "connection_note"}
# A price of one's own is billing's decision at any time.
PRICE_FIELDS = {"price_override"}
# Only these are archived.
OVER_STATES = ("draft", "cancelled")


class IspSubscription(models.Model):
    """Who may change what: the same answer to a click, a script and a request."""

    _inherit = "isp.subscription"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: a new contract starts as a draft at the price of its plan."""
        for vals in vals_list:
            given = {name for name, value in vals.items() if value}
            if vals.get("state") == "draft":
                given.discard("state")
            self._isp_check_fields(given, drafts=True)
        return super().create(vals_list)

    def write(self, vals):
        """Extend: nobody writes the life of a service, its contract and price are billing's."""
        drafts = all(subscription.state == "draft" for subscription in self.sudo())
        self._isp_check_fields(set(vals), drafts)
        if "company_id" in vals and not drafts:
            self._isp_check_same_company(vals["company_id"])
        if "active" in vals and not vals["active"]:
            self._isp_check_over()
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _isp_check_fields(self, names, drafts):
        """Raise an `AccessError` when the user may not set the fields ``names``.

        :param bool drafts: whether all the records are drafts
        """
        if self.env.su:
            return
        if LIFE_FIELDS & names:
            raise AccessError(
                self.env._("State and figures of a service follow from its bills and payments.")
            )
        if PRICE_FIELDS & names or (CONTRACT_FIELDS & names and not drafts):
            self._isp_check_role("billing")
        if CONNECTION_FIELDS & names:
            self._isp_check_role("technician", "billing")

    def _isp_check_same_company(self, company_id):
        """Bills, payments and debt stay in the company that has them: the service with them."""
        moved = self.sudo().filtered(
            lambda subscription: (
                subscription.state != "draft" and subscription.company_id.id != company_id
            )
        )
        if moved:
            raise UserError(
                self.env._(
                    "%s stays with its company: cancel it there and make a new one here.",
                    moved[0].name,
                )
            )

    def _isp_check_over(self):
        """A service that lives is not hidden: nobody would bill it, cut it or see its debt."""
        alive = self.filtered(lambda subscription: subscription.state not in OVER_STATES)
        if alive:
            raise UserError(
                self.env._("%s is in service: cancel it before it is archived.", alive[0].name)
            )

    def _isp_check_role(self, *roles):
        """Raise an `AccessError` unless the user has one of the ISP ``roles``, for ``self`` too.

        A button or an assistant may be called with the id of any service.
        """
        if self.env.su:
            return
        self.check_access("read")
        if not any(self.env.user.has_group(f"isp_subscription.group_isp_{role}") for role in roles):
            raise AccessError(self.env._("Your role does not include this."))
