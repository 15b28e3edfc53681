"""Why a patch's process has ended: by which signal or with what status, what it wrote last, and the mend."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile

CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGTRAP"})
"""What only a fault in machine code, pyo's or what it calls, ends a process by."""

GONE_S = 0.2
"""A process that has let go of its output is gone within so long, or has but closed it. Our own choice."""

MOST_KEPT = 65_536
"""Bytes of what a patch writes; whoever writes more is heard anew from there."""

LONGEST_WORDS = 120
"""Characters of its last line that are told."""


class LastWords:
    """Where a patch writes what it prints: a file without a name, that is never long, until `close`."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does

    def close(self) -> None:
        self._file.close()

    def fileno(self) -> int:
        """For the process that writes."""
        return self._file.fileno()

    def shorten(self) -> None:
        """Leave out what is old, where it has become long; once a tick."""
        if os.fstat(self.fileno()).st_size > MOST_KEPT:
            os.ftruncate(self.fileno(), 0)
            os.lseek(self.fileno(), 0, os.SEEK_SET)  # the process writes by the same place in it

    @property
    def words(self) -> str:
        """The last line that says anything, shortened; empty where none does."""
        size = os.fstat(self.fileno()).st_size
        os.lseek(self.fileno(), max(0, size - MOST_KEPT), os.SEEK_SET)
        lines = os.read(self.fileno(), MOST_KEPT).decode(errors="replace").splitlines()
        said = ("".join(sign for sign in line if sign.isprintable()).strip() for line in reversed(lines))
        return next(filter(None, said), "")[:LONGEST_WORDS]


def why_ended(process: subprocess.Popen[bytes], name: str, last: str) -> str:
    """One or two sentences about a process that answers no more, whose patch has that name."""
    written = f'; the last that it wrote is "{last}"' if last else ""
    try:
        status = process.wait(GONE_S)
    except subprocess.TimeoutExpired:
        return f"The patch {name} has closed its output and has ended for the music{written}. Leave that out."
    if status >= 0:
        how = f"The patch {name} has ended by itself, with status {status}{written}."
        return f"{how} Leave out what ends it; a patch is there until the music is over."
    by = signal_name(-status)
    if by in CRASHES:
        how = f"The patch {name} has ended: pyo, or what it calls, crashed ({by}){written}."
        return f"{how} Take out of the patch what was put in last until it stays."
    if by == "SIGKILL":
        how = f"The patch {name} has ended: it was killed (SIGKILL){written}."
        return f"{how} Somebody did so, or the system for want of memory: then close other programs."
    return f"The patch {name} has ended: it was sent {by}{written}. Begin the sitting again to hear it."


def signal_name(number: int) -> str:
    """As SIGSEGV."""
    try:
        return signal.Signals(number).name
    except ValueError:  # as the real-time ones, most of which have none
        return f"signal {number}"
