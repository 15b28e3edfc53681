"""Voice: the sound of a guide's lines, by the place of each, and how loud it is over the music."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.guest.clip import Clip, clip_of
from engine.words import kept_lines, rendering
from engine.words.kept_lines import RATE_HZ
from engine.words.own_voice import recordings
from engine.words.reader import LEVEL_LUFS, levelled
from guides.schema import Script

OVER_LU = 11.0
"""How much louder the voice is asked to be than the music as it was of late (RELAX.md 4: 10 to 12). What is
heard is less, about 8 on relax (benchmarks/spoken.py)."""

BED_LUFS = -24.0
"""Of the music, while nothing of it is measured yet (own choice)."""

LEVEL_DB = (-24.0, 12.0)
"""How far a line is moved (engine.guest.channel takes up to 12 dB)."""

REVERB = 0.12
"""How much of the music's room the voice has: it is in it, and stays clear (own choice)."""


Take = Callable[[], NDArray[np.float32] | None]
"""Reads a line; None where it is not there any more."""


class Voice:
    """The lines that a voice says, (frames,) at RATE_HZ each, by their place in the script."""

    def __init__(self, lines: Mapping[int, Take], lengths: Mapping[int, float]) -> None:
        self._lines = lines
        self.lengths = lengths
        """How long each takes, seconds."""

    def clip(self, place: int, rate_hz: int) -> Clip | None:
        """The sound of a line; None where it is told as text."""
        take = self._lines.get(place)
        sound = None if take is None else take()
        return None if sound is None else clip_of(sound, RATE_HZ, rate_hz)


def voice_of(
    script: Script, name: str | None, own: Path | None, progress: Callable[[int, int], None] | None = None
) -> Voice | None:
    """The voice of a guide: recordings of one's own, and the voice that is installed for what they lack.

    name   a voice, `none`, or None for whichever is here
    Raises VoiceError, OwnVoiceError.
    """
    lines: dict[int, Take] = {}
    lengths: dict[int, float] = {}
    if own is not None:
        for place, recorded in recordings(own, len(script.steps)).items():
            sound = levelled(*recorded.sound())
            lines[place], lengths[place] = (lambda kept=sound: kept), len(sound) / RATE_HZ
    if name == "none" or (name is None and not rendering.installed()) or (own is not None and name is None):
        return Voice(lines, lengths) if lines else None
    rendering.checked_voice(name or rendering.VOICE)
    sayings = rendering.said([step.say for step in script.steps])
    wanted = [each for place, each in enumerate(sayings) if place not in lines]
    rendering.render(wanted, progress)
    for place, saying in enumerate(sayings):
        if place not in lines and (sound := kept_lines.read(saying.path)) is not None:
            lines[place] = lambda path=saying.path: kept_lines.read(path)
            lengths[place] = len(sound) / RATE_HZ
    return Voice(lines, lengths)


def level_db(bed_lufs: float | None, master_db: float, trim_db: float) -> float:
    """The gain of a line, so that it stands OVER_LU over the music.

    bed_lufs    the music's short-term loudness where nothing is said
    master_db   what the master will take from voice and music alike
    trim_db     what a hand adds
    """
    bed = BED_LUFS if bed_lufs is None else bed_lufs
    wanted = bed + OVER_LU - LEVEL_LUFS - master_db + trim_db
    return min(max(wanted, LEVEL_DB[0]), LEVEL_DB[1])
