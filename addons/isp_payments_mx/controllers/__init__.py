from . import card, card_common, card_state, debit, portal, voucher, webhook
