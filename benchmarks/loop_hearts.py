"""Hearts whose course is known, for the loop's benchmarks: simulated, or quiet parts of real days."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, pi, sin, sqrt

import numpy as np
from heart_data import DATA

from sensors.beat import TimedBeat

DRIFT_S = 90.0
"""Time constant of a living heart's drift (LOOP.md 3)."""

PART_S = 1320.0
"""Length of the quiet parts, 22 min (LOOP.md 3)."""


@dataclass(frozen=True, slots=True)
class Heart:
    """How a heart beats around its course; the defaults are LOOP.md's steady one.

    swing, per_min  respiratory swing as a share of RR, and breaths a minute
    noise_ms        from beat to beat
    artefacts       share of intervals that come as 0.6, 1.5 or 2 of what they are
    drift_bpm       deviation of its slow wandering
    waves_ms        of the vessels, near 0.1 Hz
    """

    bpm: float = 70.0
    swing: float = 0.03
    per_min: float = 14.0
    noise_ms: float = 8.0
    artefacts: float = 0.01
    drift_bpm: float = 0.0
    waves_ms: float = 0.0


HEARTS = {
    "steady": Heart(),
    "living": Heart(drift_bpm=1.0, waves_ms=12.0),
    "deep breaths": Heart(swing=0.06, per_min=6.0),
    "steady at 104": Heart(bpm=104.0),
}
"""The hearts that LOOP.md tries its laws on."""

Course = Callable[[float], float]
"""Beats a minute to add at a moment, s."""


def level(_: float) -> float:
    return 0.0


def fall(at_s: float, by_bpm: float, within_s: float) -> Course:
    """From `at_s` on lower by `by_bpm`, most of it (63 %) after `within_s`; at once where that is 0."""

    def course(t_s: float) -> float:
        late_s = t_s - at_s
        if late_s < 0.0:
            return 0.0
        return -by_bpm * (1.0 - exp(-late_s / within_s) if within_s else 1.0)

    return course


def beats(heart: Heart, seed: int, seconds: float, course: Course = level) -> list[TimedBeat]:
    """What a strap would tell of `heart` on its `course`."""
    dice = random.Random(seed)
    found: list[TimedBeat] = []
    t_s = drift = 0.0
    breath, wave = dice.uniform(0.0, 2 * pi), dice.uniform(0.0, 2 * pi)
    while t_s < seconds:
        step_s = 60.0 / (heart.bpm + course(t_s))
        drift -= drift * step_s / DRIFT_S
        drift += heart.drift_bpm * sqrt(2.0 * step_s / DRIFT_S) * dice.gauss(0.0, 1.0)
        breath += 2 * pi * heart.per_min / 60.0 * step_s
        wave += 2 * pi * 0.1 * step_s + dice.gauss(0.0, 0.15)
        rr_ms = 60_000.0 / (heart.bpm + course(t_s) + drift) * (1.0 + heart.swing * sin(breath))
        rr_ms += heart.waves_ms * sin(wave) + dice.gauss(0.0, heart.noise_ms)
        t_s += rr_ms / 1000.0
        spoilt = dice.choice((0.6, 1.5, 2.0)) if dice.random() < heart.artefacts else 1.0
        found.append(TimedBeat(t_s, t_s, rr_ms * spoilt))
    return found


def quiet_parts() -> list[list[TimedBeat]]:
    """Of each 24-hour recording at hand, the parts in the slower half of its own day, without holes."""
    found: list[list[TimedBeat]] = []
    for path in sorted((DATA / "rr_healthy_24h").glob("*.txt")):
        words = path.read_text(errors="replace").split()
        rr_ms = np.array([float(word) for word in words if word.isdigit()])
        whole = rr_ms[(rr_ms > 300.0) & (rr_ms < 2200.0)]
        ends_s = np.cumsum(whole) / 1000.0
        for number in range(int(ends_s[-1] // PART_S)):
            inside = (ends_s > number * PART_S) & (ends_s <= (number + 1) * PART_S)
            if np.median(whole[inside]) > np.median(whole):
                at_s = (ends_s[inside] - number * PART_S).tolist()
                told = zip(at_s, whole[inside].tolist(), strict=True)
                found.append([TimedBeat(t_s, t_s, rr) for t_s, rr in told])
    return found
