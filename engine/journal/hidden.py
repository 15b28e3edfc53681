"""Hidden: what a sitting of a trial must not tell before that trial ends, out of sight in the journal.

Which arm it was is told by its name, but also by the guide's decisions, its stages and the path of the music.
These rows are kept whole, as one unreadable value for each commit. The key to it is made from what the
trial's own row holds: it keeps an eye from seeing the arm while it looks through the file, and not a person
from opening it on purpose, which no program on that person's own computer could.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.journal.blind import is_blind, sitting_of
from engine.journal.schema import columns

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    from engine.journal.rows import Row

TABLES = ("state", "decision", "command")
"""What is out of sight: where the music went and why."""

_KEY_BYTES = 64


class Blindfold:
    """Seals values of one trial, whose `salt` lies in its row."""

    def __init__(self, salt: str) -> None:
        self._salt = salt

    @cached_property
    def _cipher(self) -> AESSIV:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return AESSIV(HKDF(SHA256(), _KEY_BYTES, self._salt.encode(), b"calando trial").derive(b"blindfold"))

    def seal(self, where: str, value: Any) -> bytes:
        """`where` is what it belongs to; it opens nowhere else."""
        plain = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return self._cipher.encrypt(zlib.compress(plain.encode()), [where.encode()])

    def open(self, where: str, sealed: bytes) -> Any:
        """Raises ValueError for what was not sealed so."""
        from cryptography.exceptions import InvalidTag

        try:
            return json.loads(zlib.decompress(self._cipher.decrypt(sealed, [where.encode()])))
        except (InvalidTag, zlib.error, RecursionError, TypeError):
            raise ValueError("what is out of sight of it is not what was put there") from None


class OutOfSight:
    """The rows of blind sittings in one open journal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[int, Blindfold | None] = {}

    def hides(self, number: int, table: str) -> bool:
        """Whether rows of this sitting in this table are to be kept here."""
        return table in TABLES and self._blindfold(number) is not None

    def _blindfold(self, number: int) -> Blindfold | None:
        """None for a sitting of no trial, or of one that has ended or is another journal's."""
        if number not in self._known:
            found = self._connection.execute("SELECT arm FROM session WHERE number = ?", (number,)).fetchone()
            arm = "" if found is None else str(found[0])
            of = sitting_of(arm) if is_blind(arm) else None
            row = None if of is None else self._connection.execute(
                "SELECT salt FROM trial WHERE name = ? AND ended_at IS NULL", (of[0],)
            ).fetchone()  # fmt: skip
            self._known[number] = None if row is None else Blindfold(str(row[0]))
        return self._known[number]

    def add(self, number: int, table: str, new: Sequence[Row]) -> None:
        """Keep rows of a blind sitting, as they would be kept in sight."""
        blindfold = self._blindfold(number)
        assert blindfold is not None, "only a blind sitting's rows are hidden"
        self._connection.execute(
            "INSERT INTO hidden SELECT ?1, coalesce(max(n) + 1, 0), ?2 FROM hidden WHERE session = ?1",
            (number, blindfold.seal(str(number), [table, new])),
        )

    def rows(self, number: int, table: str) -> list[Row]:
        """Rows that are out of sight, in order. Raises ValueError where they cannot be read."""
        blindfold = self._blindfold(number) if table in TABLES else None
        if blindfold is None:
            return []
        wide = len(columns(table)) - 2  # a trial outlasts versions, and columns are added at the end
        found: list[Row] = []
        for (sealed,) in self._connection.execute(
            "SELECT sealed FROM hidden WHERE session = ? ORDER BY n", (number,)
        ):
            of, kept = blindfold.open(str(number), sealed)
            if of == table:
                found += ((*row, *[None] * (wide - len(row))) for row in kept)
        return found

    def reveal(self, number: int, arm: str) -> None:
        """Within a transaction: put a sitting's rows in sight, under its arm's own name."""
        opened = {table: self.rows(number, table) for table in TABLES}
        self.forget(number)
        self._connection.execute("UPDATE session SET arm = ? WHERE number = ?", (arm, number))
        for table, found in opened.items():
            for n, row in enumerate(found):
                marks = ", ".join("?" * (2 + len(row)))
                self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", (number, n, *row))

    def any(self) -> bool:
        """Whether anything at all is out of sight."""
        return self._connection.execute("SELECT 1 FROM hidden LIMIT 1").fetchone() is not None

    def forget(self, number: int) -> None:
        """Within a transaction: delete a sitting's rows."""
        self._connection.execute("DELETE FROM hidden WHERE session = ?", (number,))
        self._known.pop(number, None)
