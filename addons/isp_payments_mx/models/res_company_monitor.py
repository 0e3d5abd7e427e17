from odoo import fields, models


class ResCompany(models.Model):
    """When the operations of online payments raise an alarm."""

    _inherit = "res.company"

    isp_webhook_silence_minutes = fields.Integer(
        string="Minutes without a message of Openpay",
        default=60,
        help="Openpay announces each charge that it makes. When no message came so long after a"
        " charge, somebody is told. 0 tells nobody.",
    )
    isp_payment_stuck_minutes = fields.Integer(
        string="Minutes a call to Openpay may wait",
        default=60,
        help="A request or message whose outcome is open for longer is told to somebody.",
    )
    isp_payment_alarm_user_id = fields.Many2one(
        "res.users",
        string="Told about online payments",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="A manager of the company when empty.",
    )

    _isp_webhook_silence_range = models.Constraint(
        "CHECK(isp_webhook_silence_minutes BETWEEN 0 AND 10080)",
        "The silence of Openpay is measured in minutes up to a week.",
    )
    _isp_payment_stuck_range = models.Constraint(
        "CHECK(isp_payment_stuck_minutes BETWEEN 5 AND 10080)",
        "A call to Openpay may wait between 5 minutes and a week.",
    )
