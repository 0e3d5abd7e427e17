"""Demo data of one fictitious ISP, made by driving the production code day by day.

``build.run(env)`` and ``connect.run(env)`` are called in an Odoo shell by ``scripts.demo``. The
same seed and the same day give the same data. Persons, addresses, tax numbers and phones are
invented.
"""
