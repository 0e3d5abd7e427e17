"""What can be set when the simulator starts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Account at the simulated PAC; ``token`` stands for one without expiry."""

    user: str = "demo@isp.example"
    password: str = "demo-pac"
    token: str = "demo-pac-token"
    pac_rfc: str = "SIM190101AA1"
    credits: int = 1_000_000
    sat_number: str = "30001000000599999999"
