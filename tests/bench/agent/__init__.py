"""A fast agent in C, and the peers it is read by."""
