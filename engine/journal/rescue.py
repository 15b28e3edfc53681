"""Rescue: where a sitting is kept whose journal cannot be written at all."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from engine.journal.store import FILE


def elsewhere() -> Path | None:
    """A new folder for the owner's eyes only; None where there is no place for one."""
    try:
        return Path(tempfile.mkdtemp(prefix="calando-"))
    except OSError:
        return None


def may_be_sealed(folder: Path) -> bool:
    """Whether what is kept elsewhere, where nothing is sealed, might betray what was to be sealed here.

    Looks without a lock, for this is asked where another program holds one.
    """
    path = folder / FILE
    try:
        if not path.exists():
            return False
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    except (OSError, sqlite3.Error):
        return True
    try:
        sealable = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'seal'").fetchone()
        return bool(sealable and connection.execute("SELECT 1 FROM seal").fetchone())
    except sqlite3.Error:
        return True
    finally:
        connection.close()
