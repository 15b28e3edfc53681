"""Sound files: the samples the native code renders, written beside the target and put in place when whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = {".wav": ("WAV", "PCM_24"), ".flac": ("FLAC", "PCM_24"), ".ogg": ("OGG", "VORBIS")}
"""Container and coding by file name. 24 bits keep what the float32 mix can tell below its cap."""


class TargetFileError(ValueError):
    """A file that must not be written, or a name that says no kind of sound file: a wrong call."""


class WriteError(OSError):
    """A file that could not be written; the message is one sentence."""


class SoundFile:
    """A stereo sound file in the making.

    The sound goes into a hidden file beside `path`, which `close` renames; whoever looks at `path` sees
    the whole piece or nothing. As a context manager it discards on an exception. `tags` are libsndfile's:
    title, date, artist, album, comment.

    Raises TargetFileError for a target that may not be, WriteError for one that cannot be.
    """

    def __init__(
        self, path: Path, rate_hz: int, *, force: bool = False, tags: Mapping[str, str] | None = None
    ) -> None:
        check_target(path, force=force)
        self.path = path
        self.rate_hz = rate_hz
        self._part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix.lower()}")
        container, coding = KINDS[path.suffix.lower()]
        try:
            self._part.touch(exist_ok=False)
        except OSError as trouble:
            raise WriteError(_cannot(path, trouble)) from None
        soundfile: Any = import_module("soundfile")
        self._trouble: type[Exception] = soundfile.SoundFileError
        self._file: Any = soundfile.SoundFile(
            self._part, "w", samplerate=rate_hz, channels=2, format=container, subtype=coding
        )
        for name, value in (tags or {}).items():
            setattr(self._file, name, value)

    def write(self, sound: NDArray[np.float32]) -> None:
        """Add (frames, 2) samples, -1 to 1."""
        try:
            self._file.write(sound)
        except (self._trouble, OSError):
            raise WriteError(f"{self.path} could not be written to its end; is the disk full?") from None

    def close(self) -> None:
        """Put the file in its place, if it has any sound. Safe to call twice, and after `discard`."""
        if self._file.closed:
            return
        if self._file.frames == 0:
            self.discard()
            return
        self._file.close()
        try:
            self._part.replace(self.path)
        except OSError as trouble:
            raise WriteError(_cannot(self.path, trouble)) from None

    def discard(self) -> None:
        """Leave nothing behind."""
        if not self._file.closed:
            self._file.close()
            self._part.unlink(missing_ok=True)

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
    """Raise TargetFileError where `path` is no name for a sound file that may be written now."""
    if path.suffix.lower() not in KINDS:
        raise TargetFileError(f"{path} is not a name for a sound file; end it in .wav, .flac or .ogg.")
    if not path.parent.exists():
        raise TargetFileError(f"The folder {path.parent} does not exist; make it first.")
    if not path.parent.is_dir():
        raise TargetFileError(f"{path.parent} is not a folder, so {path.name} cannot be put there.")
    if path.is_dir():
        raise TargetFileError(f"{path} is a folder; name a file in it.")
    if path.exists() and not force:
        raise TargetFileError(f"{path} exists already; choose another name, or replace it with --force.")


def _cannot(path: Path, trouble: OSError) -> str:
    return f"{path} cannot be written ({trouble.strerror}); choose a folder you may write to."
