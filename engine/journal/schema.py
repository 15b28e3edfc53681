"""Schema: the tables of the journal, and the steps from every older version of them to this one.

`session` holds one row a sitting. The other tables hold what happened in it: `session` is the number
of its row and `n` counts from 0 in each. Times `t_s` are engine time in seconds, `at` wall clock.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache
from math import isfinite

APPLICATION_ID = 0x43616C6F
"""`Calo` in ASCII: by this SQLite's header tells a journal from other programs' files."""

MIGRATIONS = (
    """
    CREATE TABLE session (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        began_at TEXT NOT NULL,
        ended_at TEXT,
        ending TEXT CHECK (ending IN ('complete', 'interrupted')),
        client TEXT,
        consent INTEGER,
        goals TEXT,
        profile TEXT NOT NULL,
        profile_table TEXT NOT NULL,
        feel TEXT,
        sensor TEXT NOT NULL,
        sensor_label TEXT NOT NULL,
        simulated INTEGER NOT NULL,
        arm TEXT NOT NULL,
        seed INTEGER NOT NULL,
        target_bpm REAL,
        duration_s REAL NOT NULL,
        rate_hz INTEGER NOT NULL,
        output TEXT NOT NULL,
        file TEXT,
        versions TEXT NOT NULL,
        usual TEXT NOT NULL,
        frames INTEGER NOT NULL DEFAULT 0,
        resting_bpm REAL,
        breath_per_min REAL,
        rmssd_ms REAL,
        quality REAL,
        beats INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX session_of_client ON session (client, number);
    CREATE INDEX session_unended ON session (number) WHERE ending IS NULL;

    CREATE TABLE event (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, kind TEXT NOT NULL, raw TEXT, body TEXT,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE beat (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, rr_ms REAL, label TEXT NOT NULL, rr_good INTEGER NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE state (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, tempo_bpm REAL NOT NULL, beat REAL NOT NULL,
        lufs_momentary REAL, lufs_short_term REAL, true_peak_dbtp REAL, late_periods INTEGER NOT NULL,
        hr_bpm REAL, trend_bpm_per_min REAL, rmssd_ms REAL, sdnn_ms REAL,
        heart_breath_per_min REAL, breath_confidence REAL NOT NULL, regularity REAL, quality REAL NOT NULL,
        irregular INTEGER NOT NULL, beats INTEGER NOT NULL, last_beat_s REAL, link TEXT NOT NULL,
        stage TEXT NOT NULL, goal_tempo_bpm REAL NOT NULL, density REAL NOT NULL, brightness REAL NOT NULL,
        loudness_db REAL NOT NULL, breath_guide_per_min REAL NOT NULL, breath_depth_db REAL NOT NULL,
        pulse_level REAL NOT NULL, silence INTEGER NOT NULL, ended INTEGER NOT NULL, mood REAL NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE decision (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, hand TEXT NOT NULL, parameter TEXT NOT NULL, value, why TEXT NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE intent (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, hand TEXT NOT NULL, parameter TEXT NOT NULL, value REAL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE command (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        kind INTEGER NOT NULL, target INTEGER NOT NULL, asked INTEGER NOT NULL,
        late INTEGER, dropped INTEGER NOT NULL,
        beat REAL NOT NULL, beats REAL NOT NULL,
        a REAL NOT NULL, b REAL NOT NULL, c REAL NOT NULL, d REAL NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE marker (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, hand TEXT NOT NULL, words TEXT NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE rating (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        moment TEXT NOT NULL CHECK (moment IN ('before', 'after')), calm REAL, valence REAL, arousal REAL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE note (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        at TEXT NOT NULL, hand TEXT NOT NULL, words TEXT NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;

    CREATE TABLE change (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        at TEXT NOT NULL, hand TEXT NOT NULL, words TEXT NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE rating ADD COLUMN at TEXT;
    ALTER TABLE rating ADD COLUMN hand TEXT;

    CREATE TABLE seal (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        salt BLOB NOT NULL, cost INTEGER NOT NULL, block INTEGER NOT NULL, lanes INTEGER NOT NULL,
        public BLOB NOT NULL
    );
    """,
    """
    ALTER TABLE seal ADD COLUMN scope INTEGER NOT NULL DEFAULT 1;
    """,
    """
    ALTER TABLE state ADD COLUMN foreground_db REAL;
    ALTER TABLE state ADD COLUMN prompt INTEGER;
    ALTER TABLE state ADD COLUMN left_s REAL;

    CREATE TABLE stop (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        frame INTEGER NOT NULL, asked_by INTEGER NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE session ADD COLUMN alphabet TEXT;
    ALTER TABLE state ADD COLUMN missed_notes INTEGER;
    ALTER TABLE state ADD COLUMN late_notes INTEGER;
    """,
    """
    CREATE TABLE made (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        at TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE state ADD COLUMN lean_bpm REAL;
    ALTER TABLE state ADD COLUMN answer REAL;
    """,
    """
    CREATE TABLE trial (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        began_at TEXT NOT NULL, ended_at TEXT,
        plan TEXT NOT NULL,
        salt TEXT NOT NULL, allocation BLOB NOT NULL, commitment TEXT NOT NULL,
        begun INTEGER NOT NULL DEFAULT 0,
        preference TEXT
    );

    CREATE TABLE hidden (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE state ADD COLUMN breath_phase REAL;
    """,
    """
    ALTER TABLE state ADD COLUMN in_step REAL;
    """,
    """
    CREATE TABLE page (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        at TEXT NOT NULL, leaf TEXT NOT NULL, words TEXT NOT NULL,
        shared INTEGER NOT NULL, concern INTEGER NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE past (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        imported_at TEXT NOT NULL,
        client TEXT,
        figures TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE guest (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        kind TEXT NOT NULL, frame INTEGER NOT NULL, frames INTEGER NOT NULL, digest TEXT, sound TEXT,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE line (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        t_s REAL NOT NULL, frame INTEGER NOT NULL, place INTEGER NOT NULL, words TEXT NOT NULL, digest TEXT,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE played (
        session INTEGER NOT NULL REFERENCES session, n INTEGER NOT NULL,
        frame INTEGER NOT NULL, kind INTEGER NOT NULL, player INTEGER NOT NULL, producer INTEGER NOT NULL,
        key INTEGER NOT NULL, value REAL NOT NULL, beat REAL NOT NULL, pitch REAL NOT NULL,
        PRIMARY KEY (session, n)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE session ADD COLUMN guide TEXT;
    """,
)
"""Step k leads from version k to k + 1; a step that has been released never changes again.

A command's `n` is its sequence, `asked` the frame it was asked for, and `late` how many frames later it
took effect or, where `dropped`, was dropped; NULL where the synth has not said. An event's `raw` is in
hexadecimal, its `body` a JSON list of its further fields. A command's `target` is a place in the names of
its session's `alphabet` (engine.journal.alphabet). A stop's `asked_by` is what the stop word said, 0 where it
was taken back. Rows of a trial's sittings that tell its arm lie in `hidden` until it ends, with their tables'
names (engine.journal.hidden). `past` is of no sitting: what a listener's watch told of the time before,
a row a client (engine.journal.pasts). A guest's `sound` is a FLAC in base64; NULL where an earlier row of
the sitting has that digest, or where it would be too much (engine.journal.transcript). A `line` is one of a
guide's, said from `frame` on; `digest` names its sound, where a voice said it. `played` are touches of who
played along (dsp.touch), each with the frame at which it was felt, and beat and pitch of what was heard.
Columns that came later may be NULL, for sittings imported from before.
"""

TABLES = (
    "event", "beat", "state", "decision", "intent", "command", "stop", "marker", "rating", "note", "change",
    "page", "guest", "line", "played",
)  # fmt: skip
"""What happened in a sitting; `session` is apart."""

SINCE = {"stop": 4, "page": 11, "guest": 13, "line": 14, "played": 15}
"""Of tables that came later the version that brought them; what is exported by an earlier one has none."""

MADE = "made"
"""Files that were made from a sitting; they are of this computer, and no part of its record."""


LARGEST = 1e15
"""No number that a sitting holds comes near: frames of a week, and seeds, are below 1e12."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: INTEGER, REAL, TEXT, or anything where `kind` is empty."""

    name: str
    kind: str
    required: bool

    def holds(self, value: object) -> bool:
        """Whether it may hold this value."""
        if value is None:
            return not self.required
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST
        number = whole or (isinstance(value, float) and isfinite(value) and abs(value) < LARGEST)
        match self.kind:
            case "INTEGER":
                return whole
            case "REAL":
                return number
            case "TEXT":
                return isinstance(value, str)
            case _:
                return number or isinstance(value, str)


def columns(table: str) -> tuple[Column, ...]:
    """A table's columns in this version, in order."""
    return _described(MIGRATIONS)[table]


@cache
def _described(steps: tuple[str, ...]) -> dict[str, tuple[Column, ...]]:
    connection = sqlite3.connect(":memory:")
    try:
        for step in steps:
            connection.executescript(step)
        return {
            table: tuple(
                Column(str(name), str(kind), bool(required))
                for _, name, kind, required, *_ in connection.execute(f"PRAGMA table_info({table})")
            )
            for table in ("session", *TABLES, MADE)
        }
    finally:
        connection.close()


class NewerSchemaError(Exception):
    """The journal was written by a newer version; the argument is its version."""


class ForeignFileError(Exception):
    """A database of some other program."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the journal to this version, all steps or none. Raises NewerSchemaError, ForeignFileError."""
    if version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been quicker, so the version is read again under the lock.
        for step in MIGRATIONS[version(connection) :]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def version(connection: sqlite3.Connection) -> int:
    """How many steps the journal has behind it, 0 for an empty file."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        if found or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ForeignFileError
        return 0
    if found > len(MIGRATIONS):
        raise NewerSchemaError(found)
    return found
