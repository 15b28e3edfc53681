"""The answer: the quick path beside the slow law, from strain (-1) over rest (0) to settling (1).

It follows the heart's lean and a breath that becomes even, within a phrase, and has one sign in every
profile: settling opens the music, strain closes it a little. It fades as what it answers to becomes usual.
Tempo, bed and mean loudness never hear of it (LOOP.md 2 and 3).
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, isfinite

from engine.guide.music_state import Hand

DEAD_BPM, FULL_BPM = 1.4, 3.5
"""Lean of the heart at which an answer begins, and at which it is whole. Own choice, by simulated and real
hearts (LOOP.md 3): a heart at rest hardly leans by the first, and a step of 6 bpm passes the second."""

GROW_S, FADE_S = 3.0, 8.0
"""Time constants with which an answer grows and fades (own choice)."""

MOST_PER_S = 0.15
"""It is never quicker: from rest to whole in 7 s, less than a phrase (own choice)."""

FELT, REST = 0.5, 0.25
"""From the first on it can be heard, for the whole is about twice a just noticeable difference; it is told
again once it has been back at the second (own choices)."""

CALMER = "the heart grows calmer: the music opens"
EVEN = "the breath has found its measure: the music opens"
LIVELIER = "the heart is livelier: the music closes a little"


class Answer:
    """The answer of one sitting. `decide(hand, parameter, value, why)` takes down when it can be heard."""

    __slots__ = ("_decide", "_told", "value")

    def __init__(self, decide: Callable[[Hand, str, float | str | None, str], None]) -> None:
        self.value = 0.0
        self._decide = decide
        self._told = 0

    def toward(self, lean_bpm: float | None, even: float, dt_s: float, *, free: bool) -> float:
        """The answer after `dt_s` more seconds, -1 to 1.

        lean_bpm  of the heart (sensors.lean); None, or no number, where it says nothing
        even      0 to 1, how far the breath has become even (engine.guide.evenness)
        free      False where nothing may be answered: what there was of an answer fades
        """
        heart = _of_the_heart(lean_bpm) if free else 0.0
        breath = min(max(even, 0.0), 1.0) if free and isfinite(even) else 0.0
        want = min(max(heart + breath, -1.0), 1.0)
        tau_s = GROW_S if abs(want) > abs(self.value) else FADE_S
        most = MOST_PER_S * dt_s
        self.value += min(max((want - self.value) * (1.0 - exp(-dt_s / tau_s)), -most), most)
        self._tell(EVEN if breath > heart else CALMER)
        return self.value

    def _tell(self, why_open: str) -> None:
        way = felt(self.value)
        if way and way != self._told:
            self._told = way
            self._decide(Hand.AUTO, "answer", round(self.value, 2), why_open if way > 0 else LIVELIER)
        elif abs(self.value) < REST:
            self._told = 0


def _of_the_heart(lean_bpm: float | None) -> float:
    if lean_bpm is None or not isfinite(lean_bpm):
        return 0.0
    size = min(max((abs(lean_bpm) - DEAD_BPM) / (FULL_BPM - DEAD_BPM), 0.0), 1.0)
    return -size if lean_bpm > 0.0 else size


def felt(answer: float) -> int:
    """1 where the music is heard to open, -1 where to close, 0 where neither can be heard."""
    return (answer >= FELT) - (answer <= -FELT)


def words(answer: float) -> str:
    """The answer in a word or two for whoever watches; nothing where it cannot be heard."""
    return {1: "opens", -1: "closes a little"}.get(felt(answer), "")
