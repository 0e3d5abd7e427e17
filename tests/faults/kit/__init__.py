"""The frame of the fault suites: own cluster, forked Odoo workers, killing, checks that can fail.

Nothing here knows what is tested. A suite brings a world, the steps of its rounds and the
invariants (``tests.faults.money`` for the suites about money).
"""
