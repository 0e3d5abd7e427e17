from odoo.tests import tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from .till_common import TillCommon


@tagged("post_install", "-at_install")
class TestTillTour(TillCommon, IspHttpCommon):
    def test_a_day_at_the_counter(self):
        """Open, find, see, change form, hand over, change, twice on the button, count, close."""
        self.user_cashier.lang = "en_US"
        self.customer.name = "Rosa Elena Ibarra"
        self.env.flush_all()
        self.start_tour("/odoo/isp-counter", "isp_payments_mx_till", login="isp_cashier")
        self.env.invalidate_all()
        session = self.till.session_ids
        payment = session.payment_ids
        self.assertEqual(len(payment), 1, "the button was pressed twice")
        self.assertEqual((payment.amount, payment.isp_change_amount), (698.0, 302.0))
        self.assertEqual(payment.isp_subscription_id, self.subscription)
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.assertEqual((session.state, session.difference), ("closed", 0.0))
        self.assertEqual(session.user_id, self.user_cashier)
