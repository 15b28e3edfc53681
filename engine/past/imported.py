"""Imported: an export read from its file, whatever its source, to the middles of its last month."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engine.past.month import LEAST_DAYS, Found, Month
from engine.past.parts import Moved, Part, parts_of
from engine.past.reading import Figure, PastError
from engine.past.sources import NAMES, Layout, layout_of

_DAMAGED = "it is cut short or damaged; export it again."
_TROUBLE: Mapping[type[Exception], str] = {
    zipfile.LargeZipFile: _DAMAGED, zipfile.BadZipFile: _DAMAGED, zlib.error: _DAMAGED, EOFError: _DAMAGED,
    lzma.LZMAError: _DAMAGED, struct.error: _DAMAGED, ValueError: _DAMAGED, IndexError: _DAMAGED,
    OverflowError: _DAMAGED,
    NotImplementedError: "its zip is packed in a way that Python does not know; unpack it.",
    RuntimeError: "it is locked with a password; unpack it, and name the file that was in it.",
    MemoryError: "it takes more memory than there is; export fewer years.",
}  # fmt: skip
"""What zipfile and the libraries under it complain of, and what that means."""


def found_in(path: Path, today: date, moved: Moved) -> Found:
    """What the export in `path` tells of a heart at rest. Raises PastError; nothing is written anywhere.

    today  the day on which it is read: what lies further ahead is a mistake of a clock
    moved  is told how far it is: bytes of the file where one part of it is read, else parts
    """
    reading: list[tuple[Part, Layout]] = []

    def read_on(done: int, whole: int) -> None:
        if len(reading) == 1:
            moved(done, whole)

    try:
        with parts_of(path, read_on) as (parts, zipped):
            reading += _known(parts, zipped)
            month = Month(reading[0][1].source, today)
            for n, (part, layout) in enumerate(reading):
                for each in layout.read(part):
                    month.add(each)
                if len(reading) > 1:
                    moved(n + 1, len(reading))
            return _told(month.found(), reading[0][1].source)
    except PastError:
        raise
    except tuple(_TROUBLE) as trouble:
        kind = next(kind for kind in _TROUBLE if isinstance(trouble, kind))
        raise PastError(_TROUBLE[kind]) from None
    except OSError as trouble:
        if trouble.errno == errno.EINVAL:  # a zip that points before its own beginning
            raise PastError(_DAMAGED) from None
        raise PastError(f"{(trouble.strerror or 'it cannot be read').lower()}.") from None


def _known(parts: list[Part], zipped: bool) -> list[tuple[Part, Layout]]:
    """The parts that are read, all of one source. Raises PastError where none is known."""
    known = [(part, layout) for part in parts if (layout := layout_of(part, zipped=zipped)) is not None]
    if not known:
        raise PastError(f"it is no export that is known; these are: {', '.join(NAMES)}.")
    source = _source([layout for _, layout in known])
    return [(part, layout) for part, layout in known if layout.source == source]


def _told(found: Found, source: str) -> Found:
    """What was found, if that is anything to begin by. Raises PastError."""
    if not found.figures.keys() & {Figure.RESTING, Figure.RMSSD}:
        raise PastError(_nothing(found, source))
    return found


def _source(layouts: list[Layout]) -> str:
    """Whose export it is: the source of most of its parts, the first in the table among equals."""
    sources = [layout.source for layout in layouts]
    return max(NAMES, key=lambda name: sources.count(name))


def _nothing(found: Found, source: str) -> str:
    """Why an export of a known source tells nothing."""
    days = max((found.few.get(each, 0) for each in (Figure.RESTING, Figure.RMSSD)), default=0)
    if days:
        on = f"{days} day{'s' * (days > 1)} alone"
        return f"this export of {source} tells of {on}, and {LEAST_DAYS} are needed; export a longer time."
    if Figure.SDNN in found.figures:
        return f"this export of {source} has SDNN alone, which is not RMSSD, and no resting heart rate."
    if found.future or found.absurd:
        return (
            f"all that this export of {source} has is of days to come or outside what a heart does at rest; "
            "see whether its dates and units are right."
        )
    return f"this export of {source} has no resting heart rate and no RMSSD; export those too."
