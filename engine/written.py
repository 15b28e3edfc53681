"""Written: how a file that somebody asked for is put in its place: whole or not at all.

It is made beside its place under a name that nobody can guess, and renamed when all of it is on the disk.
No link is followed, and nothing but a file is ever replaced. What tells of a person is for its owner's eyes
only, whatever the umask.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

_ELSEWHERE = ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")
"""Flags that not every system has, or needs."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | sum(getattr(os, name, 0) for name in _ELSEWHERE)

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a disk, or what a user may take of it, complains of that has no room."""


STANDARD_OUTPUT = "-"
"""What every command means by it; a file of that name is hard to be rid of."""


class PlaceError(ValueError):
    """A place where no file may be put, or a name that says no kind of it: a wrong call; one sentence."""


class WriteError(OSError):
    """A file that could not be written; the message is one sentence."""


def check_place(path: Path, *, force: bool, what: str = "file", kinds: Collection[str] = ()) -> None:
    """Raise PlaceError where no new file may be put, or one of `kinds`, which are suffixes.

    what   the kind of file in words
    force  whether a file that exists may be replaced
    """
    if str(path) == STANDARD_OUTPUT:
        such = f", such as name{next(iter(kinds))}" if kinds else ""
        raise PlaceError(f"No {what} goes to standard output, which {path} means; name a file{such}.")
    if kinds and path.suffix.lower() not in kinds:
        *most, last = kinds
        ends = f"{', '.join(most)} or {last}" if most else last
        raise PlaceError(f"{path} is not a name for a {what}; end it in {ends}.")
    folder = _mode(path.parent, follow=True)
    if folder is None:
        raise PlaceError(f"The folder {path.parent} does not exist; make it first.")
    if not S_ISDIR(folder):
        raise PlaceError(f"{path.parent} is not a folder, so {path.name} cannot be put there.")
    there = _mode(path, follow=False)
    if there is None:
        return
    if S_ISDIR(there):
        raise PlaceError(f"{path} is a folder; name a file in it.")
    if S_ISLNK(there):
        raise PlaceError(f"{path} is a link, and no link is followed; name the file itself.")
    if not S_ISREG(there):
        raise PlaceError(f"{path} is a device or a pipe and no file; name a file.")
    if not force:
        raise PlaceError(f"{path} exists already; choose another name, or replace it with --force.")


def put(path: Path, content: bytes, *, force: bool, private: bool = True) -> None:
    """Put a file with this content at `path`. Raises PlaceError, WriteError; then nothing is left."""
    part = Part(path, force=force, private=private)
    try:
        with open(part.number, "wb", closefd=False) as file:
            file.write(content)
    except OSError as trouble:
        part.discard()
        raise WriteError(cannot(path, trouble)) from None
    except BaseException:
        part.discard()
        raise
    part.place()


class Part:
    """A file in the making, which `place` puts at `path` and `discard` forgets; one of the two must follow.

    private  whether only its owner may read it
    number   its file descriptor, to write into and leave open

    Raises PlaceError, WriteError, as does `place`.
    """

    def __init__(self, path: Path, *, force: bool, private: bool = True) -> None:
        check_place(path, force=force)
        self.path = path
        self._force = force
        # Its own name may be as long as a name can be.
        self._part = path.with_name(f".calando-{secrets.token_hex(8)}.part")
        try:
            self.number = os.open(self._part, _NEW, 0o600 if private else 0o666)
            if private and hasattr(os, "fchmod"):
                os.fchmod(self.number, 0o600)
        except OSError as trouble:
            raise WriteError(cannot(path, trouble)) from None

    def place(self) -> None:
        """All of it is written: let it outlast a power cut, and be seen."""
        try:
            os.fsync(self.number)
            self._close()
            check_place(self.path, force=self._force)  # something may have come there meanwhile
            self._part.replace(self.path)
        except OSError as trouble:
            self.discard()
            raise WriteError(cannot(self.path, trouble)) from None
        except PlaceError:
            self.discard()
            raise
        with suppress(OSError):  # not every system can
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._part.unlink()

    def _close(self) -> None:
        """Once only: another thread's file may have the number next."""
        number, self.number = self.number, -1
        if number >= 0:
            os.close(number)


def cannot(path: Path, trouble: OSError) -> str:
    """The sentence for a file that could not be written."""
    mend = "make room on that disk" if trouble.errno in FULL else "choose a folder you may write to"
    return f"{path} cannot be written ({trouble.strerror}); {mend}."


def _mode(path: Path, *, follow: bool) -> int | None:
    """What there is at `path`; None where there is nothing."""
    try:
        return (path.stat() if follow else path.lstat()).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as trouble:
        if trouble.errno == errno.ENAMETOOLONG:
            raise PlaceError(f"{path.name[:24]}... is too long a name; choose another.") from None
        raise PlaceError(f"{path} cannot be looked at ({trouble.strerror}); choose another.") from None
    except ValueError:
        raise PlaceError(f"{str(path)!r} is no name for a file; choose another.") from None
