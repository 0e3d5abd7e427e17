"""Fault suites: each module here is one, run by ``make faults NAME=…`` (``scripts.faults``)."""
