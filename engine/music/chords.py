"""The chord graph: which chords a scale holds, and how likely each follows the last.

A weighted Markov walk with harmonic gravity. Every root has a depth, its distance from home; the
phrase asks for a depth, and roots near that depth weigh more, as do the root movements the ear
follows easily (fourths, fifths, thirds). Weights are our own choice, set by ear and by the usual
account of root movement (fourths and fifths strongest, then thirds, then steps).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from engine.music.scale import Scale, note_name

_SHAPES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("", (0, 4, 7)),
    ("m", (0, 3, 7)),
    ("sus2", (0, 2, 7)),
    ("sus4", (0, 5, 7)),
)
"""Name and semitones above the root. Open shapes serve where a five-note mode holds no triad."""

_TRIADS = _SHAPES[:2]

_COLOURS: tuple[tuple[str, int, frozenset[str]], ...] = (
    ("add9", 2, frozenset({"", "m"})),
    ("maj7", 11, frozenset({""})),
    ("7", 10, frozenset({"m", "sus4", "sus2"})),
    ("6", 9, frozenset({""})),
)
"""Name, semitones above the root, shapes it suits. A dominant seventh is left out: it asks to be resolved."""

_DEPTH = {0: 0.0, 9: 0.6, 8: 0.8, 3: 0.7, 4: 0.9, 5: 1.0, 10: 1.2, 2: 1.4, 7: 1.5, 11: 1.7, 1: 2.0, 6: 2.0}
"""Distance from home by root, in semitones above the tonic."""

_MOTION = {0: 0.15, 1: 0.3, 2: 0.6, 3: 0.6, 4: 0.7, 5: 1.0, 6: 0.05, 7: 0.9, 8: 0.9, 9: 0.9, 10: 0.6, 11: 0.3}
"""Weight of a root movement, in semitones upward."""

_BORROWED: tuple[tuple[int, str], ...] = ((5, "m"), (10, ""), (5, ""), (8, ""))
"""Chords from the mode of the same home note with the other third: root above the tonic, and shape."""

_KNOWN_TONES = 2
"""A borrowed chord shares at least so many tones with the scale: it colours and does not leave."""

_CARRY = 3.0
"""How much more a chord weighs that carries the whole of a melody than one that carries none (own choice)."""

_CADENCE = {7: 1.0, 5: 1.0, 10: 0.9, 2: 0.5, 8: 0.4, 4: 0.3, 9: 0.3, 3: 0.3, 11: 0.2}
"""Weight of a root as the last chord before home."""

DEEPEST = 1.5
"""Depth of the chords furthest from home that a phrase asks for."""


@dataclass(frozen=True, slots=True)
class Chord:
    """`root` and the tones are pitch classes (0 is C). `core` must sound, `colour` may."""

    root: int
    core: tuple[int, ...]
    colour: tuple[int, ...]
    name: str

    @property
    def classes(self) -> frozenset[int]:
        return frozenset(self.core + self.colour)


def rubs(pitch: int, chord: Chord) -> bool:
    """Whether a pitch lies a semitone from a tone of the chord."""
    return any((pitch - tone) % 12 in (1, 11) for tone in chord.classes)


def _carried(chord: Chord, melody: Sequence[tuple[int, float]]) -> float:
    """Beats of a melody that lie on tones of the chord, less those that rub against one."""
    beats = sum(length for pitch, length in melody if pitch % 12 in chord.classes)
    return beats - sum(length for pitch, length in melody if rubs(pitch, chord))


class ChordGraph:
    """The chords of one scale and the walk through them."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self._home = scale.tonic % 12
        self._by_root: dict[int, tuple[Chord, ...]] = {}
        shaped = dict(_SHAPES)
        lent = [
            Chord(root, tuple((root + s) % 12 for s in shaped[label]), (), note_name(root) + label)
            for step, label in _BORROWED
            for root in ((self._home + step) % 12,)
        ]
        self._lent = tuple(
            chord for chord in lent if _KNOWN_TONES <= len(chord.classes & scale.classes) < len(chord.core)
        )
        self._kin = tuple(
            Chord(root, tones, (), note_name(root) + label)
            for root in sorted(scale.parent.classes)
            for label, steps in _TRIADS
            if scale.parent.classes.issuperset(tones := tuple((root + s) % 12 for s in steps))
            and len(scale.classes.intersection(tones)) == _KNOWN_TONES
        )
        for root in sorted(scale.classes):
            shapes = [
                (label, tones)
                for label, steps in _SHAPES
                if scale.classes.issuperset(tones := tuple((root + s) % 12 for s in steps))
            ]
            triads = [s for s in shapes if s[0] in dict(_TRIADS)]
            chords = tuple(
                Chord(root, tones, (), note_name(root) + label) for label, tones in triads or shapes
            )
            if chords:
                self._by_root[root] = chords

    @property
    def home(self) -> Chord:
        """The chord on the tonic, plain."""
        return self._by_root[self._home][0]

    @property
    def chords(self) -> tuple[Chord, ...]:
        """Every plain chord of the graph."""
        return tuple(chord for chords in self._by_root.values() for chord in chords)

    @property
    def kin(self) -> tuple[Chord, ...]:
        """Triads of the seven-note mode around a five-note one that have all tones but one in the scale."""
        return self._kin

    def next(
        self, current: Chord, depth: float, random: Random, melody: Sequence[tuple[int, float]] = ()
    ) -> Chord:
        """The chord after `current` where the phrase asks for `depth` (0 home to DEEPEST).

        Of two as fit, the one that carries more of a melody, (pitch, beats) note by note.
        """
        roots = list(self._by_root)
        sung = sum(length for _, length in melody)
        weights = [
            self._weight(root, current, depth)
            * (1.0 + _CARRY * max(_carried(self._by_root[root][0], melody), 0.0) / sung if sung else 1.0)
            + 1e-6
            for root in roots
        ]
        return self._one_on(random.choices(roots, weights)[0], random)

    def elsewhere(self, current: Chord, depth: float, random: Random) -> list[Chord]:
        """Every chord on another root than `current`, drawn one after the other by its weight, kin last."""
        weighed = [
            (n, random.random() ** (1.0 / (self._weight(chord.root, current, depth) + 1e-3)), m, chord)
            for n, chords in enumerate((self._kin, self.chords))
            for m, chord in enumerate(chords)
            if chord.root != current.root
        ]
        return [chord for *_, chord in sorted(weighed, reverse=True)]

    def _weight(self, root: int, current: Chord, depth: float) -> float:
        away = (_DEPTH[(root - self._home) % 12] - depth) / 0.45
        return _MOTION[(root - current.root) % 12] * exp(-(away**2))

    def before_home(self, current: Chord, random: Random) -> Chord:
        """A chord that leads home: the last but one of a cadence."""
        roots = [root for root in self._by_root if root != self._home]
        weights = [
            _CADENCE.get((root - self._home) % 12, 0.05) * (0.4 if root == current.root else 1.0)
            for root in roots
        ]
        return self._one_on(random.choices(roots, weights)[0], random)

    def borrowed(self, random: Random) -> Chord | None:
        """A chord of the neighbouring mode that leads home as well; None where there is no such neighbour."""
        return random.choice(self._lent) if self._lent else None

    def under(self, melody: Sequence[tuple[int, float]], current: Chord, used: Collection[int]) -> Chord:
        """The chord that carries most of a melody, (pitch, beats) note by note, on a root not `used` yet.

        Of chords that carry as much, a plain one, and the one that `current` moves to most easily; home where
        all roots were used.
        """

        def carried(chord: Chord) -> tuple[float, int, float]:
            return (
                _carried(chord, melody), -len(chord.colour), _MOTION[(chord.root - current.root) % 12]
            )

        fresh = [chord for chord in self.chords if chord.root not in used]
        fresh += [coloured for chord in fresh for coloured in self._colours(chord)]
        return max(fresh, key=carried, default=self.home)

    def coloured(self, chord: Chord, random: Random) -> Chord:
        """`chord` with one added tone that the scale holds, or as it is where none fits."""
        fits = self._colours(chord)
        return random.choice(fits) if fits else chord

    def _colours(self, chord: Chord) -> list[Chord]:
        """`chord` with each tone that may be added to it."""
        label = chord.name[len(note_name(chord.root)) :]
        return [
            Chord(chord.root, chord.core, (tone,), chord.name + name)
            for name, step, shapes in _COLOURS
            if label in shapes
            and (tone := (chord.root + step) % 12) in self.scale.classes.difference(chord.core)
        ]

    def _one_on(self, root: int, random: Random) -> Chord:
        return random.choice(self._by_root[root])


def named(pitches: Sequence[float]) -> str | None:
    """The name, as the graph gives it, of the chord that these MIDI numbers sound; None for any other.

    Where tones bear two names (A minor seventh and C sixth) the lowest decides.
    """
    classes = frozenset(round(pitch) % 12 for pitch in pitches)
    lowest = round(min(pitches, default=0.0)) % 12
    for root in sorted(classes, key=lambda root: (root - lowest) % 12):
        for label, steps in _SHAPES:
            tones = frozenset((root + step) % 12 for step in steps)
            if tones == classes:
                return note_name(root) + label
            for colour, step, shapes in _COLOURS:
                if label in shapes and tones | {(root + step) % 12} == classes:
                    return note_name(root) + label + colour
    return None
