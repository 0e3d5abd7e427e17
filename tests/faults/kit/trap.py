"""Counts what a worker does to the database, and kills at the point the job names."""

from __future__ import annotations

import os
import signal

from .board import Board
from .server import kill_tree

WRITES = ("INSERT", "UPDATE", "DELETE")


class Trap:
    """Hooks of Odoo's cursor in a forked worker."""

    def __init__(self, board: Board, kill: dict | None, postmaster: int) -> None:
        self.board = board
        self.kill = kill or {}
        self.postmaster = postmaster

    def install(self, cursor_class) -> None:
        """Put the hooks around ``execute`` and ``commit`` of the class."""
        execute, commit = cursor_class.execute, cursor_class.commit
        trap = self

        def counted_execute(cursor, query, *args, **kwargs):
            trap.statement(query)
            return execute(cursor, query, *args, **kwargs)

        def counted_commit(cursor):
            # what is pending is sent now, so that the kill comes between it and the COMMIT
            cursor.flush()
            number = trap.board["commits"] + 1
            trap.strike("before_commit", number)
            commit(cursor)
            trap.board["commits"] = number
            trap.board["open_writes"] = 0
            trap.strike("after_commit", number)

        cursor_class.execute, cursor_class.commit = counted_execute, counted_commit

    def statement(self, query) -> None:
        """One statement is about to be sent."""
        number = self.board.add("statements")
        text = getattr(query, "code", query)
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        if str(text).lstrip()[:6].upper() in WRITES:
            self.board.add("open_writes")
        self.strike("statement", number)

    def strike(self, point: str, number: int) -> None:
        """Kill when this is the point."""
        if self.kill.get("point") != point or self.kill["at"] != number or self.board["fired"]:
            return
        self.board.fire()
        if self.kill["victim"] == "odoo":
            os.kill(os.getpid(), signal.SIGKILL)
        kill_tree(self.postmaster)
