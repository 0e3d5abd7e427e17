"""Invariants in SQL, and the proof that each of them can fail.

An invariant is a query for what must not be. It reads tables, never the code under test. Beside
it stands at least one plant: a change that breaks it on purpose, made in a transaction that is
rolled back. An invariant that does not see its plants fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import cursor as Cursor

SHOWN = 5


@dataclass(frozen=True)
class Invariant:
    """A query whose rows are violations.

    :param needs: ``table`` or ``table.column`` names without which it does not apply
    :param plants: scripts that break it; constraints that forbid it are dropped there first
    :param moment: "always" also holds right after a crash, "rest" when the day's work is done
    """

    name: str
    sql: str
    plants: tuple[str, ...]
    needs: tuple[str, ...] = ()
    moment: str = "always"


def known(cursor) -> set[str]:
    """Tables and columns (``table.column``) of the database."""
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    rows = cursor.fetchall()
    return {table for table, _column in rows} | {f"{table}.{column}" for table, column in rows}


def applicable(invariants: Iterable[Invariant], names: set[str]) -> list[Invariant]:
    """The invariants whose tables and columns exist."""
    return [each for each in invariants if names.issuperset(each.needs)]


def violations(cursor, invariant: Invariant, parameters: Mapping) -> list[str]:
    """The first violations, as text."""
    cursor.execute(invariant.sql, dict(parameters))
    columns = [column.name for column in cursor.description]
    rows = cursor.fetchmany(SHOWN)
    return [
        f"{invariant.name}: "
        + ", ".join(f"{name}={value}" for name, value in zip(columns, row, strict=True))
        for row in rows
    ]


def broken(cursor, invariants: Iterable[Invariant], parameters: Mapping) -> list[str]:
    """The violations of all the invariants."""
    return [text for each in invariants for text in violations(cursor, each, parameters)]


def unproven(
    connection,
    invariants: Iterable[Invariant],
    parameters: Mapping,
    prepare: Callable[[Cursor], None] = lambda _cursor: None,
) -> list[str]:
    """What is wrong with the plants: each must be seen by its invariant; nothing is kept.

    :param prepare: brings what the invariants read beside the database's own tables
    """
    notes = []
    for each in invariants:
        for number, plant in enumerate(each.plants, 1):
            label = f"{each.name}, plant {number}"
            with connection.cursor() as cursor:
                try:
                    prepare(cursor)
                    cursor.execute(plant)
                    if not violations(cursor, each, parameters):
                        notes.append(f"{label}: the violation is not seen")
                except psycopg2.Error as error:
                    notes.append(f"{label}: {str(error).splitlines()[0]}")
                finally:
                    connection.rollback()
        if not each.plants:
            notes.append(f"{each.name}: nothing proves that it can fail")
    return notes
