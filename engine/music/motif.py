"""Motifs: short figures in scale steps and beats, how they are varied, and the memory that recalls them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

CONTOURS: tuple[tuple[int, ...], ...] = (
    (0, 1, 2, 1, 0),
    (0, 2, 1, 0),
    (0, -1, -2, 0),
    (0, 1, 3, 2, 0),
    (0, 3, 2, 1, 0),
    (0, 2, 0, 1),
    (0, 1, 0, -1, 0),
    (0, 2, 3, 1, 2, 0),
    (0, -2, -1, 1, 0),
    (0, 4, 3, 1),
    (0, -1, 1),
    (0, 1, -1, -2),
)
"""Scale steps from the first note: arches, falls, turns and rocking figures to sing in one breath."""

RHYTHMS: dict[int, tuple[tuple[float, ...], ...]] = {
    3: ((1, 1, 2), (2, 1, 3), (1.5, 0.5, 2), (3, 1, 2)),
    4: ((1, 1, 1, 2), (2, 1, 1, 2), (1.5, 0.5, 1, 2), (1, 2, 1, 2), (2, 0.5, 0.5, 3)),
    5: ((1, 1, 2, 1, 2), (1.5, 0.5, 1, 1, 2), (1, 0.5, 0.5, 1, 3), (2, 1, 1, 1, 2), (1, 1, 1, 1, 2)),
    6: ((1, 0.5, 0.5, 1, 1, 2), (1.5, 0.5, 1, 1, 1, 2), (1, 1, 2, 1, 1, 2), (2, 1, 1, 0.5, 0.5, 3)),
}
"""Lengths in beats by number of notes; each ends on its longest note, as a breath does."""

RECALL_AFTER_S = 60.0
RECALL_BEFORE_S = 200.0
"""A motif heard within these bounds is ripe to be recalled (SCIENCE.md D4: after one to three minutes)."""


@dataclass(frozen=True, slots=True)
class Motif:
    """`steps`: scale steps from the first note, which is 0. `lengths`: beats. As many as each other."""

    steps: tuple[int, ...]
    lengths: tuple[float, ...]

    @property
    def beats(self) -> float:
        return sum(self.lengths)

    def inverted(self) -> Motif:
        """Upside down."""
        return replace(self, steps=tuple(-s for s in self.steps))

    def augmented(self, factor: float) -> Motif:
        """Every length times `factor`."""
        return replace(self, lengths=tuple(length * factor for length in self.lengths))

    def thinned(self, notes: int) -> Motif:
        """At most `notes` notes: the shortest inner ones drop out and the note before takes their time."""
        steps, lengths = list(self.steps), list(self.lengths)
        while len(steps) > max(notes, 1):
            inner = range(1, len(steps) - 1) if len(steps) > 2 else range(1, 2)
            i = min(inner, key=lambda n: (lengths[n], -n))
            lengths[i - 1] += lengths.pop(i)
            steps.pop(i)
        return Motif(tuple(steps), tuple(lengths))

    def bent(self, random: Random) -> Motif:
        """One inner note a step higher or lower: a small transposition that keeps the outline."""
        if len(self.steps) < 3:
            return self
        i = random.randrange(1, len(self.steps) - 1)
        steps = list(self.steps)
        steps[i] += random.choice((-1, 1))
        return replace(self, steps=tuple(steps))


def invent(random: Random) -> Motif:
    """A new motif of three to six notes."""
    steps = random.choice(CONTOURS)
    motif = Motif(steps, random.choice(RHYTHMS[len(steps)]))
    return motif.bent(random) if random.random() < 0.5 else motif


def varied(motif: Motif, random: Random) -> Motif:
    """A variation that still names its origin: bent, inverted, stretched, or with a note dropped."""
    kind = random.choices(("bend", "invert", "stretch", "drop"), (4, 2, 2, 2))[0]
    if kind == "bend":
        return motif.bent(random)
    if kind == "invert":
        return motif.inverted()
    if kind == "stretch":
        return motif.augmented(1.5 if motif.beats <= 6 else 1.25)
    return motif.thinned(len(motif.steps) - 1)


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

    def for_section(self, now_s: float, random: Random) -> Motif:
        """The motif a new section lives on: a ripe one half of the time, else a new one."""
        ripe = self.ripe(now_s)
        if ripe and random.random() < 0.5:
            return random.choice(ripe[:3])
        return invent(random)
