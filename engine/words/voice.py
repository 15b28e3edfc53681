"""Voice: the sound of a guide's lines, by the place of each, and how loud it is over the music."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.guest.clip import Clip, clip_of
from engine.guest.duck import SPOKEN, Duck
from engine.words import kept_lines, rendering
from engine.words.kept_lines import RATE_HZ
from engine.words.level import LEVEL_LUFS, levelled
from engine.words.own_voice import recordings
from guides.schema import Script

OVER_LU = 11.0
"""How much louder the voice is than the music that has stepped back for it (RELAX.md 4: 10 to 12)."""

DUCKED_LU = 5.2
"""So much softer the whole of the music is where its layers have stepped back by SPOKEN: the voice comes to
stand 10.6 to 11.8 over the music by it, in the median of each profile (benchmarks/spoken.py)."""

BED_LUFS = -24.0
"""Of the music, while nothing of it is measured yet (own choice)."""

UNDER_CAP_LU = 3.6
"""A voice lies so far below the cap on loudness at least, which else turns down voice and music alike: 1 LU
is the governor's margin (dsp.governor), 0.3 the music under it, 2.3 a syllable (engine.words.level)."""

DEEPER_DB = 15.0
"""All layers step back by up to so much more, where a voice may be no louder (own choice)."""

LEVEL_DB = (-24.0, 12.0)
"""How far a line is moved (engine.guest.channel takes up to 12 dB)."""

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


@dataclass(frozen=True, slots=True)
class Stand:
    """How a line stands in the music: its gain, and by how much more than SPOKEN every layer steps back."""

    gain_db: float
    deeper_db: float

    @property
    def duck(self) -> Duck:
        """How far the music steps back for the line."""
        return Duck(*(depth - self.deeper_db for depth in astuple(SPOKEN)))


def stand(bed_lufs: float | None, master_db: float, cap_lufs: float, trim_db: float) -> Stand:
    """How a line stands OVER_LU over the music: by its own loudness, and by the music's where that is capped.

    bed_lufs    the music's loudness where nothing is said
    master_db   what the master takes from voice and music alike
    cap_lufs    on the loudness of both
    trim_db     what a hand adds
    """
    bed = BED_LUFS if bed_lufs is None else bed_lufs
    wanted = bed - DUCKED_LU + OVER_LU + trim_db
    heard = min(wanted, cap_lufs - UNDER_CAP_LU)
    gain_db = min(max(heard - LEVEL_LUFS - master_db, LEVEL_DB[0]), LEVEL_DB[1])
    return Stand(gain_db, min(max(wanted - heard, 0.0), DEEPER_DB))
