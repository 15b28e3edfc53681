"""Memory that other processes of the same user may map: how a sound is shared with who plays or stops it.

Where the system has sealed files in memory, nobody can cut such a file short under a callback that reads
it; elsewhere it is a private file in the folder for temporary ones.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import tempfile
import weakref
from pathlib import Path

_ALL_NOW = getattr(mmap, "MAP_POPULATE", 0)
"""Flag of mmap, on systems that have it: every page is there before a callback touches it."""


class SharedMemory:
    """`size` zeroed bytes, or what another process shares.

    path      what another process opens to map the same bytes, for as long as this one keeps them
    view      the bytes; they begin on a page
    address   where they begin in this process
    """

    def __init__(self, size: int, path: str | None = None) -> None:
        file, self.path = _made(size) if path is None else (os.open(path, os.O_RDWR), path)
        try:
            if sys.platform == "win32":
                self.view = mmap.mmap(file, size)
            else:
                self.view = mmap.mmap(file, size, mmap.MAP_SHARED | _ALL_NOW)
        except BaseException:
            os.close(file)
            raise
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.view))
        weakref.finalize(self, _let_go, file, None if path is not None else self.path)

    @classmethod
    def at(cls, path: str) -> SharedMemory:
        """What another process shares under this path. Raises OSError where it is not there any more."""
        return cls(Path(path).stat().st_size, path)


def _made(size: int) -> tuple[int, str]:
    """A new file of that size, readable and writable by its owner only, and its path."""
    if sys.platform.startswith("linux"):
        import fcntl

        file = os.memfd_create("calando", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(file, size)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        return file, f"/proc/{os.getpid()}/fd/{file}"
    file, path = tempfile.mkstemp(prefix="calando-")
    os.ftruncate(file, size)
    return file, path


def _let_go(file: int, path: str | None) -> None:
    os.close(file)
    if path is not None and not path.startswith("/proc/"):
        Path(path).unlink(missing_ok=True)
