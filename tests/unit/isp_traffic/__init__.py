"""Tests of the SNMP backends, the poller and the arithmetic of traffic."""
