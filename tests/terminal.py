"""A command in a pseudo-terminal of some size: what it shows, what is typed, how it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from pathlib import Path

from tests.calando import COMMAND, environment


class Terminal:
    """A context manager; the command is hung up on at its end, if it still runs."""

    def __init__(
        self, *arguments: str, cwd: Path, columns: int = 80, rows: int = 24,
        also: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.shown = ""
        self._code: int | None = None
        self.process, self.file = pty.fork()
        if self.process == 0:
            os.chdir(cwd)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            # The size is told by the terminal alone.
            lent = {**environment({"TERM": "xterm", **(also or {})}), "COLUMNS": "", "LINES": ""}
            os.execve(COMMAND, [COMMAND, *arguments], lent)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *failure: object) -> None:
        os.close(self.file)
        until = time.monotonic() + 10.0
        while self._code is None and os.waitpid(self.process, os.WNOHANG)[0] == 0:
            if time.monotonic() > until:
                os.kill(self.process, signal.SIGKILL)
            time.sleep(0.05)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self.file, keys.encode())

    def see(self, words: str, within_s: float = 240.0) -> None:
        """Read on until `words` are on the screen, after what was seen before."""
        seen, until = len(self.shown), time.monotonic() + within_s
        while words not in self.shown[seen:]:
            left = until - time.monotonic()
            assert left > 0, f"{words!r} was not shown: {self.shown[-2000:]}"
            self._read(left)

    def end(self, within_s: float = 240.0) -> int:
        """Read until the command is gone; its exit code."""
        until = time.monotonic() + within_s
        with contextlib.suppress(OSError):
            while self._read(until - time.monotonic()):
                assert time.monotonic() < until, self.shown[-2000:]
        self._code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self._code

    def _read(self, within_s: float) -> bool:
        if not select.select([self.file], [], [], max(within_s, 0.0))[0]:
            return True
        got = os.read(self.file, 65536).decode("utf-8", "ignore")
        self.shown += got
        return bool(got)
