"""Names and secrets of the simulated accounts, known on both sides."""

USER, PASSWORD = "faults@isp.example", "a password of the faults"
PROVIDERS = ("finkok", "sw")
ISSUER_RFC, CUSTOMER_RFC = "RTA190412AB9", "RAMC900412QX3"
