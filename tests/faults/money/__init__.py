"""What the suites about money share: invented customers, the steps of a day, the invariants."""
