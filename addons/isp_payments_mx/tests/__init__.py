from . import (
    test_access,
    test_card_access,
    test_card_charge,
    test_card_portal,
    test_card_safety,
    test_cash,
    test_cash_portal,
    test_cash_renew,
    test_debit_access,
    test_debit_charge,
    test_debit_mandate,
    test_debit_portal,
    test_debit_refused,
    test_debit_unknown,
    test_monitor,
    test_neutralize,
    test_outbox,
    test_plan_change,
    test_portal,
    test_provider,
    test_receive,
    test_recovery,
    test_till,
    test_till_reversal,
    test_truth,
    test_webhook,
)
from . import test_plan_change
from . import test_till
from . import test_till_reversal
from . import test_bank_import
