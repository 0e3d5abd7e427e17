"""The world of the suite `tests.faults.cfdi`: two PACs, SAT, an issuer and its customers."""
