"""Trouble with the journal's file, each kind told in one sentence that names the file and the mend."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from engine.journal.schema import ForeignFileError, NewerSchemaError

LEAST_ROOM_BYTES = 65_536
"""Less room than this is none: the index beside the log alone takes half of it."""


class JournalError(OSError):
    """The journal cannot be read or written; the message is one sentence."""


class DamagedError(JournalError):
    """One sitting of the journal cannot be read."""


class SealedError(JournalError):
    """The journal is sealed, and its passphrase was not given or is another."""


class BlindError(JournalError):
    """A sitting of a trial that has not ended."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"The sitting {session_id} is of a trial that has not ended, so nobody sees yet how it was led; "
            "`calando trial end` opens it."
        )


class ShutError(Exception):
    """Something was to be read without the passphrase."""


class WrongPassphraseError(Exception):
    """The journal has another passphrase."""


class UnreadableError(Exception):
    """A value that the passphrase does not open."""


class DamagedSealError(Exception):
    """What lies open of a seal is not what lay there."""


@contextmanager
def said(path: Path) -> Generator[None]:
    """What SQLite and the system complain of becomes a JournalError in one sentence."""
    try:
        yield
    except NewerSchemaError as newer:
        raise JournalError(
            f"The journal {path} is of a newer Calando (its version {newer.args[0]}); update Calando."
        ) from None
    except ForeignFileError:
        raise JournalError(f"{path} is another program's file; name another folder with --data.") from None
    except ShutError:
        raise SealedError(f"The journal {path} is sealed, and its passphrase was not given.") from None
    except WrongPassphraseError:
        raise SealedError(f"That is not the passphrase of the journal {path}; nothing was changed.") from None
    except DamagedSealError:
        raise JournalError(
            f"The seal of the journal {path} is damaged; put back a copy of the file that was kept elsewhere."
        ) from None
    except UnreadableError:
        raise SealedError(f"The passphrase of the journal {path} was changed meanwhile; try again.") from None
    except sqlite3.Error as trouble:
        raise JournalError(_sentence(path, trouble)) from None
    except (MemoryError, UnicodeDecodeError):  # a length that is no length, a name that is none
        raise JournalError(_damaged(path)) from None
    except JournalError:
        raise
    except OSError as trouble:
        if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
            raise JournalError(_full(path)) from None
        raise JournalError(
            f"The journal {path} cannot be opened ({trouble.strerror}); name another folder with --data."
        ) from None


def _damaged(path: Path) -> str:
    return f"The journal {path} is damaged or no journal; move it elsewhere and a new one will be begun."


def _full(path: Path) -> str:
    return f"The disk is full, so the journal {path} cannot be written; make room on it."


def _is_full(path: Path) -> bool:
    """SQLite speaks of an input/output error where it has no room for its index beside the log."""
    try:
        return shutil.disk_usage(path.parent).free < LEAST_ROOM_BYTES
    except OSError:
        return False


def _sentence(path: Path, trouble: sqlite3.Error) -> str:
    # Python's own complaints carry no SQLite error name.
    name = str(getattr(trouble, "sqlite_errorname", "") or "")
    if name.startswith("SQLITE_FULL") or (name.startswith("SQLITE_IOERR") and _is_full(path)):
        return _full(path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"The journal {path} is locked by another program; close that program."
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"The journal {path} may not be written; permit it, or name another folder with --data."
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return _damaged(path)
    return f"The journal {path} cannot be used ({trouble}); see whether its disk is in order."
