"""Motifs: short figures in scale steps and beats, how they are varied, and the memory that recalls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

CONTOURS: tuple[tuple[int, ...], ...] = (
    (0, -1, -2),
    (0, 1, 0),
    (0, 1, 2),
    (0, 2, 1),
    (0, 1, 2, 1),
    (0, -1, -2, -1),
    (0, 2, 1, 0),
    (0, 1, 0, -1),
    (0, 1, 2, 1, 0),
    (0, -1, 0, 1, 0),
    (0, 2, 1, 0, -1),
    (0, 1, 2, 3, 2, 1),
    (0, 1, 0, 2, 1, 0),
)
"""Scale steps from the first note: arches, falls, turns and rocking figures to sing in one breath, by step
but for one skip at most."""

RHYTHMS: dict[int, tuple[tuple[float, ...], ...]] = {
    3: ((1, 1, 2), (2, 1, 3), (1.5, 0.5, 2), (3, 1, 2)),
    4: ((1, 1, 1, 2), (2, 1, 1, 2), (1.5, 0.5, 1, 2), (1, 2, 1, 2), (2, 0.5, 0.5, 3)),
    5: ((1, 1, 2, 1, 2), (1.5, 0.5, 1, 1, 2), (1, 0.5, 0.5, 1, 3), (2, 1, 1, 1, 2), (1, 1, 1, 1, 2)),
    6: ((1, 0.5, 0.5, 1, 1, 2), (1.5, 0.5, 1, 1, 1, 2), (1, 1, 2, 1, 1, 2), (2, 1, 1, 0.5, 0.5, 3)),
}
"""Lengths in beats by number of notes; each ends on its longest note, as a breath does."""

SINGABLE = frozenset({-2, -1, 1, 2})
"""Scale steps from one note of a motif to the next after a variation (own choice)."""

RECALL_AFTER_S = 60.0
RECALL_BEFORE_S = 200.0
"""A motif heard within these bounds is ripe to be recalled (SCIENCE.md D4: after one to three minutes)."""


@dataclass(frozen=True, slots=True)
class Motif:
    """`steps`: scale steps from the first note, which is 0. `lengths`: beats. As many as each other.

    pitches  MIDI numbers by which it is known; () where it may be sung on any
    """

    steps: tuple[int, ...]
    lengths: tuple[float, ...]
    pitches: tuple[int, ...] = ()

    @property
    def beats(self) -> float:
        return sum(self.lengths)

    def begun(self, notes: int) -> Motif:
        """Its first `notes` notes, the last of which takes the time of the others."""
        first = self.lengths[: notes - 1]
        return Motif(self.steps[:notes], (*first, self.beats - sum(first)))

    def bent(self, random: Random) -> Motif:
        """One inner note a step higher or lower: a small transposition that keeps the outline."""
        return self._moved(range(1, len(self.steps) - 1), random)

    def turned(self, random: Random) -> Motif:
        """The last note a step higher or lower: the same question with another end."""
        return self._moved(range(1, len(self.steps))[-1:], random)

    def _moved(self, places: Sequence[int], random: Random) -> Motif:
        """One of the notes at `places` a step higher or lower, so that neighbours move, and by skips of a
        third at most; itself where that cannot be."""
        ways = [
            Motif((*self.steps[:i], self.steps[i] + way, *self.steps[i + 1 :]), self.lengths)
            for i in places
            for way in (-1, 1)
        ]
        ways = [way for way in ways if all(b - a in SINGABLE for a, b in pairwise(way.steps))]
        return random.choice(ways) if ways else self

    def followed(self, other: Motif, random: Random) -> Motif:
        """Itself, and then `other` a step or two away, which goes on from its last note by no more."""
        rises = [rise for rise in (-1, 1, 2) if rise - self.steps[-1] in SINGABLE] or [self.steps[-1] + 1]
        rise = random.choice(rises)
        return Motif(self.steps + tuple(step + rise for step in other.steps), self.lengths + other.lengths)

    def swung(self, random: Random) -> Motif:
        """Two neighbours, not the last, change lengths: the same notes in another rhythm."""
        if len(self.steps) < 3:
            return self
        i = random.randrange(len(self.steps) - 2)
        lengths = list(self.lengths)
        lengths[i], lengths[i + 1] = lengths[i + 1], lengths[i]
        return replace(self, lengths=tuple(lengths))


def invent(random: Random, notes: int) -> Motif:
    """A new motif of `notes` notes, three to six."""
    steps = random.choice([contour for contour in CONTOURS if len(contour) == notes])
    return Motif(steps, random.choice(RHYTHMS[notes]))


_VARIED = (Motif.bent, Motif.turned, Motif.swung)
"""What a variation may change: one thing at a time, so that it still names its origin."""


def varied(motif: Motif, random: Random) -> Motif:
    """The motif with one thing changed: an inner note, its end, or its rhythm."""
    return random.choice(_VARIED)(motif, random)


@dataclass(slots=True)
class Memory:
    """What has been sung, and when; the composer's reason not to invent for ever."""

    _last_heard_s: dict[Motif, float] = field(default_factory=dict[Motif, float])

    def heard(self, motif: Motif, now_s: float) -> None:
        self._last_heard_s[motif] = now_s

    def ripe(self, now_s: float) -> tuple[Motif, ...]:
        """Motifs last heard one to three minutes ago, the oldest first."""
        found = [
            (t, m) for m, t in self._last_heard_s.items() if RECALL_AFTER_S <= now_s - t <= RECALL_BEFORE_S
        ]
        return tuple(m for _, m in sorted(found, key=lambda entry: entry[0]))

    def recalled(self, now_s: float, random: Random, chance: float) -> Motif | None:
        """A ripe motif in so many cases, or none."""
        ripe = self.ripe(now_s)
        return random.choice(ripe[:3]) if ripe and random.random() < chance else None
