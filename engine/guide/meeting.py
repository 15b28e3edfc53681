"""Meeting: how full, bright, high and grave the music begins, from the heart that comes and from words.

The iso principle (SCIENCE.md 0.8): the music begins where the listener is, and only then leads away. A folded
tempo does not say where that is, for hearts of 58 and of 104 may be met by much the same one. What is met
fades out as the lead goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from engine.guide.music_state import Hand
from profiles.schema import Goal

MIDDLE_BPM, REACH_BPM = 76.0, 26.0
"""A heart that is neither calm nor stirred, and how far from it one is wholly either (LOOP.md 6)."""

MOOD_PULL = 0.75
"""How far the valence of words draws the mood at the start toward itself: mode is the first of all cues
(SCIENCE.md 0.7). The profile's own modes bound it. Own choice."""

TENSION = 0.4
"""Valence that a wholly stirred heart takes from the mood where no words tell it, and that a calm one gives:
at one tempo minor is the more arousing (SCIENCE.md D1). The other way round where the sitting leads up. Own
choice: enough for another mode in most profiles."""


class Words(NamedTuple):
    """What a listener's words say of how they feel, -1 to 1 each."""

    valence: float
    arousal: float


class Met(NamedTuple):
    """What is added to the music to meet somebody: positions in the profile's ranges, and semitones."""

    density: float = 0.0
    brightness: float = 0.0
    register_st: float = 0.0

    def times(self, share: float) -> Met:
        return Met(*(share * each for each in self))


NOBODY = Met()

OF_AROUSAL = Met(density=0.45, brightness=0.4, register_st=3.0)
OF_VALENCE = Met(density=0.1, brightness=0.15, register_st=5.0)
"""What arousal and valence of 1 add, and of -1 take: they are additive and near-linear (SCIENCE.md 0.7).
Registers from D2; density of arousal from LOOP.md 6. The rest is our own choice: as much brightness as moves
the centroid by 4 % from a slow heart to a middle one (benchmarks/loop_meeting), and little of valence, which
is told by the mode. Loudness is nobody's: it goes by the course of the sitting alone."""

_MARKED = (0.05, 0.05, 1.0)
"""What is less than this of each is not spoken of."""

_SPOKEN = (("thinner", "fuller"), ("darker", "brighter"), ("lower", "higher"))


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom the music meets: what was said, and the first rate heard, beats a minute; None while unknown."""

    words: Words | None = None
    hr_bpm: float | None = None

    @property
    def heart(self) -> float:
        """-1 (calm) to 1 (stirred)."""
        return 0.0 if self.hr_bpm is None else _clip((self.hr_bpm - MIDDLE_BPM) / REACH_BPM)

    @property
    def met(self) -> Met:
        """What is added at the start, before any of it has faded."""
        words = self.words or Words(0.0, 0.0)
        arousal = _clip(self.heart + words.arousal)
        return Met(*(arousal * a + words.valence * v for a, v in zip(OF_AROUSAL, OF_VALENCE, strict=True)))

    def mood(self, home: float, goal: Goal) -> float:
        """Valence to begin with, -1 to 1, in a sitting whose own is `home`."""
        if self.words is not None:
            return _clip(home + MOOD_PULL * (self.words.valence - home))
        return _clip(home + TENSION * self.heart * (1.0 if goal == "up" else -1.0))

    def sentence(self, home: float, goal: Goal) -> str:
        """How the music begins, in words that follow "the music begins"."""
        told = [
            pair[value > 0.0]
            for value, least, pair in zip(self.met, _MARKED, _SPOKEN, strict=True)
            if abs(value) >= least
        ]
        lighter = self.mood(home, goal) - home
        if abs(lighter) >= 0.1:
            told.append("lighter" if lighter > 0.0 else "graver")
        if not told:
            return "as it does for most"
        *most, last = told
        return f"{', '.join(most)} and {last}" if most else last


class Meeting:
    """Meets somebody once. `decide(hand, parameter, value, why)` takes down what was met."""

    def __init__(
        self, words: Words | None, decide: Callable[[Hand, str, float | str | None, str], None]
    ) -> None:
        self.whom = Whom(words)
        self._decide = decide
        self._told = False

    def step(self, hr_bpm: float | None, home: float, goal: Goal) -> bool:
        """Whether a heart is met now: `hr_bpm` is the first rate. None where there is none that may be met.

        home   valence of the sitting, -1 to 1
        """
        whom, words = self.whom, self.whom.words
        if words is not None and not self._told:
            begins, said = whom.sentence(home, goal), f"valence {words.valence:g}, arousal {words.arousal:g}"
            self._decide(Hand.LISTENER, "meeting", said, f"as the listener said, the music begins {begins}")
        self._told = True
        if whom.hr_bpm is not None or hr_bpm is None:
            return False
        self.whom = Whom(words, hr_bpm)
        begins = Whom(None, hr_bpm).sentence(home, goal)
        why = f"meeting a heart of {hr_bpm:.0f}, the music begins {begins}"
        self._decide(Hand.AUTO, "meeting", hr_bpm, why)
        return True


def _clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)
