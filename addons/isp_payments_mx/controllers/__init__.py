from . import portal, voucher, webhook
