from . import card, card_state, portal, voucher, webhook
