from . import test_billing
from . import test_billing_run
from . import test_ledger
from . import test_subscription
