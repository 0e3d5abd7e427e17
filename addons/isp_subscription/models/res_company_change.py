from odoo import fields, models

CHANGE_POLICIES = [
    ("on_payment", "When the new plan is paid"),
    ("now_credit", "Now, with credit for unused days"),
    ("next_cutoff", "At the next cut-off"),
]


class ResCompany(models.Model):
    """Rules of the company for changes of plan."""

    _inherit = "res.company"

    isp_plan_change_policy = fields.Selection(
        CHANGE_POLICIES,
        string="Plan changes",
        default="on_payment",
        required=True,
        help="When a change takes effect unless the staff chooses otherwise.",
    )
    isp_change_unused_days = fields.Selection(
        [
            ("customer", "In favour of the customer"),
            ("prorate", "Credit and charge them"),
            ("none", "Leave them as they are"),
        ],
        string="Days paid at the old price",
        default="customer",
        required=True,
        help="When the change is made on payment. In favour of the customer: the rest of the "
        "present month is not charged at a dearer price, and is given back when the new plan is "
        "cheaper; months paid ahead are always adjusted.",
    )
    isp_change_expiry_days = fields.Integer(
        string="Days to pay a plan change",
        default=3,
        help="A request that is not paid lapses at the end of this day after it was made.",
    )

    _isp_change_expiry_days_range = models.Constraint(
        "CHECK(isp_change_expiry_days BETWEEN 0 AND 60)",
        "A plan change waits for its payment between 0 and 60 days.",
    )
