"""Names and secrets of the simulated accounts, known on both sides."""

MERCHANT = "mbench00000000000001"
PRIVATE_KEY = "sk_" + "be" * 16
USER, PASSWORD = "openpay", "a password of the benchmark"
XENDIT_TOKEN = "a token of the benchmark"
