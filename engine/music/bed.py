"""The bed: pad, drone, wind and water, in long overlapping notes that never enter all at once."""

from __future__ import annotations

from random import Random

from dsp.score import Note
from engine.music.harmony import Stretch
from engine.music.orchestration import BED
from engine.music.scale import Scale
from engine.music.voice_leading import Voicing
from profiles.schema import Profile

DRONE_LOWEST = 33
DRONE_HIGHEST = 45
"""MIDI 33 to 45: 55 to 110 Hz (SCIENCE.md D1)."""

_OVERLAP = 0.25
"""Share of the attack that a pad voice is held into the next; rendered, there the level moves least."""

_STAGGER = 0.6
"""The voices of a chord change within this share of the attack."""

_BED_OVERLAP = 0.3
"""Share of the attack that drone, wind and water are held into the next: equal power, nearly."""

_HOLD_VELOCITY = 0.25
"""How softly a silence is carried; some 9 dB under the pad, two voices for four."""

_ENTRY_S = 3.2
"""Seconds from voice to voice where the pad comes back after silence."""

_AIR_PITCH = 60.0
"""Wind and water have no pitch of their own; the note number only has to lie in range."""


class Bed:
    """Writes the bed of one sitting bar by bar."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._palette = profile.palette
        self._random = random
        self._until: dict[str, float] = {}
        self._pad_rests = True
        self._changes: tuple[float, ...] = ()

    def rest(self) -> None:
        """The pad has fallen silent: it comes back voice by voice."""
        self._pad_rests = True
        self._changes: tuple[float, ...] = ()

    def turn_to(self, profile: Profile) -> None:
        """Go on with another palette; what sounds lasts as long as it was to."""
        self._palette = profile.palette
        self.rest()

    def restart(self) -> None:
        """Nothing sounds any more (a device was lost): every layer has to begin anew."""
        self._until.clear()
        self._pad_rests = True

    def pad(self, stretch: Stretch, start: float, beats: float, beat_s: float) -> list[Note]:
        """The pad's voicing over a stretch of `beats` beats from beat `start`; `beat_s` seconds a beat.

        Voices change one by one: each old voice is let go where the new one of its place comes in,
        so that the level hardly moves.
        """
        if "pad" not in self._palette or not stretch.voicing:
            return []
        entering, self._pad_rests = self._pad_rests, False
        attack_s = self._palette["pad"].attack_s
        voices = len(stretch.voicing)
        came = self._changes if len(self._changes) == voices else (0.0,) * voices
        self._changes = tuple(self._random.uniform(0.0, _STAGGER * attack_s) for _ in range(voices))
        notes: list[Note] = []
        for n, pitch in enumerate(stretch.voicing):
            late = min((n * _ENTRY_S if entering else came[n]) / beat_s, 0.6 * beats)
            height = n / max(voices - 1, 1)
            pan = (0.15 + 0.55 * height) * (1 if n % 2 else -1) * (pitch >= 50)
            velocity = 0.46 - 0.06 * height + self._random.gauss(0.0, 0.015)
            if entering:
                velocity *= 0.7 + 0.3 * height
            length = beats - late + (self._changes[n] + _OVERLAP * attack_s) / beat_s
            notes.append(Note(start + late, length, "pad", pitch, velocity, 0.0, pan))
        return notes

    def hold(self, voicing: Voicing, start: float, beats: float, beat_s: float) -> list[Note]:
        """Two low tones of the last chord, hardly there, that carry the ear over a composed silence."""
        if "pad" not in self._palette:
            return []
        length = beats + _ENTRY_S / beat_s
        return [Note(start, length, "pad", pitch, _HOLD_VELOCITY) for pitch in voicing[:2]]

    def under(self, scale: Scale, start: float, bar_beats: int, bars: int, beat_s: float) -> list[Note]:
        """Drone, wind and water where the last of each runs out within this bar; new ones last `bars`."""
        notes: list[Note] = []
        for name in BED:
            if name not in self._palette or self._until.get(name, start) > start:
                continue
            length = bars * bar_beats
            self._until[name] = start + length
            held = length + _BED_OVERLAP * self._palette[name].attack_s / beat_s
            if name != "drone":
                notes.append(Note(start, held, name, _AIR_PITCH, 0.5))
                continue
            home = self.home(scale)
            notes.append(Note(start, held, name, home, 0.55))
            fifth = home + 7
            if (
                fifth % 12 in scale.classes
                and fifth <= self._palette["drone"].register[1]
                and self._random.random() < 0.6
            ):
                notes.append(Note(start + 1.0, held - 1.0, name, fifth, 0.34))
        return notes

    def home(self, scale: Scale) -> int:
        """The drone's home note: the tonic in its register, 55 to 110 Hz where that allows."""
        low, high = self._palette["drone"].register
        fits = [p for p in range(-int(-low // 1), int(high) + 1) if p % 12 == scale.tonic % 12]
        within = [p for p in fits if DRONE_LOWEST <= p <= DRONE_HIGHEST]
        return (within or fits or [scale.tonic])[0]
