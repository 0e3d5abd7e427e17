"""Constants of what is issued when, and by which date."""

POLICIES = [
    ("payment", "One document when it is paid (PUE)"),
    ("invoice", "With the invoice (PPD), then a payment complement per payment"),
    ("month_end", "With the invoice: PUE when due this month, else PPD"),
]
PARTNER_POLICIES = [*POLICIES, ("global", "Collected in the global invoice")]
PUBLIC_POLICIES = [
    ("global", "Collected in a global invoice"),
    ("named", "One document each, with the customer's name"),
]
REP_POLICIES = [("payment", "One per payment"), ("month", "One per customer and month")]
SELF_POLICIES = [
    ("credit", "Credit note on the global invoice"),
    ("reissue", "Cancel the global invoice (04) and issue it again"),
]
PAY_METHODS = [("PUE", "PUE In one payment"), ("PPD", "PPD In instalments or later")]
#: SAT's c_Periodicidad.
PERIODS = [
    ("01", "Daily"),
    ("02", "Weekly"),
    ("03", "Fortnightly"),
    ("04", "Monthly"),
    ("05", "Every two months"),
]
#: Only issuers of this regime may issue a global invoice for two months.
BIMONTHLY_REGIME = "621"
RELATIONS = [
    ("01", "01 Credit note of the related documents"),
    ("03", "03 Return of goods"),
    ("04", "04 Replaces the related documents"),
    ("07", "07 Application of an advance"),
]
DEFAULT_SERIES = {"E": "E", "P": "P", "G": "G"}
#: Largest file of the customer's tax certificate (CSF), in bytes.
CSF_LIMIT = 5 * 1024 * 1024
#: Dates that are watched.
DEADLINES = [
    ("stamp", "72 hours to stamp"),
    ("rep", "Payment complement"),
    ("global", "Global invoice"),
    ("pue", "PUE paid by the month's end"),
    ("cancel", "Last day to cancel"),
]
#: A certificate is renewed so many days before it expires: SAT needs some to publish it.
RENEWAL_DAYS = 15
