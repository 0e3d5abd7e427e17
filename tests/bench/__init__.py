"""Benchmarks: our figure beside a peer's, measured on the same database in the same minute."""
