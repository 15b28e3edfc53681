"""Parts: the files in an export, a zip's or the one that it is itself, limited before they are unpacked."""

from __future__ import annotations

import io
import os
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import IO

from engine.past.reading import PastError

Moved = Callable[[int, int], None]
"""Is told how far the reading is, and how far it has to go."""

MOST_TIMES = 200
"""Times its packed size that it may unpack to: Health's XML packs to a twentieth, bombs to a thousandth."""

SMALL_BYTES = 64 * 2**20
"""What may be unpacked whatever its ratio, and the most that is read whole. Own choice: tables of decades."""

MOST_PARTS = 200_000
"""Files in a zip. Own choice: Takeout makes a few thousand a year."""

HEAD_BYTES = 65_536
"""By so much of its beginning a part is recognised; Health declares 12 kB before the first record."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export. `stream` opens it; nothing more than its directory entry was read before."""

    name: str
    """Its path in the zip, with slashes; the file's own name where it is none."""
    stream: Callable[[], IO[bytes]]

    def head(self) -> str:
        """Its beginning, a letter a byte where it is not text in UTF-16."""
        with self.stream() as file:
            raw = file.read(HEAD_BYTES)
        raw = raw.removeprefix(BOM_UTF8)
        coding = "utf-16" if raw[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "latin-1"
        return raw.decode(coding, "replace")

    def whole(self) -> bytes:
        """All of it. Raises PastError where that is too much."""
        with self.stream() as file:
            raw = file.read(SMALL_BYTES + 1)
        if len(raw) > SMALL_BYTES:
            raise PastError(f"a table in it has more than {SMALL_BYTES // 2**20} MB; export fewer years.")
        return raw


class _Counted(io.FileIO):
    """A file that tells how far it was read."""

    def __init__(self, number: int, moved: Moved) -> None:
        super().__init__(number, "rb")
        self._size, self._moved = os.fstat(number).st_size, moved

    def readinto(self, buffer: memoryview, /) -> int | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        count = super().readinto(buffer)
        self._moved(self.tell(), self._size)
        return count


@contextmanager
def parts_of(path: Path, moved: Moved) -> Generator[tuple[list[Part], bool]]:
    """The files in `path`, and whether it is a zip. Raises PastError, and what zipfile raises."""
    try:
        # A pipe that nobody writes into would wait for ever otherwise.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as trouble:
        raise PastError(f"{(trouble.strerror or 'its name is impossible').lower()}.") from None
    except ValueError:
        raise PastError("its name is impossible.") from None
    try:
        found = os.fstat(number)
        if S_ISDIR(found.st_mode):
            raise PastError("it is a folder; name the export's zip, or one file in the folder.")
        if not S_ISREG(found.st_mode):
            raise PastError("it is a device or a pipe; name a file.")
        if found.st_size == 0:
            raise PastError("it is empty; export it again.")
    except BaseException:
        os.close(number)
        raise
    with io.BufferedReader(_Counted(number, moved), 2**18) as file:
        zipped = file.peek(4)[:4] in (b"PK\x03\x04", b"PK\x05\x06")
        if not zipped:
            yield [Part(path.name, lambda: _again(file))], False
            return
        with zipfile.ZipFile(file) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > MOST_PARTS:
                raise PastError(f"it holds more than {MOST_PARTS:,} files, as no export does.")
            room = max(SMALL_BYTES, MOST_TIMES * found.st_size)
            yield [Part(each.filename, _opener(archive, each, room)) for each in members], True


def _again(file: io.BufferedReader[_Counted]) -> IO[bytes]:
    """The file from its beginning, which stays open when the part is closed."""
    file.seek(0)
    return io.BufferedReader(_Lent(file), 2**18)


class _Lent(io.RawIOBase):
    """Reads another stream and leaves it open."""

    def __init__(self, file: io.BufferedReader[_Counted]) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._file.readinto(buffer)


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> Callable[[], IO[bytes]]:
    """Opens a member that is no bomb; what it says of its size is held to by zipfile."""

    def opened() -> IO[bytes]:
        if member.flag_bits & 1:
            raise PastError("it is locked with a password; unpack it, and name the file that was in it.")
        times = member.file_size / max(member.compress_size, 1)
        if member.file_size > room or (member.file_size > SMALL_BYTES and times > MOST_TIMES):
            raise PastError(f"it would unpack to more than {MOST_TIMES} times its size, as no export does.")
        return archive.open(member)

    return opened
