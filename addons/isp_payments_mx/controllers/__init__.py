from . import card, card_state, debit, portal, voucher, webhook
