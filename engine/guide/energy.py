"""Energy: how full, bright and loud the music wants to be, apart from its tempo.

Density is the guide's second actuator (SCIENCE.md A7, finding 0.1: tempo alone does not move a heart), and
its sign is always the same: a heart that goes the sitting's way thins the music, or fills it where the way is
up; one that does not is never answered with more or with less. Brightness and loudness go by the clock alone,
from where the listener was met. Each is a position in the profile's own range, 0 low to 1 high.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.guide.meeting import NOBODY, Met
from engine.guide.music_state import Stage
from profiles.schema import Goal

AROUSAL_BPM = 15.0
"""A heart this far from its start counts as fully settled, or fully stirred (SCIENCE.md A7)."""

SETTLED = 0.3
"""What a heart that has gone the whole way takes from density, or gives it on a way up (own choice)."""

ARRIVE_SPREAD_S = 240.0
"""After arriving, the music thins toward silence in this time (own choice)."""

_COURSE: dict[Goal, tuple[float, float]] = {
    "down": (0.65, 0.30),
    "release": (0.60, 0.25),
    "up": (0.30, 0.90),
    "stay": (0.50, 0.50),
}
"""Energy at the start of the lead and at its end, for a heart in the middle: another stands above it or below
(engine.guide.meeting), so that a release is as high as the heart that comes to it. Own choice: from 0.7 the
way to the end of the range is too short for a quick heart to be heard as one (benchmarks/loop_meeting)."""

SOFTENS_FROM, SOFT_FROM = 0.3, 0.7
"""Between these parts of the lead the sound grows softer and darker, so that the last third of a sitting is
both against the first (own choice)."""

_SOFT: dict[Goal, tuple[float, float]] = {
    "down": (0.65, 0.4),
    "release": (0.55, 0.4),
    "up": (0.5, 0.6),
    "stay": (0.4, 0.3),
}
"""Share of its loudness and of its brightness that the sound keeps from there on: where it leads up it draws
back a little, for whoever is awake needs it less (own choice)."""

_FOLLOWED = (Stage.GUIDE, Stage.STALL, Stage.ARRIVE)
"""Stages in which the heart is measured against its start. A stall rests the tempo and nothing else: whoever
has not followed is not left with less music than whoever has."""


class Energy(NamedTuple):
    """Positions in the profile's ranges, 0 low to 1 high."""

    density: float
    brightness: float
    loudness: float


def energy(
    goal: Goal, stage: Stage, stage_s: float, progress: float, arousal: float, met: Met = NOBODY
) -> Energy:
    """What the music wants in `stage`, `stage_s` seconds into it.

    progress  0 to 1, how much of the lead's time is over
    arousal   -1 to 1, the heart against its own start
    met       what is still left of whom the music met at the start
    """
    if stage is Stage.END:
        return Energy(0.0, 0.0, 0.0)
    start, end = _COURSE[goal]
    level = start + (end - start) * progress
    if stage is Stage.BACK_OFF:
        return Energy(0.0, 0.5 * level, 0.4)
    density = level + met.density
    if stage in _FOLLOWED:
        density += SETTLED * (max(arousal, 0.0) if goal == "up" else min(arousal, 0.0))
    if stage is Stage.ARRIVE and goal in ("down", "release"):
        density *= 1.0 - 0.8 * min(stage_s / ARRIVE_SPREAD_S, 1.0)
    way = min(max((progress - SOFTENS_FROM) / (SOFT_FROM - SOFTENS_FROM), 0.0), 1.0)
    loud, bright = (1.0 + (kept - 1.0) * way for kept in _SOFT[goal])
    return Energy(density, (level + met.brightness) * bright, (0.75 + 0.25 * level) * loud)
