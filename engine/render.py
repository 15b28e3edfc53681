"""Sound files: the samples the native code renders, in a file that is put in its place when it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.written import Part, WriteError, check_place

KINDS = {".wav": ("WAV", "PCM_24"), ".flac": ("FLAC", "PCM_24"), ".ogg": ("OGG", "VORBIS")}
"""Container and coding by file name. 24 bits keep what the float32 mix can tell below its cap."""


class SoundFile:
    """A stereo sound file in the making.

    Whoever looks at `path` sees the whole piece or nothing (engine.written). As a context manager it
    discards on an exception. `tags` are libsndfile's: title, date, artist, album, comment.

    Raises PlaceError for a target that may not be, WriteError for one that cannot be.
    """

    def __init__(
        self, path: Path, rate_hz: int, *, force: bool = False, tags: Mapping[str, str] | None = None
    ) -> None:
        check_target(path, force=force)
        self.path = path
        self.rate_hz = rate_hz
        soundfile: Any = import_module("soundfile")
        self._trouble: type[Exception] = soundfile.SoundFileError
        self._part = Part(path, force=force)
        container, coding = KINDS[path.suffix.lower()]
        try:
            self._file: Any = soundfile.SoundFile(
                self._part.number, "w", samplerate=rate_hz, channels=2, format=container, subtype=coding,
                closefd=False,
            )  # fmt: skip
            for name, value in (tags or {}).items():
                setattr(self._file, name, value)
        except BaseException as trouble:
            self._part.discard()
            if isinstance(trouble, self._trouble):
                raise self._cut_off() from None
            raise

    def write(self, sound: NDArray[np.float32]) -> None:
        """Add (frames, 2) samples, -1 to 1."""
        try:
            self._file.write(sound)
        except (self._trouble, OSError):
            raise self._cut_off() from None

    def close(self) -> None:
        """Put the file in its place, if it has any sound. Safe to call twice, and after `discard`."""
        if self._file.closed:
            return
        if self._file.frames == 0:
            self.discard()
            return
        try:
            self._file.close()
        except (self._trouble, OSError):
            self._part.discard()
            raise self._cut_off() from None
        self._part.place()

    def discard(self) -> None:
        """Leave nothing behind."""
        if not self._file.closed:
            with suppress(self._trouble, OSError):  # a full disk takes no header either
                self._file.close()
            self._part.discard()

    def _cut_off(self) -> WriteError:
        return WriteError(f"{self.path} could not be written to its end; is the disk full?")

    def __enter__(self) -> SoundFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def check_target(path: Path, *, force: bool) -> None:
    """Raise PlaceError where `path` is no name for a sound file that may be written now."""
    check_place(path, force=force, what="sound file", kinds=KINDS)
