"""Rooms by name: where each has its socket, and which of them are open."""

from __future__ import annotations

import re
import socket
import sys
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


def open_rooms() -> list[str]:
    """Names of the rooms that somebody answers in; what dead ones left is no room."""
    return [path.stem for path in sorted((runtime_folder() / "rooms").glob("*.sock")) if answers(path)]


def answers(path: Path) -> bool:
    """Whether somebody listens at this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        knock.settimeout(1.0)
        try:
            knock.connect(str(path))
        except OSError:
            return False
    return True
