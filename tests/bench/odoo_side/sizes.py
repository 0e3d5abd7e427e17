"""What both ends of the billing benchmark must agree on."""

#: one customer in so many cannot be invoiced
FAILING_EVERY = 200
