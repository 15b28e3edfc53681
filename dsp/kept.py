"""Kept files: written whole, known again by their checksum, read only where no other can have made them.

What is kept here is loaded as machine code or as the state that it works on, so a file that is cut
off, changed, or writable by others is as good as none: it is made again, by one process at a time.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    from fcntl import LOCK_EX, flock

WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def private_folder(folder: Path) -> str:
    """Make the folder where it is missing; returns why it cannot be used, in a sentence, or nothing.

    A folder that others could write to is emptied, since they may have put anything there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            return f"{folder} is no folder."
        if not _is_own(found):
            return f"{folder} belongs to somebody else."
        if found.st_mode & WRITABLE_BY_OTHERS:
            for name in list(folder.iterdir()):
                discard(name)
            folder.chmod(0o700)
            if folder.lstat().st_mode & WRITABLE_BY_OTHERS:
                return f"{folder} can be written by others, and that cannot be changed."
    except OSError as trouble:
        return f"{folder} cannot be written ({trouble.strerror})."
    return ""


MAKING = "making"
"""The file in a folder by which processes wait for one another; it holds nothing."""


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Only one process at a time makes what is kept in this folder; a killed one stands in nobody's way.

    Where a folder cannot be locked, two may make the same, and the later one keeps it.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        lock = os.open(folder / MAKING, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            flock(lock, LOCK_EX)
        yield
    finally:
        os.close(lock)


def keep(path: Path, content: bytes) -> None:
    """Write a file and its checksum so that later starts see all of it or know better. Raises OSError."""
    _write_whole(path, content)
    _write_whole(_sum_of(path), _checksum(content))


def read_kept(path: Path) -> bytes | None:
    """What was kept under this name; None where it is missing, not whole, changed, or not surely ours."""
    content, checksum = _read_own(path), _read_own(_sum_of(path))
    return content if content is not None and checksum == _checksum(content) else None


def discard(path: Path) -> None:
    """Remove whatever stands under this name, so that a file can be put there. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sum_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sum")


def _checksum(content: bytes) -> bytes:
    """Guards against accidents. Owner and mode guard against malice; what hashes for that would load
    OpenSSL, 3 MB, into every sitting."""
    return f"{len(content)} {zlib.crc32(content):08x}{zlib.adler32(content):08x}\n".encode()


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside, down to the disk, and rename, so that every reader finds all of it or nothing."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        discard(beside)  # of a process of the same number that was killed
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.is_dir():
            discard(path)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """A name is on the disk when its folder is; some systems have no such thing."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def _read_own(path: Path) -> bytes | None:
    """A regular file's content, where it is ours and only we may write it."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_mode & WRITABLE_BY_OTHERS or not _is_own(found):
            return None
        return path.read_bytes()
    except OSError:
        return None


def _is_own(found: os.stat_result) -> bool:
    """Of who runs this, or of root; systems without user numbers guard a person's folders themselves."""
    return not hasattr(os, "geteuid") or found.st_uid in (os.geteuid(), 0)
