"""Own voice: a folder of recordings of a guide's lines: one file a line, or one long file with its cues.

`03.wav` or `3 the hands.flac` is the third line of the guide's file. A single sound file beside a text file
with `start TAB end TAB words` in seconds, as Audacity writes labels, holds them one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")

UNREAD = (".m4a", ".aac", ".mp4", ".caf", ".wma", ".amr", ".3gp", ".webm")
"""What telephones record, and libsndfile does not decode."""

SHORTEST_S, LONGEST_S = 0.1, 120.0
"""Of a recorded line: one has at most 300 letters (guides.schema)."""


class OwnVoiceError(ValueError):
    """A folder that holds no recordings, or a recording that cannot be read; one sentence."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where in which file a line is, seconds; `end_s` None for the whole file."""

    path: Path
    start_s: float = 0.0
    end_s: float | None = None

    def sound(self) -> tuple[NDArray[np.float64], int]:
        """(frames,) and their rate. Raises OwnVoiceError."""
        soundfile: Any = import_module("soundfile")
        try:
            with soundfile.SoundFile(self.path) as file:
                rate_hz = int(file.samplerate)
                file.seek(min(round(self.start_s * rate_hz), file.frames))
                end = file.frames if self.end_s is None else round(self.end_s * rate_hz)
                frames = min(end, file.frames) - file.tell()
                if frames > LONGEST_S * rate_hz:
                    raise OwnVoiceError(f"{self._where} is longer than {LONGEST_S:.0f} s; a line is a few.")
                sound = file.read(max(frames, 0), always_2d=True).mean(axis=1)
        except (soundfile.SoundFileError, OSError) as trouble:
            raise OwnVoiceError(f"{self.path} cannot be read ({trouble}); record it again.") from None
        if len(sound) < SHORTEST_S * rate_hz or not np.isfinite(sound).all() or not sound.any():
            raise OwnVoiceError(f"{self._where} holds no sound; record it again, or take it away.")
        return sound, rate_hz

    @property
    def _where(self) -> str:
        return str(self.path) if self.end_s is None else f"{self.path} from {self.start_s:g} s on"


def place_of(folder: Path, place: int) -> Path:
    """The file of a line, by its place from 0, in a folder of recordings that are made here."""
    return folder / f"{place + 1:02d}.wav"


def recordings(folder: Path, lines: int) -> dict[int, Recorded]:
    """The recordings in a folder by the place of their line, from 0. Raises OwnVoiceError."""
    if not folder.is_dir():
        raise OwnVoiceError(f"There is no folder {folder}; name the one that holds your recordings.")
    files = sorted(each for each in folder.iterdir() if each.suffix.lower() in KINDS)
    cues = sorted(folder.glob("*.txt"))
    found = _cut(files[0], cues[0]) if len(files) == 1 and len(cues) == 1 else _numbered(files)
    if found and max(found) >= lines:
        raise OwnVoiceError(
            f"{folder} has a recording of line {max(found) + 1}, and this guide has {lines} lines: it is "
            "another guide's. Name the folder of this one, or take away what is beyond its last line."
        )
    found = {place: each for place, each in found.items() if place >= 0}
    for file in sorted(each for each in folder.iterdir() if each.suffix.lower() in UNREAD):
        if not found or (_place(file) in range(lines) and _place(file) not in found):
            raise OwnVoiceError(
                f"{file} is in a format that is not read; save it as WAV, FLAC, OGG, MP3 or AIFF."
            )
    if not found:
        raise OwnVoiceError(
            f"{folder} holds no recording of a line: 01.wav is the first, or one file and its labels as .txt."
        )
    return found


def _place(file: Path) -> int | None:
    """The place from 0 that a file's name gives its line."""
    number = re.match(r"\d+", file.name)
    return None if number is None else int(number[0]) - 1


def _numbered(files: Sequence[Path]) -> dict[int, Recorded]:
    found: dict[int, Recorded] = {}
    for file in files:
        if (place := _place(file)) is None:
            continue
        before = found.setdefault(place, Recorded(file))
        if before.path != file:
            raise OwnVoiceError(
                f"{before.path} and {file.name} are both line {place + 1}; take one of them away."
            )
    return found


def _cut(file: Path, cues: Path) -> dict[int, Recorded]:
    found: dict[int, Recorded] = {}
    for number, row in enumerate(filter(str.strip, cues.read_text(errors="replace").splitlines())):
        start, end, *_ = [*row.split("\t"), ""]
        try:
            found[number] = Recorded(file, float(start), float(end))
        except ValueError:
            raise OwnVoiceError(f"{cues}: line {number + 1} has to be start, tab, end, in seconds.") from None
        if not 0.0 <= float(start) < float(end) < inf:
            raise OwnVoiceError(f"{cues}: line {number + 1} ends before it starts, or never.")
    return found
