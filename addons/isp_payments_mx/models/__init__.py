from . import (
    account_move,
    isp_payment_bank,
    isp_payment_event,
    isp_payment_voucher,
    isp_payment_voucher_sweep,
    isp_payment_voucher_view,
    isp_portal_page,
    isp_subscription,
    payment_provider,
    payment_transaction,
    res_company,
    res_config_settings,
)
