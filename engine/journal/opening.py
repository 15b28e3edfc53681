"""Opening: the journal's file, made private and connected to; where it may only be read, for reading."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

from engine.journal.trouble import JournalError

FILE = "journal.sqlite3"

BESIDE = ("", "-wal", "-shm")
"""What follows FILE in the names of the database, of its log and of the log's index."""

_READ_ONLY = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def data_folder(named: Path | None = None) -> Path:
    """Where the journal is: `named`, or `CALANDO_DATA`, or the user's data folder."""
    if named is not None:
        return named
    if from_environment := os.environ.get("CALANDO_DATA"):
        return Path(from_environment)
    import platformdirs

    return Path(platformdirs.user_data_dir("calando", appauthor=False))


def make_private(folder: Path) -> None:
    """Make folder and file for the owner's eyes only; what others may read is taken from them."""
    path = folder / FILE
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if not S_ISREG(path.stat().st_mode):
        raise JournalError(f"{path} is no file; move it elsewhere and a new one will be begun.")
    for ending in BESIDE:
        file = folder / f"{FILE}{ending}"
        with suppress(FileNotFoundError, PermissionError):  # of another owner, who may have meant it
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def identity(folder: Path) -> tuple[int, int] | None:
    """By what the journal in `folder` is known again; None where there is none."""
    try:
        found = (folder / FILE).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_read_only(trouble: Exception) -> bool:
    """Whether that is what keeps the journal from being opened for writing."""
    if isinstance(trouble, sqlite3.Error):
        return str(getattr(trouble, "sqlite_errorname", "")).startswith(_READ_ONLY)
    return isinstance(trouble, OSError) and not isinstance(trouble, JournalError)


def connected_for_reading(folder: Path, busy_s: float) -> sqlite3.Connection:
    """A connection to a journal that may not be written."""
    path = folder / FILE
    ways = ["mode=ro"]
    log = path.with_name(f"{FILE}-wal")
    if not log.exists() or log.stat().st_size == 0:
        # Without a log nobody is writing, and SQLite need not make its index, which it could not.
        ways.append("immutable=1")
    while True:
        uri = f"{path.absolute().as_uri()}?{ways.pop(0)}"
        connection = sqlite3.connect(uri, timeout=busy_s, isolation_level=None, uri=True)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error:
            connection.close()
            if not ways:
                raise
        else:
            return connection
