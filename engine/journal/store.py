"""Store: the journal's database file, opened, written and read. One connection, used by one thread.

Where the journal is sealed (engine.journal.sealing), what could identify a person is sealed on its way in
and opened on its way out, here and nowhere else. What is read is checked: a row that nobody can have written
is left out and named (`faults`), and spoils no other.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.guide.pacer import SEARCH
from engine.journal import heads, rows
from engine.journal.hidden import OutOfSight
from engine.journal.leaves import Leaves
from engine.journal.opening import FILE, connected_for_reading, is_read_only, make_private
from engine.journal.pasts import Pasts
from engine.journal.record import Ending, Figures, Head, Record
from engine.journal.rows import Row, Value
from engine.journal.schema import MADE, MIGRATIONS, TABLES, migrate, version
from engine.journal.scrubbing import Scrubbing
from engine.journal.sealing import COLUMNS, Sealing
from engine.journal.trials import Trials
from engine.journal.trouble import BlindError, DamagedError, JournalError, UnreadableError, said

if TYPE_CHECKING:
    from engine.journal.seal import Lock

CACHE_KIB = 512
"""Of the database's pages in memory. SQLite's own choice, 2 MB, would be filled once in the first hour."""

BUSY_S = 5.0
"""How long to wait for another process that is writing, which takes it milliseconds."""

LAST_N = 2**53
"""Rows are counted below this; a greater number is damage."""

Amendable = Literal["client", "consent", "goals"]
"""Columns of `session` that are changed by hand afterwards."""


class UnknownSessionError(ValueError):
    """No sitting, or more than one, has that id."""


class Store:
    """The journal in `folder`, which is made where it is missing. Everything may raise JournalError.

    reading    whether a journal that may not be written is opened all the same, to be read
    `writable` whether it may be written, `scrubbing` wipes what was deleted
    `trials`   the trials' own rows, `hidden` what of their sittings is out of sight, `leaves` written pages
    `pasts`    what listeners' watches told of the time before
    `faults`   a sentence for everything that was left out because it cannot be read
    """

    def __init__(self, folder: Path, busy_s: float = BUSY_S, *, reading: bool = False) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.faults, self.writable = list[str](), True
        with said(self.path):
            try:
                make_private(folder)
                self._connection = sqlite3.connect(self.path, timeout=busy_s, isolation_level=None)
                self._prepared(self._prepare_to_write)
            except (OSError, sqlite3.Error) as trouble:
                if not (reading and is_read_only(trouble) and self.path.is_file()):
                    raise
                self.writable = False
                self._connection = connected_for_reading(folder, busy_s)
                self._prepared(self._prepare_to_read)

    def _prepared(self, prepare: Callable[[], None]) -> None:
        try:
            # A damaged file may hold what is no text; letters are lost then, and no row.
            self._connection.text_factory = _text
            self.scrubbing = Scrubbing(self._connection, self.folder)
            prepare()
            self._connection.row_factory = sqlite3.Row
            self.trials = Trials(self._connection, self._sealing)
            self.leaves = Leaves(self._connection, self._sealing)
            self.pasts = Pasts(self._connection, self._sealing, self.path, self.faults)
            self.hidden = OutOfSight(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def _prepare_to_write(self) -> None:
        execute = self._connection.execute
        migrate(self._connection)
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")  # what is committed outlasts a power cut too
        execute("PRAGMA secure_delete = ON")
        execute("PRAGMA foreign_keys = ON")
        execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._sealing = Sealing(self._connection)
        if self._sealing.narrow:
            self.scrubbing.owe()
            with self.transaction():
                self._sealing.widen()

    def _prepare_to_read(self) -> None:
        if version(self._connection) < len(MIGRATIONS):
            raise JournalError(
                f"The journal {self.path} is of an older Calando and may not be written; permit that once."
            )
        self._sealing = Sealing(self._connection)

    @property
    def lock(self) -> Lock | None:
        """What seals here without the passphrase; None where the journal has none."""
        return self._sealing.lock

    @property
    def sealed(self) -> bool:
        """Whether the journal has a passphrase: it is written without, but read only after `unlock`."""
        return self._sealing.lock is not None

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

        Sittings may be played meanwhile. Raises SealedError where it has one and is not unlocked, and
        JournalError, with nothing changed, where another program is reading and would keep what is open.
        """
        with said(self.path):
            self._sealing.demand_key()
            if self.hidden.any():
                raise JournalError("A trial is under way, and what it hides cannot be sealed; end it first.")
        if not self.scrubbing.nobody_reads():
            raise JournalError(
                f"Another program is reading the journal {self.path}, so nothing was sealed or changed; "
                "close that program and try again."
            )
        self.scrubbing.owe()
        with self.transaction():
            self._sealing.reseal(passphrase)
        self.scrubbing.wipe("The journal is sealed anew")

    def adopt(self, lock: Lock) -> None:
        """Seal this new journal as another is sealed, within a transaction."""
        self._sealing.adopt(lock)

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
        columns = self._sealing.closed_head(heads.head_columns(head))
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        adding = f"INSERT INTO session ({names}) VALUES ({marks})"
        added = self._connection.execute(adding, tuple(columns.values()))
        assert added.lastrowid is not None
        return added.lastrowid

    def add(self, number: int, table: str, new: Sequence[Row]) -> None:
        """Add rows of a sitting to one of TABLES, or to MADE, counted on from those that are there."""
        kept = [self._sealing.closed_row(table, row) for row in new]
        if kept and self.hidden.hides(number, table):
            self.hidden.add(number, table, kept)
        elif kept:
            last = self._connection.execute(
                f"SELECT n FROM {table} WHERE session = ? AND typeof(n) = 'integer' AND n < ? "
                "ORDER BY n DESC LIMIT 1",
                (number, LAST_N),
            ).fetchone()
            first = 0 if last is None else last[0] + 1
            marks = ", ".join("?" * (2 + len(kept[0])))
            numbered = ((number, n, *row) for n, row in enumerate(kept, first))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", numbered)

    def reach(self, number: int, frames: int, head: Head) -> None:
        """All commands before this frame are known; and who is being listened to, from `head`."""
        self._connection.execute(
            "UPDATE session SET frames = ?, sensor_label = ?, simulated = ? WHERE number = ?",
            (frames, self._sealing.closed("sensor_label", head.sensor_label), int(head.simulated), number),
        )

    def end(self, number: int, ending: Ending, ended_at: str, figures: Figures) -> bool:
        """The sitting is over; False where it was already, for what is complete never becomes interrupted."""
        changed = self._connection.execute(
            "UPDATE session SET ending = ?1, ended_at = ?2, resting_bpm = ?3, breath_per_min = ?4, "
            "rmssd_ms = ?5, quality = ?6, beats = ?7 "
            "WHERE number = ?8 AND (ending IS NULL OR ?1 = 'complete')",
            (ending, ended_at, *(getattr(figures, name) for name in heads.FIGURES), number),
        )
        return changed.rowcount > 0

    def amend(self, number: int, column: Amendable, value: Value) -> None:
        """Change what a person may change of a sitting's head."""
        kept = self._sealing.closed(column, value) if column in COLUMNS["session"] else value
        self._connection.execute(f"UPDATE session SET {column} = ? WHERE number = ?", (kept, number))

    def delete(self, number: int) -> None:
        """Forget a sitting, within a transaction; what it left in the file goes with `scrubbing`."""
        self.scrubbing.owe()
        for table in (*TABLES, MADE):
            self._connection.execute(f"DELETE FROM {table} WHERE session = ?", (number,))
        self.hidden.forget(number)
        self._connection.execute("DELETE FROM session WHERE number = ?", (number,))

    def heads(self, *, client: str | None = None, last: int = -1) -> list[Head]:
        """Sittings, newest first: of one client or of all, at most `last`, or all of them."""
        return list(self._heads("?1 IS NULL" if client is None else "client = ?1", client, last))

    def _heads(self, condition: str, client: str | None, last: int = -1) -> Generator[Head]:
        """Those that are so, newest first; `?1` in the condition is the client."""
        with said(self.path):
            wanted = f"SELECT * FROM session WHERE {condition} ORDER BY number DESC LIMIT ?2"
            for row in self._connection.execute(wanted, (self._sealing.closed("client", client), last)):
                if (head := self._head_or_fault(row)) is not None:
                    yield head

    def _head_or_fault(self, row: sqlite3.Row) -> Head | None:
        try:
            return self._head(row)
        except ValueError as wrong:
            self.faults.append(heads.unreadable(row["id"], wrong) + " It is left out.")
            return None

    def _head(self, row: sqlite3.Row) -> Head:
        """Raises ValueError for one that cannot be read."""
        try:
            return heads.head_of(self._sealing.opened_head(dict(row)))
        except UnreadableError:
            if self._sealing.outdated():
                raise
            raise ValueError("what is sealed of it is not what was sealed") from None

    def at_rest(self, client: str | None, last: int) -> list[Head]:
        """Real sittings of a client, or of nobody's code, that found a resting rate, newest first.

        At most `last`, or all where that is negative.
        A recording tells of nobody unless it was given a code.
        """
        heads = self._heads("client IS ?1 AND resting_bpm IS NOT NULL AND NOT simulated", client)
        own = (head for head in heads if client is not None or not head.sensor.startswith("replay:"))
        return list(own if last < 0 else islice(own, last))

    def searches(self, client: str | None) -> list[Head]:
        """Sittings of a client, or of nobody's code, that looked for a pace of their own, newest first."""
        return list(self._heads(f"client IS ?1 AND arm LIKE '{SEARCH}:%'", client))

    def find(self, name: str) -> tuple[int, Head]:
        """The sitting with this id, or whose id begins so, or the newest for `last`; its number and head.

        Raises UnknownSessionError, DamagedError.
        """
        return self._whole(self._row(name))

    def _whole(self, row: sqlite3.Row) -> tuple[int, Head]:
        with said(self.path):
            try:
                return int(row["number"]), self._head(row)
            except ValueError as wrong:
                raise DamagedError(heads.unreadable(row["id"], wrong)) from None

    def in_sight(self, name: str) -> tuple[int, Head]:
        """The same, if anybody may see how it was led. Raises BlindError too."""
        number, head = self.find(name)
        if head.blind:
            raise BlindError(head.id)
        return number, head

    def named(self, name: str) -> tuple[int, str]:
        """Number and id of the sitting that `find` would find, even where it cannot be read."""
        row = self._row(name)
        return int(row["number"]), str(row["id"])

    def numbers(self, *, client: str | None = None) -> list[tuple[int, str, str]]:
        """Number, id and beginning of each sitting, of one client or of all; of damaged ones too."""
        with said(self.path):
            found = self._connection.execute(
                "SELECT number, id, began_at FROM session WHERE ?1 IS NULL OR client = ?1 ORDER BY number",
                (self._sealing.closed("client", client),),
            )
            return [(int(number), str(name), str(began_at)) for number, name, began_at in found]

    def numbered(self, number: int) -> Head:
        """The sitting with this number. Raises DamagedError."""
        with said(self.path):
            row = self._connection.execute("SELECT * FROM session WHERE number = ?", (number,)).fetchone()
        return self._whole(row)[1]

    def _row(self, name: str) -> sqlite3.Row:
        with said(self.path):
            if name == "last":
                newest = "SELECT * FROM session ORDER BY number DESC LIMIT 1"
                found = self._connection.execute(newest).fetchall()
            else:
                found = self._connection.execute(
                    "SELECT * FROM session WHERE id >= ? AND id < ? ORDER BY id LIMIT 2",
                    (name, f"{name}{chr(sys.maxunicode)}"),
                ).fetchall()
        if len(found) == 2 and name and found[0]["id"] == name:
            found = found[:1]
        if len(found) != 1 or not name:
            if name == "last":
                raise UnknownSessionError("No sitting has been kept yet; play one with `calando play`.")
            what = "Several sittings begin" if found and name else "There is no sitting that begins"
            raise UnknownSessionError(f"{what} with {name!r}; `calando sessions list` shows their ids.")
        return found[0]

    def has(self, session_id: str) -> bool:
        """Whether a sitting has exactly this id."""
        with said(self.path):
            found = self._connection.execute("SELECT 1 FROM session WHERE id = ?", (session_id,))
            return found.fetchone() is not None

    def refused(self, number: int) -> bool:
        """Whether the listener does not agree to this sitting's being kept."""
        found = self._connection.execute("SELECT consent FROM session WHERE number = ?", (number,)).fetchone()
        return found is not None and found[0] == 0

    def unended(self) -> list[heads.Unended]:
        """The sittings that have no ending, oldest first."""
        with said(self.path):
            found = self._connection.execute(
                "SELECT number, id, began_at, frames, rate_hz, simulated, consent, arm FROM session "
                "WHERE ending IS NULL ORDER BY number"
            )
            return [sitting for row in found if (sitting := heads.unended_of(dict(row))) is not None]

    def rows(self, number: int, table: str) -> list[tuple[int, Row]]:
        """Rows of a sitting in one of TABLES or in MADE, each with its `n`, in order, without broken ones."""
        with said(self.path):
            wanted = f"SELECT * FROM {table} WHERE session = ? ORDER BY n"
            found = [(row["n"], tuple(row)[2:]) for row in self._connection.execute(wanted, (number,))]
            kept, wrong = list[tuple[int, Row]](), list[str]()
            try:
                found += enumerate(self.hidden.rows(number, table), len(found))
            except ValueError as why:
                wrong.append(str(why))
            for n, row in found:
                try:
                    kept.append((rows.whole(n), self._opened(table, row)))
                except (ValueError, TypeError) as why:
                    wrong.append(str(why))
            if wrong:
                rest = f", and {len(wrong) - 1} others of these rows too" if len(wrong) > 1 else ""
                self.faults.append(
                    f"A row of the sitting's {table}s cannot be read ({wrong[0]}) and is left out{rest}."
                )
            return kept

    def _opened(self, table: str, row: Row) -> Row:
        """Raises ValueError for a row that cannot be read."""
        try:
            return rows.checked(table, self._sealing.opened_row(table, row))
        except UnreadableError:
            if self._sealing.outdated():
                raise
            raise ValueError("what is sealed of it is not what was sealed") from None

    def read(self, name: str, without: Sequence[str] = ()) -> Record:
        """The whole sitting with this id, or `without` some of TABLES. Raises as `in_sight`."""
        number, head = self.in_sight(name)
        wanted = {table: [] if table in without else self.rows(number, table) for table in TABLES}
        return rows.record_of(head, wanted)


def _text(letters: bytes) -> str:
    return letters.decode(errors="replace")
