"""The bed: pad, drone, wind and water, in long overlapping notes that never enter all at once.

It goes on through composed silences, where its pad sinks (engine.music.controls), so that the music can
come back as a swell and not as a step.
"""

from __future__ import annotations

from random import Random

from dsp.score import Note
from engine.music.harmony import Stretch
from engine.music.orchestration import BED
from engine.music.scale import Scale
from profiles.schema import Profile

DRONE_LOWEST = 33
DRONE_HIGHEST = 45
"""MIDI 33 to 45: 55 to 110 Hz (SCIENCE.md D1)."""

_OVERLAP = 0.33
"""Share of the attack that a voice is held into the next: a smoothstep in and a parabola out then add up
to the same power within half a decibel."""

_STAGGER = 0.9
"""The voices of a chord change one after the other within this share of the attack."""

_LONG = 4
"""How many times longer than wind and water a drone lasts: it changes nothing, so it is seldom begun anew."""

_AIR_PITCH = 60.0
"""Wind and water have no pitch of their own; the note number only has to lie in range."""


class Bed:
    """Writes the bed of one sitting bar by bar."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._palette = profile.palette
        self._random = random
        self._until: dict[str, float] = {}
        self._changes: tuple[float, ...] = ()

    def turn_to(self, profile: Profile) -> None:
        """Go on with another palette; what sounds lasts as long as it was to."""
        self._palette = profile.palette
        self._changes = ()

    def restart(self) -> None:
        """Nothing sounds any more (a device was lost): every layer has to begin anew."""
        self._until.clear()
        self._changes = ()

    def pad(self, stretch: Stretch, start: float, beats: float, beat_s: float) -> list[Note]:
        """The pad's voicing over a stretch of `beats` beats from beat `start`; `beat_s` seconds a beat.

        Voices change one by one: each old voice is let go where the new one of its place comes in,
        so that the level hardly moves.
        """
        if "pad" not in self._palette or not stretch.voicing:
            return []
        attack_s = self._palette["pad"].attack_s
        voices = len(stretch.voicing)
        came = self._changes if len(self._changes) == voices else (0.0,) * voices
        self._changes = self._staggered(voices, _STAGGER * attack_s)
        notes: list[Note] = []
        for n, pitch in enumerate(stretch.voicing):
            late = min(came[n] / beat_s, 0.6 * beats)
            height = n / max(voices - 1, 1)
            pan = (0.15 + 0.55 * height) * (1 if n % 2 else -1) * (pitch >= 50)
            velocity = 0.46 - 0.06 * height + self._random.gauss(0.0, 0.015)
            length = beats - late + (self._changes[n] + _OVERLAP * attack_s) / beat_s
            notes.append(Note(start + late, length, "pad", pitch, velocity, 0.0, pan))
        return notes

    def _staggered(self, voices: int, within_s: float) -> tuple[float, ...]:
        """When each voice changes, evenly spread in an order of its own."""
        places = [within_s * n / max(voices - 1, 1) for n in range(voices)]
        self._random.shuffle(places)
        return tuple(places)

    def under(self, scale: Scale, start: float, bar_beats: int, bars: int, beat_s: float) -> list[Note]:
        """Drone, wind and water where the last of each runs out within this bar; new ones last `bars`."""
        notes: list[Note] = []
        for name in BED:
            if name not in self._palette or self._until.get(name, start) > start:
                continue
            length = (_LONG if name == "drone" else 1) * bars * bar_beats
            self._until[name] = start + length
            held = length + _OVERLAP * self._palette[name].attack_s / beat_s
            if name != "drone":
                notes.append(Note(start, held, name, _AIR_PITCH, 0.5))
                continue
            home = self.home(scale)
            notes.append(Note(start, held, name, home, 0.55))
            fifth = home + 7
            if fifth % 12 in scale.classes and fifth <= self._palette["drone"].register[1]:
                notes.append(Note(start + 1.0, held - 1.0, name, fifth, 0.34))
        return notes

    def home(self, scale: Scale) -> int:
        """The drone's home note: the tonic in its register, 55 to 110 Hz where that allows."""
        low, high = self._palette["drone"].register
        fits = [p for p in range(-int(-low // 1), int(high) + 1) if p % 12 == scale.tonic % 12]
        within = [p for p in fits if DRONE_LOWEST <= p <= DRONE_HIGHEST]
        return (within or fits or [scale.tonic])[0]
