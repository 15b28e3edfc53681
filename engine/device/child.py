"""A child process that answers one JSON line with another, or is ended where it does not in time."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[__name__.count(".")]
"""Where the outermost package lies."""

HEARD = "heard"
"""Key of the one thing that a child tells unasked: the MIDI sources that it hears now."""

END_S = 5.0
"""Time the system has to end a process; only one that waits for hardware takes any."""


_TOLD = f'{{"{HEARD}": '.encode()


class SilentError(Exception):
    """The child has not answered in time or, where `crashed`, has ended instead."""

    def __init__(self, *, crashed: bool) -> None:
        super().__init__()
        self.crashed = crashed


class Child:
    """A module of ours that runs in a process of its own, started here."""

    def __init__(self, module: str) -> None:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        # -P: a file in the current folder must not stand in for a module of the library.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        self.heard: tuple[str, ...] | None = None
        """The MIDI sources that it told of last; None where it has told of none."""
        self._answers = queue.Queue[bytes]()
        self._ended = threading.Event()
        threading.Thread(target=self._read, name=module, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(_TOLD):
                self.heard = tuple(json.loads(line)[HEARD] or ())
            else:
                self._answers.put(line)
        self._ended.set()
        self._answers.put(b"")
        self._process.stdout.close()

    @property
    def running(self) -> bool:
        """False as soon as it has closed its output, which it does by ending."""
        return not self._ended.is_set()

    def ask(self, asked: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Its answer. Raises SilentError, and has ended it, where there is none within so long."""
        try:
            self._write(asked)
            line = self._answers.get(timeout=seconds)
        except (OSError, ValueError, queue.Empty):
            line = b""
        if not line:
            crashed = not self.running
            self.end()
            raise SilentError(crashed=crashed)
        return json.loads(line)

    def leave(self, seconds: float) -> None:
        """Ask it to end, and end it where it does not within so long."""
        with suppress(OSError, ValueError, subprocess.TimeoutExpired):
            self._write({"do": "leave"})
            self._process.wait(seconds)
        self.end()

    def end(self) -> bool:
        """End it; True once it has ended for certain."""
        self._process.kill()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            return False
        assert self._process.stdin is not None
        with suppress(OSError):  # it ended with something unread
            self._process.stdin.close()
        return True

    def _write(self, asked: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
