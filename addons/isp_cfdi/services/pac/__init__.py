"""Adapters of authorised certification providers (PAC) behind one interface."""
