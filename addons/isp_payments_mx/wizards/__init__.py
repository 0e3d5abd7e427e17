from . import (
    isp_counter_payment,
    isp_payment_refund_wizard,
    isp_payment_reversal,
    isp_till_closing,
    isp_till_closing_line,
    isp_till_opening,
    isp_till_transfer,
)
