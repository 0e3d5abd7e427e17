from . import (
    test_access,
    test_card_access,
    test_card_charge,
    test_monitor,
    test_neutralize,
    test_outbox,
    test_portal,
    test_provider,
    test_receive,
    test_recovery,
    test_truth,
    test_webhook,
)
from . import test_plan_change
from . import test_till
from . import test_till_reversal
