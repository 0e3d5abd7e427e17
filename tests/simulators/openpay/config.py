"""Settings of a simulated merchant."""

from dataclasses import asdict, dataclass, field
from typing import Any

DEMO_MERCHANT = "mdemoredpurepecha001"
DEMO_PRIVATE_KEY = "sk_" + "0123456789abcdef" * 2
DEMO_PUBLIC_KEY = "pk_" + "fedcba9876543210" * 2
DEMO_GROUP = "gdemoredpurepecha001"
DEMO_GROUP_KEY = "sk_" + "00112233445566ff" * 2

# Our choice: the vendor publishes no decline cards for Mexico. All pass the Luhn check. 3005 is
# refused without 3D Secure only; a card that is stored first and declined later is made by the
# control interface.
DECLINE_CARDS = {
    "4222222222222220": 3001,
    "4000000000000069": 3002,
    "4444444444444448": 3003,
    "4000000000000119": 3004,
    "4000000000000002": 3005,
    "4000000000000259": 3009,
    "4000000000000127": 3010,
    "4000000000000309": 3011,
    "4000000000000341": 3012,
}


@dataclass
class Config:
    """What distinguishes one merchant account from another.

    Amounts are in MXN; ``decline_cards`` maps card numbers to the codes they are refused with;
    ``seed`` makes ids and references repeatable, empty means random.
    ``retry_delays`` are the seconds between deliveries of a webhook; the last one repeats (the
    real schedule is not published).

    What nobody has published is a switch, so that a merchant's system can be tried with every
    answer: whether a stored card needs its security code (``stored_cvv_required``), whether the
    merchant's paths also find charges of customers (``merchant_sees_customers``), whether a
    failed charge frees its order_id (``failed_frees_order_id``; after 3005 it always is free, as
    the vendor's plugins expect), whether a charge takes more than one refund
    (``several_refunds``), whether its refund repeats our description (``refund_told``), whether a
    charge that was given back whole says ``refunded`` instead of ``completed``
    (``refund_status``; both are documented), and whether a token without a
    ``device_session_id`` is refused (``device_required``; documented, yet the vendor's own tests
    leave it out). ``no_funds`` empties the account: refunds are refused with 4001.
    """

    merchant: str = DEMO_MERCHANT
    private_key: str = DEMO_PRIVATE_KEY
    public_key: str = DEMO_PUBLIC_KEY
    group: str = DEMO_GROUP
    group_key: str = DEMO_GROUP_KEY
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
    stored_cvv_required: bool = False
    merchant_sees_customers: bool = False
    failed_frees_order_id: bool = False
    several_refunds: bool = False
    refund_told: bool = True
    refund_status: bool = False
    no_funds: bool = False
    device_required: bool = False
    decline_cards: dict[str, int] = field(default_factory=DECLINE_CARDS.copy)
    retry_delays: tuple[float, ...] = (0.5, 1, 2, 5, 10, 30)
    webhook_timeout: float = 10.0

    def switch(self, values: dict[str, Any]) -> None:
        """Set switches of a running simulator; without values all have their defaults again.

        :raises ValueError: no switch of that name, or another type of value.
        """
        usual = Config()
        for name, value in (values or {name: getattr(usual, name) for name in SWITCHES}).items():
            known = name in SWITCHES and type(getattr(usual, name))
            if not known or (known is bool) != isinstance(value, bool):
                raise ValueError(f"no such switch: {name}={value!r}")
            setattr(self, name, known(value))

    def public(self) -> dict[str, Any]:
        """What the control interface may show: no private key."""
        values = asdict(self)
        del values["private_key"], values["group_key"]
        return values


SWITCHES = (
    "stored_cvv_required",
    "merchant_sees_customers",
    "failed_frees_order_id",
    "several_refunds",
    "refund_told",
    "refund_status",
    "no_funds",
    "device_required",
    "store_limit",
    "decline_cards",
)
