"""Leaves: the pages that a listener writes on while the music plays, each as it was saved last.

A leaf is replaced whole at every save, so what was crossed out is gone. It may be written where nobody gives
the passphrase of a sealed journal; read it can only be with it.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from engine.journal.rows import checked, page_row

if TYPE_CHECKING:
    from engine.journal.record import Page
    from engine.journal.sealing import Sealing


class Leaves:
    """Writes them; both belong within a transaction of the store's. They are read as the other tables are."""

    def __init__(self, connection: sqlite3.Connection, sealing: Sealing) -> None:
        self._connection, self._sealing = connection, sealing

    def write(self, number: int, page: Page) -> None:
        """Keep a page of a sitting instead of what stood on that leaf before."""
        row = self._sealing.closed_row("page", checked("page", page_row(page)))
        leaf = (number, page.leaf)
        known = self._connection.execute("SELECT n FROM page WHERE session = ? AND leaf = ?", leaf).fetchone()
        if known is None:
            counted = "SELECT coalesce(max(n) + 1, 0) FROM page WHERE session = ?"
            known = self._connection.execute(counted, (number,)).fetchone()
        marks = ", ".join("?" * (2 + len(row)))
        self._connection.execute(f"INSERT OR REPLACE INTO page VALUES ({marks})", (number, known[0], *row))
