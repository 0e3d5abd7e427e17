from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestMainJob(IspCommon):
    def test_bill_pay_and_move_on(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self.assertEqual(move.amount_total, 349.0)
        payment = self._pay(subscription, 349.0)
        self.assertEqual(move.payment_state, "paid")
        self.assertTrue(payment.isp_number)
        self.assertEqual(payment.isp_cutoff_to, subscription.cutoff_date)
