"""A guide that is run, a call a second, with a heart whose rate is given."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from engine.guide.guide import Guide
from engine.guide.music_state import Hand, Intent, MusicState, Stage
from sensors.heart_state import HeartState

Heart = Callable[[float], float | None]


def sit(
    guide: Guide,
    heart: Heart,
    until_s: float = 1080.0,
    wishes: dict[int, tuple[str, float | None]] | None = None,
) -> list[MusicState]:
    """A call a second with a heart whose rate is given for every second."""
    states: list[MusicState] = []
    beat_s = 0.0
    for t in range(round(until_s)):
        hr = heart(float(t))
        beat_s = beat_s if hr is None else float(t)
        asked = [Intent(float(t), Hand.LISTENER, *wishes[t])] if wishes and t in wishes else []
        states.append(guide.step(float(t), HeartState(float(t), hr, last_beat_s=beat_s), asked))
    return states


def begins(states: list[MusicState], stage: Stage, after_s: float = 0.0) -> list[float]:
    """When `stage` begins."""
    return [
        b.t_s for a, b in pairwise(states) if b.stage is stage and a.stage is not stage and b.t_s > after_s
    ]
