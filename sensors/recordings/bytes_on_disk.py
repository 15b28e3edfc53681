"""The bytes of a recording, their number limited before they are read, and the text they stand for."""

from __future__ import annotations

import codecs
import gzip
import stat
import zlib
from pathlib import Path

from sensors.plain_text import plain
from sensors.recordings.recording import RecordingError

MOST_BYTES = 64 * 2**20
"""Largest recording, unpacked. Own choice: three hours of ECG with its times at 130 Hz, RR of a month."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and what they announce; the longer first, for UTF-32 begins as UTF-16 does."""
LONGEST_PATH = 1000
"""Letters of a path in a sentence."""
PACKED = {
    b"PK\x03\x04": "is a spreadsheet or a zip archive: save it as CSV, or unpack it",
    b"\x89HDF": "is HDF5: export it as CSV",
    b"\x93NUMPY": "is a NumPy array: write it with numpy.savetxt",
    b"MATLAB": "is a Matlab file: export it as CSV",
    b"%PDF": "is a PDF: export the intervals as text",
    b"SQLite": "is a database: export the recording as CSV",
}
"""First bytes of what people hand in for a recording, and the mend."""


def check(path: Path) -> None:
    """Raise RecordingError unless `path` is an ordinary file of at most `MOST_BYTES`; nothing is opened."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RecordingError(
            f"Recording '{plain(str(path), LONGEST_PATH)}' does not exist: check the path."
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is impossible"
        raise RecordingError(
            f"Recording '{plain(str(path), LONGEST_PATH)}' cannot be read ({why})."
        ) from None
    if stat.S_ISDIR(found.st_mode):
        raise RecordingError(
            f"Recording '{plain(str(path), LONGEST_PATH)}' is a folder: name one file in it."
        )
    if not stat.S_ISREG(found.st_mode):
        raise RecordingError(
            f"Recording '{plain(str(path), LONGEST_PATH)}' is a device or a pipe: give an ordinary file."
        )
    if found.st_size > MOST_BYTES:
        raise _too_large(path)


def read_bytes(path: Path) -> bytes:
    """What stands in `path`, unpacked where it is gzipped. Raises RecordingError."""
    check(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                raw = file.read(MOST_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise RecordingError(
            f"Recording '{plain(str(path), LONGEST_PATH)}' is damaged or not gzipped: pack it again."
        ) from None
    except OSError as error:
        raise RecordingError(
            f"Recording '{plain(str(path), LONGEST_PATH)}' cannot be read ({error.strerror})."
        ) from None
    if len(raw) > MOST_BYTES:
        raise _too_large(path)
    return raw


def text_of(raw: bytes, name: str) -> str:
    """The text behind `raw`: UTF-8, UTF-16 or UTF-32 by their marks, UTF-16 without one, or Windows-1252."""
    for first, what in PACKED.items():
        if raw.startswith(first):
            raise RecordingError(f"Recording '{plain(name)}' {what}.")
    coding = next((coding for mark, coding in MARKS if raw.startswith(mark)), None)
    if coding is None and b"\0" in raw[:200]:
        coding = "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
    try:
        text = raw.decode(coding or "utf-8")
    except UnicodeDecodeError:
        text = "\0" if coding else raw.decode("cp1252", errors="replace")
    if "\0" in text or (coding and sum(sign > "\u2fff" for sign in text[:1000]) > len(text[:1000]) // 4):
        raise RecordingError(f"Recording '{plain(name)}' is not text in UTF-8: export it as text or CSV.")
    return text


def _too_large(path: Path) -> RecordingError:
    name, megabytes = plain(str(path), LONGEST_PATH), MOST_BYTES // 2**20
    return RecordingError(f"Recording '{name}' is larger than {megabytes} MB: cut it into parts.")
