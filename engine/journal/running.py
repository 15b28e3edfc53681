"""Running: by what a process knows that another still plays a sitting: a lock that dies with its process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Running:
    """The lock of one sitting, a file in the journal's folder. Raises OSError where another holds it."""

    def __init__(self, folder: Path, session_id: str) -> None:
        self._path = folder / f".{session_id}.running"
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _lock(self._file)
        except OSError:
            os.close(self._file)
            raise

    def let_go(self) -> None:
        """The sitting is over."""
        # Windows removes no open file, so it is closed first; ids are never used twice.
        os.close(self._file)
        self._path.unlink(missing_ok=True)
