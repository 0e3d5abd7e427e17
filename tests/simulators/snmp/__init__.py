"""SNMP agents over UDP: routers with moving PPPoE counters, or a recorded device."""
