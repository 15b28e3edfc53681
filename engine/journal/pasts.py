"""Pasts: what listeners' watches told of the time before, a row a client, and nothing of it but the middles.

Kept apart from what sittings found: it is no sitting's, and no figure of it is ever counted among theirs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.journal import rows
from engine.journal.trouble import UnreadableError, said
from engine.past.month import Kept
from engine.past.reading import BOUNDS, Figure

if TYPE_CHECKING:
    from engine.journal.sealing import Sealing

KEPT = (Figure.RESTING, Figure.RMSSD)
"""Figures that are kept; SDNN is told when it is read, and kept by nobody."""


UNREADABLE = "What a listener's watch told cannot be read and is left out; import its export again."


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of one client's exports."""

    number: int
    imported_at: str
    client: str | None
    figures: Mapping[Figure, Kept]


class Pasts:
    """Adds, finds and deletes them; changes belong within a transaction of the store's.

    One that cannot be read is left out, and named in the store's `faults`.
    """

    def __init__(
        self, connection: sqlite3.Connection, sealing: Sealing, path: Path, faults: list[str]
    ) -> None:
        self._connection, self._sealing, self._path, self._faults = connection, sealing, path, faults

    def put(self, client: str | None, figures: Mapping[Figure, Kept], at: str) -> Past | None:
        """Keep a client's figures; each takes the place of its like. Returns what was kept before."""
        before = self.of(client)
        whole = {**({} if before is None else before.figures), **figures}
        packed = json.dumps({name: asdict(whole[name]) for name in KEPT if name in whole}, sort_keys=True)
        self.delete(client)
        self._connection.execute(
            "INSERT INTO past (imported_at, client, figures) VALUES (?, ?, ?)",
            (at, self._sealing.closed("client", client), self._sealing.closed("figures", packed)),
        )
        return before

    def of(self, client: str | None) -> Past | None:
        """What is kept of a client, or of whoever sits without a code."""
        return next((each for each in reversed(self.all()) if each.client == client), None)

    def all(self) -> list[Past]:
        """Every client's that can be read, in the order in which they were kept."""
        wanted = "SELECT number, imported_at, client, figures FROM past ORDER BY number"
        with said(self._path):
            found = [tuple(row) for row in self._connection.execute(wanted)]
            return [past for row in found if (past := self._past(row)) is not None]

    def _past(self, row: tuple[Any, ...]) -> Past | None:
        number, imported_at, client, figures = row
        try:
            client, packed = self._sealing.opened("client", client), self._sealing.opened("figures", figures)
            told: dict[str, dict[str, Any]] = rows.unpacked(packed)
            kept = {Figure(name): _checked(Figure(name), Kept(**each)) for name, each in told.items()}
        except (ValueError, TypeError, AttributeError, RecursionError, UnreadableError):
            if UNREADABLE not in self._faults:
                self._faults.append(UNREADABLE)
            return None
        return Past(number, str(imported_at), client, kept)

    def numbers(self) -> list[tuple[int, str]]:
        """Number and time of each, which are known without the passphrase."""
        with said(self._path):
            found = self._connection.execute("SELECT number, imported_at FROM past ORDER BY number")
            return [(int(number), str(at)) for number, at in found]

    def delete(self, client: str | None) -> int:
        """Delete a client's, or that of whoever sits without a code; how many there were."""
        gone = [each.number for each in self.all() if each.client == client]
        self.drop(gone)
        return len(gone)

    def drop(self, gone: Sequence[int]) -> None:
        """Delete those with these numbers."""
        self._connection.executemany("DELETE FROM past WHERE number = ?", [(number,) for number in gone])


def _checked(figure: Figure, kept: Kept) -> Kept:
    """One that an import can have written. Raises ValueError, TypeError."""
    low, high = BOUNDS[figure]
    texts = (kept.first, kept.last, kept.source, kept.device, kept.when)
    if figure not in KEPT or not all(isinstance(each, str) for each in texts):  # pyright: ignore[reportUnnecessaryIsInstance] — a file says so
        raise ValueError(figure)
    if not (low <= kept.value <= high and kept.days >= 1):
        raise ValueError(kept.value)
    date.fromisoformat(kept.first)
    date.fromisoformat(kept.last)
    return kept
