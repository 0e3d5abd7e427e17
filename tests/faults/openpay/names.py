"""Names and secrets of the simulated account, known on both sides."""

MERCHANT = "mfaults0000000000001"
PRIVATE_KEY = "sk_" + "f0" * 16
USER, PASSWORD = "openpay", "a password of the faults"
