"""Kept: files of the console's that nobody but their owner may read. One that others may read is refused."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def read(path: Path) -> bytes | None:
    """What the file holds; None where there is none. Raises PermissionError where others may read it."""
    if not path.exists():
        return None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise PermissionError(f"Others may read {path}; make it yours alone: chmod 600 {path}")
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    """Put it there whole, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
