from . import card, card_common, card_state, debit, given, portal, voucher, webhook
