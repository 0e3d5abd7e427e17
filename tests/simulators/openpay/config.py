"""Settings of a simulated merchant."""

from dataclasses import asdict, dataclass
from typing import Any

DEMO_MERCHANT = "mdemoredpurepecha001"
DEMO_PRIVATE_KEY = "sk_" + "0123456789abcdef" * 2
DEMO_PUBLIC_KEY = "pk_" + "fedcba9876543210" * 2


@dataclass
class Config:
    """What distinguishes one merchant account from another.

    Amounts are in MXN; ``seed`` makes ids and references repeatable, empty means random.
    ``retry_delays`` are the seconds between deliveries of a webhook; the last one repeats (the
    real schedule is not published).
    """

    merchant: str = DEMO_MERCHANT
    private_key: str = DEMO_PRIVATE_KEY
    public_key: str = DEMO_PUBLIC_KEY
    base_url: str = "http://127.0.0.1:8070"
    merchant_name: str = "Red Purépecha"
    agreement: str = "1411217"
    clabe: str = "012914002014112176"
    bank: str = "BBVA Bancomer"
    store_limit: float = 29999.0
    fee_rate: float = 0.029
    fee_fixed: float = 2.5
    fee_tax_rate: float = 0.16
    seed: str = ""
    retry_delays: tuple[float, ...] = (0.5, 1, 2, 5, 10, 30)
    webhook_timeout: float = 10.0

    def public(self) -> dict[str, Any]:
        """What the control interface may show: no private key."""
        values = asdict(self)
        values.pop("private_key")
        return values
