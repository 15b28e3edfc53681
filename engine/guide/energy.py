"""Energy: how full, bright and loud the music wants to be, apart from its tempo.

Density is the guide's second actuator (quick to thin, slow to fill), then brightness, then loudness
(SCIENCE.md A7, finding 0.1: tempo alone does not move a heart). Each is a position in the profile's
own range, 0 low to 1 high.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.guide.music_state import Stage
from profiles.schema import Goal

AROUSAL_BPM = 15.0
"""A heart this far over its start counts as fully aroused (SCIENCE.md A7)."""

STALL_SPREAD_S = 360.0
"""A stall works through density, then brightness, then loudness in this time (own choice)."""

ARRIVE_SPREAD_S = 240.0
"""After arriving, the music thins toward silence in this time (own choice)."""

_COURSE: dict[Goal, tuple[float, float]] = {
    "down": (0.70, 0.30),
    "release": (0.95, 0.25),
    "up": (0.30, 0.90),
    "stay": (0.50, 0.50),
}
"""Energy at the start of the lead and at its end (own choice)."""


class Energy(NamedTuple):
    """Positions in the profile's ranges, 0 low to 1 high."""

    density: float
    brightness: float
    loudness: float


def energy(goal: Goal, stage: Stage, stage_s: float, progress: float, arousal: float) -> Energy:
    """What the music wants in `stage`, `stage_s` seconds into it.

    progress  0 to 1, how much of the lead's time is over
    arousal   -1 to 1, the heart against its own start
    """
    start, end = _COURSE[goal]
    level = start + (end - start) * progress
    match stage:
        case Stage.MATCH:
            return Energy(level, level, 0.5 + 0.5 * level)
        case Stage.BACK_OFF:
            return Energy(0.0, 0.5 * level, 0.4)
        case Stage.STALL:
            # The three take turns, so that each has time to be felt before the next one moves.
            third_s, way = STALL_SPREAD_S / 3.0, 1.0 if goal == "up" else -1.0
            first, second, third = (
                way * min(max(stage_s / third_s - turn, 0.0), 1.0) for turn in (0.0, 1.0, 2.0)
            )
            return Energy(level + 0.4 * first, level + 0.3 * second, 0.5 + 0.5 * level + 0.3 * third)
        case Stage.ARRIVE if goal in ("down", "release"):
            rest = min(stage_s / ARRIVE_SPREAD_S, 1.0)
            return Energy(level * (1.0 - 0.8 * rest), level, 0.5 + 0.5 * level)
        case Stage.END:
            return Energy(0.0, 0.0, 0.0)
        case _:
            lift = 0.2 * arousal
            return Energy(level + lift, level + 0.5 * lift, 0.5 + 0.5 * level)
