from . import card, card_common, card_state, debit, debit_stored, given, portal, voucher, webhook
