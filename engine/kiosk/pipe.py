"""Pipe: lines of JSON between the supervisor and the processes that speak for it (engine.kiosk.attendant).

A line fits into what a pipe takes whole, so neither side ever waits for the other: a line that finds no room
is left out, and the next one says the same and more.
"""

from __future__ import annotations

import json
import os
import select
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

BYE, WORDS = "bye", "words"
"""Keys of lines: it is over; a sentence for the log."""

LONGEST_LINE = 4096
"""PIPE_BUF of Linux, pipe(7): what is written at once comes out in one piece or not at all."""

LONGEST_SETUP = 65_536
"""What an empty pipe takes on Linux: the first line may be longer, for paths are."""

NOT_INSTALLED = 3
"""Exit code of the process: a library is missing. Starting again mends nothing."""

STALE_S = 60.0
"""A supervisor that has said nothing for so long hangs (own choice; it speaks every second)."""


def put(end: int, line: Mapping[str, Any], longest: int = LONGEST_LINE) -> bool:
    """Write a line to a pipe's end that does not block; False where it found no room or nobody reads."""
    text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
    if len(text) > longest:
        return False
    with suppress(OSError):
        return os.write(end, text) == len(text)
    return False


class Lines:
    """Bytes from a pipe, put together to lines again."""

    def __init__(self) -> None:
        self._rest = b""

    def of(self, more: bytes) -> Iterator[dict[str, Any]]:
        """The lines that are whole by now."""
        *whole, self._rest = (self._rest + more).split(b"\n")
        for each in whole:
            yield cast("dict[str, Any]", json.loads(each))


def heard(into: int, ended: threading.Event) -> Iterator[dict[str, Any]]:
    """Lines until the end; the pipe that breaks is one, and so is one that is silent for STALE_S."""
    lines, heard_s = Lines(), time.monotonic()
    while not ended.is_set() and time.monotonic() - heard_s < STALE_S:
        if select.select([into], [], [], 1.0)[0]:
            if not (more := os.read(into, LONGEST_SETUP)):
                return
            heard_s = time.monotonic()
            yield from lines.of(more)
