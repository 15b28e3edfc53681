"""The bass: what the drone stands on, the home note or a tone of the chord."""

from __future__ import annotations

from collections.abc import Sequence

from engine.music.chords import Chord
from engine.music.scale import Scale
from engine.music.voice_leading import close_semitone, rough

BASS_LOWEST = 33
BASS_HIGHEST = 45
"""MIDI 33 to 45: 55 to 110 Hz (SCIENCE.md D1)."""

_INVERTED = {0: 0.0, 7: 3.0, 3: 4.0, 4: 4.0}
"""Cost of a bass so many semitones above the root: root, failing that the fifth, failing that the third."""

_SECOND = 3.0
_FAR = 0.15
_ROUGH = 8.0
_BEATS = 40.0
"""Costs of a bass that moves by a second, of each semitone it moves, of one too close to a voice above it,
and of one that beats against a tone that is still sounding (own choice)."""


def home_bass(scale: Scale, low: float, high: float) -> int:
    """The tonic between two MIDI numbers, 55 to 110 Hz where that allows."""
    return _within([scale.tonic % 12], low, high)[0]


def bass_under(chord: Chord, before: int, voices: Sequence[int], low: float, high: float) -> int:
    """A tone of the chord between two MIDI numbers, for a bass that comes from `before`.

    voices   what the chord before it and the chord itself sound above it
    """

    def cost(pitch: int) -> float:
        moved = abs(pitch - before)
        found = _INVERTED.get((pitch - chord.root) % 12, 6.0) + _FAR * moved + _SECOND * (moved in (1, 2))
        found += _ROUGH * sum(rough(pitch, voice) for voice in voices)
        return found + _BEATS * sum(close_semitone(pitch, voice) for voice in (*voices, before))

    return min(_within(chord.core, low, high), key=lambda pitch: (cost(pitch), pitch))


def _within(classes: Sequence[int], low: float, high: float) -> list[int]:
    fits = [pitch for pitch in range(-int(-low // 1), int(high) + 1) if pitch % 12 in classes]
    return [pitch for pitch in fits if BASS_LOWEST <= pitch <= BASS_HIGHEST] or fits or [BASS_LOWEST]
