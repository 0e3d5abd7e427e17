"""A local Openpay: enough of the public API to develop, demonstrate and test against.

Shapes follow recorded exchanges where there are some, the vendor's documentation elsewhere. What
neither tells (decline cards, another amount than asked for, a reference paid twice) is our choice
and marked so where it is made.
"""
