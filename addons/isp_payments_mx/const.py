"""Constants of the Openpay provider."""

from datetime import timedelta

from odoo.addons.payment.const import SENSITIVE_KEYS

PROVIDER = "openpay"
BASE_URLS = {
    "enabled": "https://api.openpay.mx",
    "test": "https://sandbox-api.openpay.mx",
}
SUPPORTED_CURRENCIES = ("MXN",)

# Codes of payment.method that are switched on with the provider; brands belong to the card.
CARD_BRAND_CODES = {"visa", "mastercard", "amex", "carnet"}
DEFAULT_PAYMENT_METHOD_CODES = {"spei", "paynet", "card"} | CARD_BRAND_CODES
# Methods paid with a printed reference, with their name at Openpay.
VOUCHER_METHODS = {"spei": "bank_account", "paynet": "store"}
# Our payment form (isp.payment.form) by payment method.
PAYMENT_FORMS = {"spei": "spei", "paynet": "store", "card": "card"}

# Openpay's charge status -> state of the transaction.
STATUS_MAPPING = {
    "pending": ("in_progress", "charge_pending"),
    "done": ("completed",),
    "cancel": ("cancelled", "expired"),
    "error": ("failed",),
}

EVENT_TYPES = [
    "charge.created",
    "charge.succeeded",
    "charge.failed",
    "charge.cancelled",
    "charge.refunded",
    "transaction.expired",
    "chargeback.created",
    "chargeback.accepted",
    "chargeback.rejected",
]
# Events that say something about money on a voucher; others are stored and left alone.
CHARGE_EVENTS = set(EVENT_TYPES) - {"charge.created"}
# Openpay's status of a disputed charge -> ours (openpay.md section 5).
DISPUTES = {
    "chargeback_pending": "open",
    "chargeback_accepted": "lost",
    "chargeback_adjustment": "lost",
}
# A refund that was not sent: the charge was refunded or disputed meanwhile.
REFUND_CHANGED = "changed"
# Lists of Openpay that tell what happened to charges after they were paid.
AFTERMATH_STATUSES = (
    "CHARGEBACK_PENDING",
    "CHARGEBACK_ACCEPTED",
    "CHARGEBACK_ADJUSTMENT",
    "REFUNDED",
)
# Events about what happened to a charge after it was paid.
AFTERMATH = ("charge.refunded", "chargeback.created", "chargeback.accepted", "chargeback.rejected")
# Why a direct debit stops when the bank asks a payment back.
DISPUTED = "dispute"

WEBHOOK_ROUTE = "/payment/openpay/webhook"
VOUCHER_ROUTE = "/payment/openpay/voucher"
# The vendor publishes its browser library by major version; a setting may name another file.
SDK_URL = "https://js.openpay.mx/openpay.v1.min.js"
DEVICE_URL = "https://js.openpay.mx/openpay-data.v1.min.js"
CARD_ORIGINS = "https://*.openpay.mx"
CARD_ROUTE = "/payment/openpay/card"

# A request is given up after 10 s; a worker that died is taken over after this time.
OUTBOX_LEASE = timedelta(seconds=45)
# Minutes until a message that could not be worked on is tried again; the last one repeats.
EVENT_BACKOFF_MINUTES = (1, 2, 5, 10)
# After so many attempts a message that Openpay contradicts is a case for people.
EVENT_ATTEMPTS = 8
# Openpay's code for a charge that it does not know.
NOT_FOUND = "1005"
# The hourly comparison with Openpay's list: days back, rows per page, most pages.
RECONCILE_DAYS, PAGE_SIZE, MOST_PAGES = 2, 100, 100
# Codes of requests that we did not send: their text is for the customer.
OWN_REFUSALS = ("disabled", "late")
# Services of customers who paid are switched on for so long at most before payments are booked,
# and payments are booked for so long before the worker looks for services again.
SWITCH_SECONDS, BOOKING_SECONDS = 5.0, 0.5
# So many of them at once: they share what is read, and wait for each other no longer than a blink.
SWITCH_BATCH = 5
# A message that has not come after so many minutes is missing.
MESSAGE_MINUTES = 10
# When a pending voucher is asked about (lost webhook): minutes after creation, then daily.
SWEEP_MINUTES = (5, 60, 24 * 60)
# Whoever is killed while he looks, or not answered, has not looked: also the last time.
AGAIN = timedelta(hours=1)
# After a lost answer a card charge may still appear at Openpay this long (its own clients wait
# 90 s); after that it was not made. Until then it is asked about after so many seconds.
CARD_SETTLE = timedelta(minutes=3)
CARD_ASK_SECONDS = (10, 20, 30, 60, 60, 120, 600, 3600)
CARD_NOT_FOUND = "not_found"
FRAUD = "3005"
CARD_NOT_SENT = "not_sent"
# The customer has this card already; it is being deleted at the same moment.
CARD_DUPLICATE = "2002"
CARD_REMOVING = "removing"
# An attempt of a direct debit that was taken back before it was sent; one for which the bank
# wanted the cardholder, who is not there.
DEBIT_WITHDRAWN = "withdrawn"
DEBIT_CONFIRM = "confirm"
# A payment that was begun on the bank's page may be finished late: asked about for so many days.
CARD_LATE_DAYS = 7
# An expired reference may still be paid: it is asked about for this many days.
LATE_DAYS = 30
# Openpay needs a moment to expire a reference itself; then we do it.
EXPIRY_MARGIN_HOURS = 2

SENSITIVE_KEYS.update(
    {
        "email",
        "phone_number",
        "last_name",
        "password",
        "card_number",
        "cvv2",
        "holder_name",
        "token_id",
        "source_id",
        "device_session_id",
    }
)
