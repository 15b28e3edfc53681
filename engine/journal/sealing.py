"""Sealing: which columns of the journal are sealed, on their way in and out, where it has a passphrase."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.journal import schema
from engine.journal.rows import LINK, Row, Value
from engine.journal.trouble import ShutError, UnreadableError

if TYPE_CHECKING:
    from engine.journal.seal import Lock, Seal

Columns = Mapping[str, tuple[str, ...]]
"""Names of columns by table."""

FIRST: Columns = {
    "session": ("client", "goals", "feel", "sensor", "sensor_label", "output", "file"),
    "event": ("body",),
    "marker": ("words",),
    "rating": ("calm", "valence", "arousal"),
    "note": ("words",),
    "change": ("words",),
}
"""What could identify a person. Of events only those of the link, whose words name the strap."""

LATER: Columns = {
    "session": ("profile", "profile_table", "target_bpm", "usual", "guide"),
    "decision": ("value", "why"),
    "made": ("path",),
    "page": ("words", "concern"),
    "guest": ("digest", "sound"),
    "line": ("words",),
    "trial": ("plan", "preference"),
    "past": ("client", "figures"),
}
"""What characterises one: what a sitting was for, as its profile tells, and what is usual for them."""

COLUMNS: Columns = {
    table: (*FIRST.get(table, ()), *LATER.get(table, ())) for table in dict.fromkeys((*FIRST, *LATER))
}

SCOPES: Mapping[int, Columns] = {1: FIRST, 2: COLUMNS}
"""What is sealed, by the scope that the journal's seal names."""

NEWEST = max(SCOPES)


class Sealing:
    """The seal of one open journal. Imports what encrypts only where there is one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock: Lock | None = None
        self._seal: Seal | None = None
        self._columns = COLUMNS
        self._shut = False
        self.keep_up()

    @property
    def lock(self) -> Lock | None:
        """None where the journal has no passphrase."""
        return self._lock

    def keep_up(self) -> None:
        """See whether another process has sealed the journal, or changed its passphrase."""
        found = self._found()
        if found is None:
            self._lock = self._seal = None
            self._columns, self._shut = COLUMNS, False
            return
        *lock, scope = found
        self._columns = SCOPES[min(max(scope, 1), NEWEST)]
        if self._lock is None or self._lock.salt != lock[0]:
            from engine.journal.seal import Lock

            self._lock = Lock(*lock)
            self._seal, self._shut = self._lock.slot(), True

    def outdated(self) -> bool:
        """Whether the passphrase was changed since the journal was opened."""
        found = self._found()
        return (None if found is None else found[0]) != (None if self._lock is None else self._lock.salt)

    def _found(self) -> tuple[Any, ...] | None:
        return self._connection.execute("SELECT salt, cost, block, lanes, public, scope FROM seal").fetchone()

    def unlock(self, passphrase: str) -> None:
        """Raises WrongPassphraseError."""
        assert self._lock is not None, "only a sealed journal is unlocked"
        self._seal, self._shut = self._lock.key(passphrase), False

    def demand_key(self) -> None:
        """Raises ShutError where the journal is sealed and was not unlocked."""
        if self._shut:
            raise ShutError

    def posted_clients(self) -> list[tuple[int, str]]:
        """Numbers and clients of the sittings that were kept without the passphrase."""
        if self._lock is None:
            return []
        from engine.journal.seal import POSTED

        posted = "SELECT number, client FROM session WHERE client >= ? AND client < ?"
        clients: list[tuple[int, str]] = []
        for number, client in self._connection.execute(posted, POSTED).fetchall():
            try:
                clients.append((number, self.opened("client", client)))
            except UnreadableError:
                continue  # damaged; whoever reads the sitting is told
        return clients

    @property
    def narrow(self) -> bool:
        """Whether an older Calando left open what is sealed now."""
        return self._columns is not COLUMNS

    def widen(self) -> None:
        """Within a transaction: seal that too, without the passphrase, as a sitting is kept without it."""
        if self._lock is None or not self.narrow:
            return
        slot = self._lock.slot()
        for table, columns in LATER.items():
            self._change(table, columns, slot.seal)
        self._connection.execute("UPDATE seal SET scope = ?", (NEWEST,))
        self._columns = COLUMNS

    def adopt(self, lock: Lock) -> None:
        """Within a transaction: seal an empty journal as another is sealed."""
        self._keep(lock)
        self._lock, self._seal, self._shut = lock, lock.slot(), True

    def reseal(self, passphrase: str | None) -> None:
        """Within a transaction: seal everything under this passphrase instead, or under none."""
        from engine.journal.seal import new_lock

        lock, key = (None, None) if passphrase is None else new_lock(passphrase)

        def anew(column: str, value: Any) -> Any:
            try:
                plain = self.opened(column, value)
            except UnreadableError:
                return value  # damaged, and no more readable than it was
            return plain if key is None else key.seal(column, plain)

        for table, columns in self._columns.items():
            self._change(table, columns, anew)
        self._connection.execute("DELETE FROM seal")
        if lock is not None:
            self._keep(lock)
        self._lock, self._seal, self._columns, self._shut = lock, key, COLUMNS, False

    def _keep(self, lock: Lock) -> None:
        self._connection.execute(
            "INSERT INTO seal (only, salt, cost, block, lanes, public, scope) VALUES (1, ?, ?, ?, ?, ?, ?)",
            (lock.salt, lock.cost, lock.block, lock.lanes, lock.public, NEWEST),
        )

    def _change(self, table: str, columns: Sequence[str], way: Callable[[str, Any], Any]) -> None:
        keys = ("number",) if table in ("session", "trial", "past") else ("session", "n")
        only = f"WHERE kind = '{LINK}'" if table == "event" else ""
        wanted = ", ".join((*keys, *columns))
        found = self._connection.execute(f"SELECT {wanted} FROM {table} {only}").fetchall()
        change = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} "
        change += f"WHERE {' AND '.join(f'{name} = ?' for name in keys)}"
        for row in found:
            named = dict(zip((*keys, *columns), row, strict=True))
            fresh = [way(name, named[name]) for name in columns]
            self._connection.execute(change, (*fresh, *(named[name] for name in keys)))

    def closed(self, column: str, value: Value) -> Value:
        """The value as it is kept."""
        return value if self._seal is None else self._seal.seal(column, value)

    def opened(self, column: str, value: Any) -> Any:
        """The value as it was. Raises ShutError, UnreadableError."""
        return value if self._seal is None else self._seal.open(column, value)

    def closed_head(self, columns: dict[str, Any]) -> dict[str, Any]:
        """A row of `session` by column, as it is kept."""
        return columns | {name: self.closed(name, columns[name]) for name in self._columns["session"]}

    def opened_head(self, columns: dict[str, Any]) -> dict[str, Any]:
        """A row of `session` by column, as it was."""
        return columns | {name: self.opened(name, columns.get(name)) for name in self._columns["session"]}

    def closed_row(self, table: str, row: Row) -> Row:
        """A row of another table, as it is kept."""
        return self._through(table, row, self.closed)

    def opened_row(self, table: str, row: Row) -> Row:
        """A row of another table, as it was."""
        return self._through(table, row, self.opened)

    def _through(self, table: str, row: Row, way: Callable[[str, Value], Value]) -> Row:
        if self._seal is None or table not in self._columns or (table == "event" and row[1] != LINK):
            return row
        names = [column.name for column in schema.columns(table)[2:]]
        sealed = self._columns[table]
        pairs = zip(names, row, strict=True)
        return tuple(way(name, value) if name in sealed else value for name, value in pairs)
