"""A scale: one of the profile's modes on one home note."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from profiles.schema import MODES, Mode

BRIGHTER: dict[Mode, Mode] = {
    "aeolian": "dorian",
    "dorian": "mixolydian",
    "mixolydian": "ionian",
    "ionian": "lydian",
    "minor_pentatonic": "dorian_pentatonic",
    "dorian_pentatonic": "mixolydian_pentatonic",
    "mixolydian_pentatonic": "major_pentatonic",
    "major_pentatonic": "lydian_pentatonic",
    "lydian_pentatonic": "lydian",
    "lydian": "lydian",
}
"""The mode a step brighter: one tone a semitone higher. Lydian is the brightest there is."""

PARENT: dict[Mode, Mode] = {
    "lydian_pentatonic": "lydian",
    "major_pentatonic": "ionian",
    "mixolydian_pentatonic": "mixolydian",
    "dorian_pentatonic": "dorian",
    "minor_pentatonic": "aeolian",
}
"""The seven-note mode that a five-note one is taken from."""

_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def note_name(pitch: int) -> str:
    """Letter name of a MIDI note or pitch class, in flats."""
    return _NAMES[pitch % 12]


def hertz(pitch: float) -> float:
    """Frequency in Hz of a MIDI note number, equal temperament, A4 = 440 Hz."""
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)


@dataclass(frozen=True)
class Scale:
    """`tonic` is the MIDI note of home, `mode` a name of profiles.schema.MODES."""

    tonic: int
    mode: Mode

    @cached_property
    def classes(self) -> frozenset[int]:
        """Pitch classes (0 to 11, 0 is C) of the scale."""
        return frozenset((self.tonic + step) % 12 for step in MODES[self.mode])

    @property
    def parent(self) -> Scale:
        """The seven-note scale that holds this one: itself, unless it has five notes."""
        return Scale(self.tonic, PARENT.get(self.mode, self.mode))

    def ladder(self, low: float, high: float) -> tuple[int, ...]:
        """Every pitch of the scale from `low` to `high` (MIDI, inclusive), rising."""
        return tuple(p for p in range(_ceil(low), int(high) + 1) if p % 12 in self.classes)

    @property
    def name(self) -> str:
        return f"{note_name(self.tonic)} {self.mode.replace('_', ' ')}"


def pitches_of(classes: frozenset[int], low: float, high: float) -> tuple[int, ...]:
    """Every MIDI pitch from `low` to `high` (inclusive) whose class is among `classes`, rising."""
    return tuple(p for p in range(_ceil(low), int(high) + 1) if p % 12 in classes)


def part_of(register: tuple[float, float], height: tuple[float, float], least: float) -> tuple[float, float]:
    """A part of a register (MIDI), 0 its lowest and 1 its highest note; at least `least` semitones of it."""
    lowest, highest = register
    span = highest - lowest
    wide = max(min(least, span), (height[1] - height[0]) * span)
    low = min(max(lowest + 0.5 * (sum(height) * span - wide), lowest), highest - wide)
    return low, low + wide


def _ceil(value: float) -> int:
    return -int(-value // 1)
