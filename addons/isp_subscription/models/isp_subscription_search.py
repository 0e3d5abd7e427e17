from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..services import search_text as words

STAFF = "isp_subscription.group_isp_readonly"
#: A payment number is asked for by itself; longer digits are references or phones.
NUMBER_DIGITS = 9


class IspSubscription(models.Model):
    """One search box for everything a caller can name: see `services.search_text`."""

    _inherit = "isp.subscription"

    phone = fields.Char(related="partner_id.phone", readonly=True)
    email = fields.Char(related="partner_id.email", readonly=True)
    ip_address = fields.Char(
        string="IP address",
        copy=False,
        index="btree_not_null",
        tracking=True,
        groups=STAFF,
        help="Address of the customer's equipment, or his network (10.0.0.0/30).",
    )
    pppoe_user = fields.Char(
        string="PPPoE user", copy=False, index="btree_not_null", tracking=True, groups=STAFF
    )
    connection_note = fields.Char(
        groups=STAFF, help="Antenna, port of the switch, colour of the fibre…"
    )
    search_text = fields.Text(
        string="Search words",
        compute="_compute_search_text",
        compute_sudo=True,
        store=True,
        groups=STAFF,
        help="What the service is found by; made by the system.",
    )

    # PostgreSQL's own word index: the beginning of any word, without an extension.
    _search_text_words = models.Index(
        "USING gin (array_to_tsvector(string_to_array(search_text, ' ')))"
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "name",
        "partner_id.name",
        "partner_id.phone",
        "commercial_partner_id.name",
        "commercial_partner_id.phone",
        "ip_address",
        "pppoe_user",
    )
    def _compute_search_text(self):
        for subscription in self:
            partner, payer = subscription.partner_id, subscription.commercial_partner_id
            text = words.index_text(
                [partner.name, payer.name, subscription.pppoe_user, subscription.ip_address],
                [subscription.name],
                [partner.phone, payer.phone],
            )
            subscription.search_text = text or False

    @api.depends("partner_id.name")
    @api.depends_context("isp_show_customer")
    def _compute_display_name(self):
        """Extend: where the customer is not beside it, the name of a service begins with him."""
        res = super()._compute_display_name()
        if self.env.context.get("isp_show_customer"):
            for subscription in self.filtered("partner_id"):
                customer = subscription.partner_id.sudo().name or ""
                subscription.display_name = f"{customer} · {subscription.name}"
        return res

    # === CONSTRAINT METHODS === #

    @api.constrains("ip_address")
    def _check_ip_address(self):
        for subscription in self.filtered("ip_address"):
            try:
                words.clean_address(subscription.ip_address)
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "“%s” is no IP address. Write it like 10.20.3.4 or 10.20.3.0/30.",
                        subscription.ip_address,
                    )
                ) from None

    # === BUSINESS METHODS === #

    def _search_display_name(self, operator, value):
        """Extend: the staff finds a service by name, phone, number, address or reference."""
        staff = self.env.user.has_group(STAFF)
        if operator != "ilike" or not staff or not isinstance(value, str) or not value.strip():
            return super()._search_display_name(operator, value)
        return self._isp_search_domain(value)

    def _isp_search_domain(self, text):
        """Return the domain of what ``text`` names: words and references, else looser readings."""
        forms = words.query_forms(text)
        found = Domain("id", "in", self._isp_ids_by_reference(text))
        if forms:
            found |= self._isp_words_domain(forms)
        if self.with_context(active_test=False).search_count(found, limit=1):
            return found
        number = text.strip().lstrip("#")
        if number.isascii() and number.isdigit() and len(number) <= NUMBER_DIGITS:
            payments = [("isp_number", "=", int(number))]
            return Domain("id", "in", self._isp_ids_of_payments(payments))
        # Letters from the middle of a word: every row is read, only when nothing else matches.
        return Domain.AND(Domain("search_text", "ilike", word) for word in words.longest(forms))

    def _isp_words_domain(self, forms):
        """Return the domain of the services whose words begin with those of one of ``forms``."""
        query = words.prefix_query(forms)

        def to_sql(model, alias, _query):
            column = model._field_to_sql(alias, "search_text", _query)
            return SQL("array_to_tsvector(string_to_array(%s, ' ')) @@ %s::tsquery", column, query)

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _isp_ids_by_reference(self, text):
        """Hook: return the ids of the services that a payment reference or an invoice names.

        Read with the rights of the system; the search that uses them applies the reader's own.
        """
        forms = words.reference_forms(text)
        ids = self._isp_ids_of_payments([("isp_reference", "in", forms)])
        lines = Domain("move_id", "any!", [("name", "in", forms), ("state", "=", "posted")])
        lines &= Domain("isp_subscription_id", "!=", False)
        groups = self.env["account.move.line"].sudo()._read_group(lines, ["isp_subscription_id"])
        return ids + [subscription.id for (subscription,) in groups]

    @api.model
    def _isp_ids_of_payments(self, domain):
        domain = Domain(domain) & Domain("isp_subscription_id", "!=", False)
        groups = self.env["account.payment"].sudo()._read_group(domain, ["isp_subscription_id"])
        return [subscription.id for (subscription,) in groups]
