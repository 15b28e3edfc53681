"""Ducking: how far the layers of the music step back for a guest, and when."""

from __future__ import annotations

from dataclasses import astuple, dataclass

BEFORE_S, AFTER_S = 0.6, 2.5
"""The music steps back so long before a clip begins, and comes back so long after its end (RELAX.md 3)."""

RETURN_DB_PER_S = 1.0
"""It comes back by no more: a rise of 1 LU a second is not heard as a change (SCIENCE.md A6)."""


@dataclass(frozen=True, slots=True)
class Duck:
    """By how many dB each layer steps back, 0 or below; -60 is silence."""

    foreground_db: float = 0.0
    pad_db: float = 0.0
    drone_db: float = 0.0

    def __post_init__(self) -> None:
        if not all(-60.0 <= depth <= 0.0 for depth in astuple(self)):
            raise ValueError("a layer steps back by 0 to -60 dB.")

    @property
    def back_s(self) -> float:
        """How long the layer that steps back the furthest takes to come back."""
        return -min(astuple(self)) / RETURN_DB_PER_S

    def under(self, other: Duck) -> Duck:
        """The deeper of the two, layer by layer."""
        return Duck(*(min(pair) for pair in zip(astuple(self), astuple(other), strict=True)))


NOT = Duck()
SPOKEN = Duck(-16.0, -20.0, 0.0)
"""For spoken words. RELAX.md 3 has -9, -5 and -3. Of the layers the pad stands where speech does, goes on
through it and masks the most of it; almost all of the drone lies below: the drone stays, and a voice as loud
beside the whole has more room from 300 Hz on (own choice; benchmarks/spoken.py tells how much, by octave, and
how many words are understood)."""

INSTEAD_OF_FOREGROUND = Duck(foreground_db=-60.0)
ALONE = Duck(-60.0, -60.0, -60.0)
