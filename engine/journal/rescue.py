"""Rescue: where and how a sitting is kept whose journal cannot be written, or was taken away."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from engine.journal.opening import FILE
from engine.journal.record import Head
from engine.journal.scrubbing import TRACES
from engine.journal.sealing import FIRST
from engine.journal.trouble import DamagedSealError

if TYPE_CHECKING:
    from engine.journal.seal import Lock

NAMELESS_TABLES = (*(table for table in FIRST if table not in ("session", "event")), "guest")
"""What people said and wrote, and what was said to them; events name a strap only where they tell of the
link."""


class UnknownLockError(Exception):
    """Whether the journal is sealed cannot be read from it."""


def places() -> Iterator[Path]:
    """New folders for the owner's eyes only, the one that lasts longest first."""
    for parent in (Path(platformdirs.user_data_dir("calando", appauthor=False)).parent, None):
        try:
            yield Path(tempfile.mkdtemp(prefix="calando-", dir=parent))
        except OSError:
            continue


def lock_of(folder: Path) -> Lock | None:
    """What seals the journal in `folder`, so that nothing is kept open elsewhere that is sealed there.

    Where another program holds the database it is looked at without its log. Raises UnknownLockError.
    """
    path = folder / FILE
    try:
        if not path.exists() or path.stat().st_size == 0:
            return None
        try:
            return _lock_in(path, "mode=ro")
        except sqlite3.Error:
            found = _lock_in(path, "immutable=1")
            if found is None and (folder / TRACES).exists():
                raise UnknownLockError from None  # the seal may be in the log still
            return found
    except (OSError, ValueError, sqlite3.Error, MemoryError, DamagedSealError):
        raise UnknownLockError from None


def _lock_in(path: Path, way: str) -> Lock | None:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{way}", timeout=0.0, uri=True)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'seal'").fetchone() is None:
            return None
        found = connection.execute("SELECT salt, cost, block, lanes, public FROM seal").fetchone()
    finally:
        connection.close()
    if found is None:
        return None
    from engine.journal.seal import Lock

    return Lock(*found)


def nameless(head: Head) -> Head:
    """The sitting without whatever is sealed of it, where it cannot be."""
    return replace(
        head, client=None, goals=None, feel=None, guide=None, sensor="", sensor_label="", output="",
        file=None,
    )  # fmt: skip
