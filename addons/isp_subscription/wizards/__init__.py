from . import account_payment_register
from . import isp_counter_payment
from . import isp_counter_payment_line
from . import isp_cancellation_wizard
from . import isp_pause_wizard
from . import isp_refund_wizard
from . import isp_plan_change_wizard
from . import isp_run_simulate
