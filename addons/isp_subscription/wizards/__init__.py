from . import isp_counter_payment
