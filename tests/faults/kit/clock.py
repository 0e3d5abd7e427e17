"""A moved clock for PostgreSQL: ``now()`` of a database is that of the day the suite plays.

Odoo takes most moments from ``now()`` of the transaction: what is due, when a job ran. The suite
moves Python's clock in its workers and this one for the database, so that both agree.
"""

from __future__ import annotations

from datetime import datetime

#: noon in Mexico City; the years around it have a leap day
START = datetime(2035, 12, 3, 18)

INSTALL = """
CREATE TABLE IF NOT EXISTS public.faults_clock (shift interval NOT NULL);
DELETE FROM public.faults_clock;
INSERT INTO public.faults_clock VALUES ('0');
CREATE OR REPLACE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() + shift FROM public.faults_clock';
"""


def prefer(database: str) -> str:
    """The statement that makes new connections see the moved clock; a copy does not inherit it."""
    return f'ALTER DATABASE "{database}" SET search_path = public, pg_catalog'


MOVE = "UPDATE public.faults_clock SET shift = %s * interval '1 second'"

SET_BACK = """
UPDATE ir_cron SET nextcall = nextcall - (now() AT TIME ZONE 'UTC' - %(moment)s)
 WHERE now() AT TIME ZONE 'UTC' > %(moment)s
"""
