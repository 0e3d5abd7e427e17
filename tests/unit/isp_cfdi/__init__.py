"""Tests of the pure CFDI core."""
