"""Online payments under faults: the simulated Openpay, its messages, presses, invariants."""
