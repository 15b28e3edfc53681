"""Store: the journal's database file, opened, written and read. One connection, used by one thread.

The file is readable by its owner only; so are the write-ahead log and the index that SQLite lays
beside it, which take over its mode. Where the journal is sealed (engine.journal.sealing), what could identify
a person is sealed on its way in and opened on its way out, here and nowhere else.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from engine.journal import rows
from engine.journal.record import Ending, Figures, Head, Record
from engine.journal.rows import Row, Value
from engine.journal.schema import TABLES, migrate
from engine.journal.sealing import COLUMNS, Sealing
from engine.journal.trouble import JournalError, said

FILE = "journal.sqlite3"

CACHE_KIB = 512
"""Of the database's pages in memory. SQLite's own choice, 2 MB, would be filled once in the first hour."""

BUSY_S = 5.0
"""How long to wait for another process that is writing, which takes it milliseconds."""

Amendable = Literal["client", "consent", "goals"]
"""Columns of `session` that are changed by hand afterwards."""


class UnknownSessionError(ValueError):
    """No sitting, or more than one, has that id."""


def data_folder(named: Path | None = None) -> Path:
    """Where the journal is: `named`, or `CALANDO_DATA`, or the user's data folder."""
    if named is not None:
        return named
    if from_environment := os.environ.get("CALANDO_DATA"):
        return Path(from_environment)
    import platformdirs

    return Path(platformdirs.user_data_dir("calando", appauthor=False))


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: INTEGER, REAL, TEXT, or anything where `kind` is empty."""

    kind: str
    required: bool

    def holds(self, value: object) -> bool:
        """Whether it may hold this value."""
        if value is None:
            return not self.required
        number = isinstance(value, int) and abs(value) < 2**63
        match self.kind:
            case "INTEGER":
                return number
            case "REAL":
                return number or isinstance(value, float)
            case "TEXT":
                return isinstance(value, str)
            case _:
                return number or isinstance(value, float | str)


@dataclass(frozen=True, slots=True)
class Unended:
    """A sitting that is being played, or broke off: what is known of it without a passphrase."""

    number: int
    id: str
    began_at: str
    length_s: float
    simulated: bool


class Store:
    """The journal in `folder`, which is made where it is missing. Everything may raise JournalError."""

    def __init__(self, folder: Path, busy_s: float = BUSY_S) -> None:
        self.folder = folder
        self.path = folder / FILE
        with said(self.path):
            _make_private(folder, self.path)
            self._connection = sqlite3.connect(self.path, timeout=busy_s, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        execute = self._connection.execute
        migrate(self._connection)
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")  # what is committed outlasts a power cut too
        execute("PRAGMA secure_delete = ON")
        execute("PRAGMA foreign_keys = ON")
        execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._connection.row_factory = sqlite3.Row
        self._sealing = Sealing(self._connection)

    @property
    def sealed(self) -> bool:
        """Whether the journal has a passphrase: it is written without, but read only after `unlock`."""
        return self._sealing.sealed

    def unlock(self, passphrase: str) -> None:
        """Make a sealed journal readable. Raises SealedError for another passphrase."""
        with said(self.path):
            self._sealing.unlock(passphrase)
            posted = self._sealing.posted_clients()
        if posted:
            # Sealed anew with the passphrase, a client's sittings are found.
            with self.transaction():
                for number, client in posted:
                    self.amend(number, "client", client)

    def reseal(self, passphrase: str | None) -> None:
        """Seal the journal under this passphrase instead of the one it has, or under none.

        Sittings may be played meanwhile. Raises SealedError where it has one and is not unlocked.
        """
        with self.transaction():
            self._sealing.reseal(passphrase)
        self.scrub()

    def close(self) -> None:
        """Safe to call twice."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All that is written inside is kept, or nothing."""
        with said(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._sealing.keep_up()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some failures, a full disk among them.
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def begin(self, head: Head) -> int:
        """Add a sitting; returns its number."""
        columns = self._sealing.closed_head(rows.head_columns(head))
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        added = self._connection.execute(
            f"INSERT INTO session ({names}) VALUES ({marks})", tuple(columns.values())
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def add(self, number: int, table: str, new: Sequence[Row]) -> None:
        """Add rows of a sitting to one of TABLES, counted on from those that are there."""
        if new:
            last = self._connection.execute(f"SELECT max(n) FROM {table} WHERE session = ?", (number,))
            last_n = last.fetchone()[0]
            first = 0 if last_n is None else last_n + 1
            marks = ", ".join("?" * (2 + len(new[0])))
            kept = (self._sealing.closed_row(table, row) for row in new)
            numbered = ((number, n, *row) for n, row in enumerate(kept, first))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", numbered)

    def reach(self, number: int, frames: int, head: Head) -> None:
        """All commands before this frame are known; and who is being listened to, from `head`."""
        self._connection.execute(
            "UPDATE session SET frames = ?, sensor_label = ?, simulated = ? WHERE number = ?",
            (frames, self._sealing.closed("sensor_label", head.sensor_label), int(head.simulated), number),
        )

    def end(self, number: int, ending: Ending, ended_at: str, figures: Figures) -> None:
        """The sitting is over."""
        self._connection.execute(
            "UPDATE session SET ending = ?, ended_at = ?, resting_bpm = ?, breath_per_min = ?, rmssd_ms = ?, "
            "quality = ?, beats = ? WHERE number = ?",
            (ending, ended_at, *(getattr(figures, name) for name in rows.FIGURES), number),
        )

    def amend(self, number: int, column: Amendable, value: Value) -> None:
        """Change what a person may change of a sitting's head."""
        kept = self._sealing.closed(column, value) if column in COLUMNS["session"] else value
        self._connection.execute(f"UPDATE session SET {column} = ? WHERE number = ?", (kept, number))

    def delete(self, number: int) -> None:
        """Forget a sitting, within a transaction; what it left in the file goes with `scrub`."""
        for table in TABLES:
            self._connection.execute(f"DELETE FROM {table} WHERE session = ?", (number,))
        self._connection.execute("DELETE FROM session WHERE number = ?", (number,))

    def scrub(self) -> None:
        """Write the file anew without the places of deleted rows, and empty the write-ahead log."""
        with said(self.path):
            self._connection.execute("VACUUM")
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise JournalError(
                f"Another program is reading the journal {self.path}, so traces of what was deleted are left "
                "beside it; close that program and delete again."
            )

    def heads(self, *, client: str | None = None, last: int = -1) -> list[Head]:
        """Sittings, newest first: of one client or of all, at most `last`, or all of them."""
        with said(self.path):
            condition, given = "", ()
            if client is not None:
                condition, given = "WHERE client = ?", (self._sealing.closed("client", client),)
            found = self._connection.execute(
                f"SELECT * FROM session {condition} ORDER BY number DESC LIMIT ?", (*given, last)
            )
            return [self._head(row) for row in found]

    def _head(self, row: sqlite3.Row) -> Head:
        return rows.head_of(self._sealing.opened_head(dict(row)))

    def at_rest(self, client: str | None, last: int) -> list[Head]:
        """The last real sittings of a client, or of nobody's code, that found a resting rate; newest first.

        A recording tells of nobody unless it was given a code.
        """
        with said(self.path):
            found = self._connection.execute(
                "SELECT * FROM session WHERE client IS ? AND resting_bpm IS NOT NULL AND NOT simulated "
                "ORDER BY number DESC",
                (self._sealing.closed("client", client),),
            )
            heads = (self._head(row) for row in found)
            own = (head for head in heads if client is not None or not head.sensor.startswith("replay:"))
            return list(islice(own, last))

    def find(self, name: str) -> tuple[int, Head]:
        """The sitting with this id, or whose id begins so, or the newest for `last`; its number and head.

        Raises UnknownSessionError.
        """
        escaped = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        with said(self.path):
            if name == "last":
                newest = "SELECT * FROM session ORDER BY number DESC LIMIT 1"
                found = self._connection.execute(newest).fetchall()
            else:
                found = self._connection.execute(
                    "SELECT * FROM session WHERE id = ?1 OR id LIKE ?2 ESCAPE '\\' ORDER BY id <> ?1 LIMIT 2",
                    (name, f"{escaped}%"),
                ).fetchall()
        if len(found) == 2 and name and found[0]["id"] == name:
            found = found[:1]
        if len(found) != 1 or not name:
            if name == "last":
                raise UnknownSessionError("No sitting has been kept yet; play one with `calando play`.")
            what = "Several sittings begin" if found and name else "There is no sitting that begins"
            raise UnknownSessionError(f"{what} with {name!r}; `calando sessions list` shows their ids.")
        with said(self.path):
            return int(found[0]["number"]), self._head(found[0])

    def has(self, session_id: str) -> bool:
        """Whether a sitting has exactly this id."""
        with said(self.path):
            found = self._connection.execute("SELECT 1 FROM session WHERE id = ?", (session_id,))
            return found.fetchone() is not None

    def unended(self) -> list[Unended]:
        """The sittings that have no ending, oldest first."""
        with said(self.path):
            found = self._connection.execute(
                "SELECT number, id, began_at, frames, rate_hz, simulated FROM session "
                "WHERE ending IS NULL ORDER BY number"
            )
            return [
                Unended(number, id_, began_at, frames / rate_hz, bool(simulated))
                for number, id_, began_at, frames, rate_hz, simulated in found
            ]

    def rows(self, number: int, table: str) -> list[tuple[int, Row]]:
        """Rows of a sitting in one of TABLES, each with its `n`, in order."""
        with said(self.path):
            found = self._connection.execute(f"SELECT * FROM {table} WHERE session = ? ORDER BY n", (number,))
            return [(row[1], self._sealing.opened_row(table, tuple(row)[2:])) for row in found]

    def columns(self, table: str) -> dict[str, Column]:
        """Columns of a table by name, without its first, which is the sitting's number."""
        with said(self.path):
            found = self._connection.execute(f"PRAGMA table_info({table})").fetchall()
        return {str(row["name"]): Column(str(row["type"]), bool(row["notnull"])) for row in found[1:]}

    def read(self, name: str, without: Sequence[str] = ()) -> Record:
        """The whole sitting with this id, or all `without` some of TABLES. Raises UnknownSessionError."""
        number, head = self.find(name)
        wanted = {table: [] if table in without else self.rows(number, table) for table in TABLES}
        return record_of(head, wanted)


def record_of(head: Head, tables: Mapping[str, Iterable[tuple[int, Row]]]) -> Record:
    """The record made of these rows; raises ValueError or TypeError where one cannot be read."""
    return Record(
        head,
        events=tuple(rows.event_of(row) for _, row in tables["event"]),
        beats=tuple(rows.beat_of(row) for _, row in tables["beat"]),
        states=tuple(rows.state_of(row, head.simulated) for _, row in tables["state"]),
        decisions=tuple(rows.decision_of(row) for _, row in tables["decision"]),
        intents=tuple(rows.intent_of(row) for _, row in tables["intent"]),
        commands=tuple(rows.command_of(n, row) for n, row in tables["command"]),
        # Some may have been marked afterwards.
        markers=tuple(
            sorted((rows.marker_of(row) for _, row in tables["marker"]), key=lambda marker: marker.t_s)
        ),
        ratings=tuple(rows.rating_of(row) for _, row in tables["rating"]),
        notes=tuple(rows.remark_of(row) for _, row in tables["note"]),
        changes=tuple(rows.remark_of(row) for _, row in tables["change"]),
    )


def _make_private(folder: Path, path: Path) -> None:
    """Make folder and file for the owner's eyes only; a file that others may read is taken from them."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    if path.exists():
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
