"""Thinning: which ornaments an answer to heart and breath leaves out."""

from __future__ import annotations

from random import Random

from dsp.score import Note
from engine.music.foreground import ORNAMENTS

THINNED_SHARE = 0.5
"""Of the ornaments, what a whole answer leaves out, settling or strained (LOOP.md 5)."""


def thinned_away(note: Note, answer: float, seed: int) -> bool:
    """Whether an answer, -1 to 1, leaves out this note.

    Its rank is its own, drawn from no stream, and its onset is spent all the same: so what is played is a
    part of what would have been played without an answer, and all that follows is the same.
    """
    if answer == 0.0 or note.beats not in ORNAMENTS:
        return False
    rank = Random(f"calando {seed} rank {note.beat:.3f} {note.instrument}").random()
    return rank < THINNED_SHARE * abs(answer)
