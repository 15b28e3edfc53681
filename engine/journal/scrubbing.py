"""Scrubbing: that what was deleted or sealed stays nowhere on the disk, at once or as soon as that can be."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.journal.opening import FILE
from engine.journal.trouble import JournalError, said

TRACES = ".traces"
"""A file beside the journal, there while something of it has not been wiped."""

_HELD = ("SQLITE_BUSY", "SQLITE_LOCKED")


class Scrubbing:
    """Of one open journal. Everything may raise JournalError."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self._path = folder / FILE
        self._traces = folder / TRACES

    def nobody_reads(self) -> bool:
        """Whether no other program holds on to an earlier state of the journal."""
        with said(self._path):
            # Something, if only the same version, must stand in the log for its reader to be in the way.
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            self._connection.execute(f"PRAGMA user_version = {version}")
            return not self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def owe(self) -> None:
        """From now on there is something to wipe, whatever happens."""
        with said(self._path):
            self._traces.touch(0o600)

    def wipe(self, done: str) -> None:
        """Write the file anew without the places of what was there, and empty the write-ahead log.

        done  what has been done already, for whoever is told that traces are left
        """
        with said(self._path):
            if not (self._rewritten() and self.nobody_reads()):
                raise JournalError(
                    f"{done}, but another program is using the journal {self._path} and holds traces of what "
                    "stood there; close that program, and the next `calando sessions list` wipes them."
                )
            self._traces.unlink(missing_ok=True)

    def _rewritten(self) -> bool:
        try:
            self._connection.execute("VACUUM")
        except sqlite3.OperationalError as trouble:
            if not str(getattr(trouble, "sqlite_errorname", "")).startswith(_HELD):
                raise
            return False
        return True

    def resume(self) -> bool:
        """Wipe what was left before, if it can be wiped now; whether that was done."""
        if not self._traces.exists():
            return False
        try:
            self.wipe("It was deleted")
        except JournalError:
            return False
        return True
