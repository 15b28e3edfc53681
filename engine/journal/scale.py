"""Scale: the one form in which a feeling is asked for and told, 0 (not at all) to 10 (wholly).

What is kept is older than this form and stays as it was: calm from 0 to 10, valence and arousal from -1 to 1.
"""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

MOST = 10.0
ENDS = "0 (not at all) to 10 (wholly)"


class Scale(NamedTuple):
    """One thing that is asked: its word, its question, and between what its figure is kept."""

    word: str
    question: str
    low: float
    high: float

    def told(self, kept: float) -> float:
        """A kept figure as it is told, 0 to 10."""
        return MOST * (kept - self.low) / (self.high - self.low)

    def kept(self, told: float) -> float:
        """A figure from 0 to 10 as it is kept. Raises ScaleError."""
        if not (isfinite(told) and 0.0 <= told <= MOST):
            raise ScaleError(f"{self.word} lies between 0 and {MOST:g}, and {told:g} does not.")
        return self.low + (self.high - self.low) * told / MOST


class ScaleError(ValueError):
    """A figure beyond the scale; the message is one sentence."""


SCALES = {
    "calm": Scale("calm", f"How calm are you, from {ENDS}?", 0.0, 10.0),
    "valence": Scale("pleasant", f"How pleasant does it feel, from {ENDS}?", -1.0, 1.0),
    "arousal": Scale("awake", f"How awake are you, from {ENDS}?", -1.0, 1.0),
}
"""By the name of the figure in a Rating."""
