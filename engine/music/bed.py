"""The bed: pad, drone, wind and water, in long overlapping notes that never enter all at once.

It goes on through composed silences, where its pad sinks (engine.music.controls), so that the music can
come back as a swell and not as a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from dsp.score import Note
from engine.music.form import Phrase
from engine.music.harmony import Stretch
from engine.music.orchestration import AIR, CHORDS
from engine.music.scale import Scale
from engine.music.scenes import Scene
from engine.music.voice_leading import close_semitone, rough
from profiles.schema import Profile

_OVERLAP = 0.33
"""Share of the attack that a voice is held into the next: a smoothstep in and a parabola out then add up
to the same power within half a decibel."""

_STAGGER, _STAGGER_AFRESH = 1.5, 2.0
"""The voices of a chord change one after the other, after the bass, within so many times the attack; after a
rest, where they come back from far, more slowly (own choice)."""

_CLEAR_S = 1.2
"""A low tone that would beat against one just let go waits so long (own choice)."""

_LATEST = 0.6
"""Share of a chord by whose end all its voices have come in."""

_COMING_S = 1.0
"""So near to the middle of a tone's attack, where it rises most, what comes in is heard to rise as one with
it: the second of the law of rises."""

_DOUBLED, _DOUBLED_LATE = 2, 0.5
"""Voices of a chord, from the top, that a second instrument of chords sings with the first, and by how much
of the attack it comes in later than that: both at once would rise by more than the law of rises allows."""

_DRONE_VELOCITY, _FIFTH_VELOCITY = 0.55, 0.34


class Bed:
    """Writes the bed of one sitting bar by bar."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._palette = profile.palette
        self._random = random
        self._until: dict[str, float] = {}
        self._changes: tuple[float, ...] = ()
        self._held: list[tuple[int, float]] = []
        self._comings: list[float] = []

    def turn_to(self, profile: Profile) -> None:
        """Go on with another palette; what sounds lasts as long as it was to."""
        self._palette = profile.palette
        self._changes = ()

    def restart(self) -> None:
        """Nothing sounds any more (a device was lost): every layer has to begin anew."""
        self._until.clear()
        self._changes = ()
        self._held = []

    def under(
        self, stretch: Stretch, phrase: Phrase, scale: Scale, start: float, beats: float, beat_s: float
    ) -> list[Note]:
        """What stands over a stretch of `beats` beats from beat `start`: the pad's chord and the drone."""
        self._held = [(pitch, until) for pitch, until in self._held if until > start]
        notes: list[Note] = []
        voiced = [name for name in CHORDS if name in self._palette]
        if voiced and stretch.voicing:
            stagger = _STAGGER_AFRESH if phrase.silent else _STAGGER
            below = stretch.bass if "drone" in self._palette else None
            notes += self._chord(voiced, stretch, start, beats, beat_s, stagger, below)
        if "drone" in self._palette:
            notes += self._drone(stretch, phrase.scene, scale, start, beats, beat_s)
        self._held += [(round(note.pitch), note.beat + note.beats) for note in notes]
        self._comings = [beat for beat in self._comings if beat > start - beats]
        attacks = ((note, self._palette[note.instrument].attack_s) for note in notes)
        self._comings += [note.beat + 0.5 * attack_s / beat_s for note, attack_s in attacks]
        return notes

    def coming(self, beat: float, beat_s: float) -> int:
        """How many tones of chord and drone come in about this beat; `beat_s` seconds a beat."""
        return sum(abs(comes - beat) * beat_s <= _COMING_S for comes in self._comings)

    def _clear(self, pitch: int, earliest: float, latest: float, beat_s: float) -> float:
        """When a tone may come in without beating against one that was let go: late, but not too late."""
        ends = [until + _CLEAR_S / beat_s for held, until in self._held if close_semitone(pitch, held)]
        return min(max([earliest, *ends]), latest)

    def _chord(
        self,
        voiced: Sequence[str],
        stretch: Stretch,
        start: float,
        beats: float,
        beat_s: float,
        stagger: float,
        below: int | None,
    ) -> list[Note]:
        """The voicing of a chord over a stretch of `beats` beats from beat `start`; `beat_s` seconds a beat.

        What the drone has already, `below`, no voice doubles: two tones on one pitch beat slowly, and
        loudness then rises by more than it may in a second.

        Voices change one by one: each old voice is let go where the new one of its place comes in,
        so that the level hardly moves.
        """
        attack_s = max(self._palette[name].attack_s for name in voiced)
        voices = len(stretch.voicing)
        came = self._changes if len(self._changes) == voices else (0.0,) * voices
        self._changes = self._staggered(voices, stagger * attack_s)
        low, high = self._palette[voiced[-1]].register
        upper = [pitch for pitch in stretch.voicing if low <= pitch <= high][-_DOUBLED:]
        latest = start + _LATEST * beats
        notes: list[Note] = []
        for n, pitch in enumerate(stretch.voicing):
            comes = self._clear(pitch, min(start + came[n] / beat_s, latest), latest, beat_s)
            height = n / max(voices - 1, 1)
            pan = (0.15 + 0.55 * height) * (1 if n % 2 else -1) * (pitch >= 50)
            velocity = 0.46 - 0.06 * height + self._random.gauss(0.0, 0.015)
            length = start + beats - comes + (self._changes[n] + _OVERLAP * attack_s) / beat_s
            if pitch == below:
                continue
            notes.append(Note(comes, length, voiced[0], pitch, velocity, 0.0, pan))
            late = _DOUBLED_LATE * attack_s / beat_s
            notes += [
                Note(comes + late, length, name, pitch, velocity, 0.0, -pan)
                for name in voiced[1:]
                if pitch in upper
            ]
        return notes

    def _drone(
        self, stretch: Stretch, scene: Scene, scale: Scale, start: float, beats: float, beat_s: float
    ) -> list[Note]:
        """The bass of a stretch, where it stands with its fifth, unless a voice has that.

        What goes on is tied by the sound.
        """
        held = beats + _OVERLAP * self._palette["drone"].attack_s / beat_s
        comes = self._clear(stretch.bass, start, start + _LATEST * beats, beat_s)
        notes = [Note(comes, start + held - comes, "drone", stretch.bass, _DRONE_VELOCITY)]
        fifth = stretch.bass + 7
        fits = fifth % 12 in scale.classes and fifth <= self._palette["drone"].register[1]
        free = not any(fifth == voice or rough(fifth, voice) for voice in stretch.voicing)
        if fits and free and not scene.walks:
            notes.append(Note(start + 1.0, held - 1.0, "drone", fifth, _FIFTH_VELOCITY))
        return notes

    def _staggered(self, voices: int, within_s: float) -> tuple[float, ...]:
        """When each voice changes, evenly spread in an order of its own; none comes in with the bass."""
        places = [within_s * (n + 1) / voices for n in range(voices)]
        self._random.shuffle(places)
        return tuple(places)

    def air(self, scene: Scene, start: float, bar_beats: int, bars: int, beat_s: float) -> list[Note]:
        """Wind and water where the last of each runs out within this bar; new ones last `bars`.

        They have no pitch, but a place: as high in their register as the chords lie in theirs.
        """
        notes: list[Note] = []
        for name in AIR:
            idle = self._until.get(name, start) <= start
            if name in self._palette and idle:
                length = bars * bar_beats
                self._until[name] = start + length
                held = length + _OVERLAP * self._palette[name].attack_s / beat_s
                low, high = self._palette[name].register
                place = low + 0.5 * sum(scene.height) * (high - low)
                notes.append(Note(start, held, name, place, 0.5))
        return notes
