"""Rooms by name: where each has its socket, and which of them are open."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from engine.runtime import runtime_folder

NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""Letters, digits, dashes: a name is part of a path of at most 108 bytes, and of what people type."""

DEFAULT_ROOM = "room"


class RoomError(OSError):
    """A room that cannot be had; the message is one sentence."""


class RoomNameError(RoomError):
    """What is no name for a room."""


def socket_path(room: str) -> Path:
    """Where a room's socket lies. Raises RoomNameError, RoomError, RuntimeFolderError."""
    if NAMED.fullmatch(room) is None:
        raise RoomNameError(
            f"{room[:40]!r} is no name for a room: up to 32 letters, digits, - and _, no blanks."
        )
    if sys.platform == "win32":
        raise RoomError("Rooms need Unix sockets, which this Python has not on Windows.")
    folder = runtime_folder() / "rooms"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{room}.sock"
    if len(str(path).encode()) > 100:
        raise RoomError(f"{folder} is too deep for a socket; set XDG_RUNTIME_DIR to a shorter folder.")
    return path


def stop_path(room: str) -> Path:
    """Where a room shows the stop word of the sitting that plays in it, beside its socket: a link to the page
    (dsp.stop_page), which needs nobody awake on the other side. What a killed one left is told by `answers`.
    """
    return socket_path(room).with_suffix(".stop")


@contextmanager
def alone_with(room: str) -> Generator[Path]:
    """The socket's path, which nobody else takes or leaves while the block lasts."""
    import fcntl

    path = socket_path(room)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield path
    finally:
        os.close(folder)


def open_rooms() -> list[str]:
    """Names of the rooms that somebody answers in; what dead ones left is no room."""
    return [path.stem for path in sorted((runtime_folder() / "rooms").glob("*.sock")) if answers(path)]


def answers(path: Path) -> bool:
    """Whether somebody listens at this socket, be it that they come to no guest just now."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        knock.settimeout(1.0)
        try:
            knock.connect(str(path))
        except (BlockingIOError, TimeoutError):  # those who wait at the door fill it
            return True
        except OSError:
            return False
    return True
