"""Trials: the rows of the trials in one open journal. What they mean is engine.trial's.

Whose a trial is lies in its plan, which is sealed with the rest where the journal has a passphrase.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.journal import rows

if TYPE_CHECKING:
    from engine.journal.sealing import Sealing


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial as the journal holds it."""

    number: int
    name: str
    began_at: str
    ended_at: str | None
    plan: dict[str, Any]
    salt: str
    """What the key to its hidden values is made from."""
    allocation: bytes
    """Which arm each sitting is, out of sight."""
    commitment: str
    """A digest by which anybody can see at the end that the allocation is the one of the beginning."""
    begun: int
    """Sittings that were begun."""
    preference: str | None
    """What was answered when it ended."""


class Trials:
    """Adds, finds and changes them; changes belong within a transaction of the store's."""

    def __init__(self, connection: sqlite3.Connection, sealing: Sealing) -> None:
        self._connection, self._sealing = connection, sealing

    def add(
        self, name: str, began_at: str, plan: dict[str, Any], salt: str, allocation: bytes, commitment: str
    ) -> None:
        kept = self._sealing.closed("plan", json.dumps(plan, ensure_ascii=False, sort_keys=True))
        self._connection.execute(
            "INSERT INTO trial (name, began_at, plan, salt, allocation, commitment) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (name, began_at, kept, salt, allocation, commitment),
        )

    def all(self) -> list[TrialRow]:
        """In the order in which they were begun. Raises ValueError for one that nobody can have written."""
        return [self._row(row) for row in self._connection.execute("SELECT * FROM trial ORDER BY number")]

    def _row(self, row: sqlite3.Row) -> TrialRow:
        plan = rows.unpacked(self._sealing.opened("plan", row["plan"]))
        if not isinstance(plan, dict) or not isinstance(row["allocation"], bytes):
            raise ValueError(f"The trial {rows.shown(row['name'])} in the journal cannot be read.")
        return TrialRow(
            row["number"], row["name"], row["began_at"], row["ended_at"],
            plan,  # pyright: ignore[reportUnknownArgumentType] — JSON
            row["salt"], row["allocation"], row["commitment"], row["begun"],
            self._sealing.opened("preference", row["preference"]),
        )  # fmt: skip

    def begun(self, number: int, count: int) -> None:
        """So many of its sittings have begun; never fewer than before."""
        self._connection.execute("UPDATE trial SET begun = max(begun, ?) WHERE number = ?", (count, number))

    def end(self, number: int, ended_at: str, preference: str | None) -> None:
        kept = self._sealing.closed("preference", preference)
        self._connection.execute(
            "UPDATE trial SET ended_at = ?, preference = ? WHERE number = ?", (ended_at, kept, number)
        )

    def delete(self, number: int) -> None:
        self._connection.execute("DELETE FROM trial WHERE number = ?", (number,))
