"""Constants of the fiscal documents as Odoo stores them."""

PROVIDERS = [("finkok", "Finkok"), ("sw", "SW sapien")]
#: (provider, environment) -> address of its services.
PAC_URLS = {
    ("finkok", "test"): "https://demo-facturacion.finkok.com",
    ("finkok", "production"): "https://facturacion.finkok.com",
    ("sw", "test"): "https://services.test.sw.com.mx",
    ("sw", "production"): "https://services.sw.com.mx",
}
SAT_URLS = {
    "test": "https://pruebacfdiconsultaqr.cloudapp.net",
    "production": "https://consultaqr.facturaelectronica.sat.gob.mx",
}
#: Where a neutralised database points: no name can ever resolve there.
NOWHERE = "https://neutralized.invalid"

KINDS = [("I", "Income"), ("E", "Credit note"), ("P", "Payment")]
STATES = [
    ("draft", "Incomplete"),
    ("ready", "To stamp"),
    ("sent", "Being stamped"),
    ("error", "Rejected"),
    ("stamped", "Valid"),
    ("cancel_requested", "Cancellation requested"),
    ("cancel_in_process", "Cancellation in process"),
    ("cancel_rejected", "Cancellation refused"),
    ("cancelled", "Cancelled"),
]
CANCEL_STATES = [
    ("none", "None"),
    ("requested", "Requested"),
    ("in_process", "In process"),
    ("rejected", "Refused"),
    ("cancelled", "Cancelled"),
]
MOTIVES = [
    ("01", "01 Errors, with a substitute"),
    ("02", "02 Errors, without a substitute"),
    ("03", "03 The operation did not take place"),
    ("04", "04 Named operation that was in a global invoice"),
]
#: Type of l10n_mx -> SAT's c_Impuesto.
TAX_CODES = {"isr": "001", "iva": "002", "ieps": "003"}
DEFAULT_PRODUCT = "81112101"
DEFAULT_UNIT = "E48"
DEFAULT_SERIE = "A"
#: SAT's codes of a cancelation request (reference of the PACs).
CANCEL_ACCEPTED = {"201", "202"}
CANCEL_RETRY = {"205", "708", "300", "305"}
CANCEL_REFUSED = {"no_cancelable"}
CANCEL_ERRORS = {"203", "207", "208", "301", "302", "303", "304", "711", "799"}
#: SAT has an earlier request and takes the next one after some days.
CANCEL_LATER = {"798"}
#: Codes of a PAC that says "too old": build again with a new Fecha.
STALE_CODES = {"401", "CFDI40101"}
EXPIRY_WARNING_DAYS = 60
BATCH = 500
#: Most calls to a PAC at the same time.
LANES = 32
