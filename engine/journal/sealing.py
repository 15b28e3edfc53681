"""Sealing: which columns of the journal are sealed, on their way in and out, where it has a passphrase."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.journal.rows import LINK, Row, Value

if TYPE_CHECKING:
    from engine.journal.seal import Lock, Seal

COLUMNS = {
    "session": ("client", "goals", "feel", "sensor", "sensor_label", "output", "file"),
    "event": ("body",),
    "marker": ("words",),
    "rating": ("calm", "valence", "arousal"),
    "note": ("words",),
    "change": ("words",),
}
"""By table, what could identify a person. Of events only those of the link, whose words name the strap."""


class ShutError(Exception):
    """Something was to be read without the passphrase."""


class WrongPassphraseError(Exception):
    """The journal has another passphrase."""


class UnreadableError(Exception):
    """A value that the passphrase does not open."""


class Sealing:
    """The seal of one open journal. Imports what encrypts only where there is one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock: Lock | None = None
        self._seal: Seal | None = None
        self._names: dict[str, tuple[str, ...]] = {}
        self.keep_up()

    @property
    def sealed(self) -> bool:
        return self._lock is not None

    def keep_up(self) -> None:
        """See whether another process has sealed the journal, or changed its passphrase."""
        found = self._connection.execute("SELECT salt, cost, block, lanes, public FROM seal").fetchone()
        if found is None:
            self._lock = self._seal = None
        elif self._lock is None or self._lock.salt != found[0]:
            from engine.journal.seal import Lock

            self._lock = Lock(*found)
            self._seal = self._lock.slot()

    def unlock(self, passphrase: str) -> None:
        """Raises WrongPassphraseError."""
        assert self._lock is not None, "only a sealed journal is unlocked"
        self._seal = self._lock.key(passphrase)

    def posted_clients(self) -> list[tuple[int, str]]:
        """Numbers and clients of the sittings that were kept without the passphrase."""
        if self._lock is None:
            return []
        from engine.journal.seal import POSTED

        posted = "SELECT number, client FROM session WHERE client >= ? AND client < ?"
        found = self._connection.execute(posted, POSTED).fetchall()
        return [(number, self.opened("client", client)) for number, client in found]

    def reseal(self, passphrase: str | None) -> None:
        """Within a transaction: seal everything under this passphrase instead, or under none."""
        from engine.journal.seal import new_lock

        lock, key = (None, None) if passphrase is None else new_lock(passphrase)
        for table, columns in COLUMNS.items():
            self._reseal(table, columns, key)
        self._connection.execute("DELETE FROM seal")
        if lock is not None:
            whole = (lock.salt, lock.cost, lock.block, lock.lanes, lock.public)
            self._connection.execute("INSERT INTO seal VALUES (1, ?, ?, ?, ?, ?)", whole)
        self._lock, self._seal = lock, key

    def _reseal(self, table: str, columns: Sequence[str], key: Seal | None) -> None:
        keys = ("number",) if table == "session" else ("session", "n")
        only = f"WHERE kind = '{LINK}'" if table == "event" else ""
        wanted = ", ".join((*keys, *columns))
        found = self._connection.execute(f"SELECT {wanted} FROM {table} {only}").fetchall()
        change = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} "
        change += f"WHERE {' AND '.join(f'{name} = ?' for name in keys)}"
        for row in found:
            plain = [(name, self.opened(name, row[name])) for name in columns]
            fresh = [value if key is None else key.seal(name, value) for name, value in plain]
            self._connection.execute(change, (*fresh, *(row[name] for name in keys)))

    def closed(self, column: str, value: Value) -> Value:
        """The value as it is kept."""
        return value if self._seal is None else self._seal.seal(column, value)

    def opened(self, column: str, value: Any) -> Any:
        """The value as it was. Raises ShutError, UnreadableError."""
        return value if self._seal is None else self._seal.open(column, value)

    def closed_head(self, columns: dict[str, Any]) -> dict[str, Any]:
        """A row of `session` by column, as it is kept."""
        return columns | {name: self.closed(name, columns[name]) for name in COLUMNS["session"]}

    def opened_head(self, columns: dict[str, Any]) -> dict[str, Any]:
        """A row of `session` by column, as it was."""
        return columns | {name: self.opened(name, columns[name]) for name in COLUMNS["session"]}

    def closed_row(self, table: str, row: Row) -> Row:
        """A row of another table, as it is kept."""
        return self._through(table, row, self.closed)

    def opened_row(self, table: str, row: Row) -> Row:
        """A row of another table, as it was."""
        return self._through(table, row, self.opened)

    def _through(self, table: str, row: Row, way: Callable[[str, Value], Value]) -> Row:
        if self._seal is None or table not in COLUMNS or (table == "event" and row[1] != LINK):
            return row
        if table not in self._names:
            described = self._connection.execute(f"PRAGMA table_info({table})")
            self._names[table] = tuple(str(column[1]) for column in described)[2:]
        pairs = zip(self._names[table], row, strict=True)
        return tuple(way(name, value) if name in COLUMNS[table] else value for name, value in pairs)
