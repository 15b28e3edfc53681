"""Claim: beats out of place, by turns or now and then, make no variability and no breath that is shown.

Simulated hearts of six tempers, each with every pattern. Misled: the share of time, from a minute on, in
which an RMSSD is shown that lies a quarter off that of the same heart without the pattern. Wrong: the share
of time in which a breath more than 2 a minute off is believed.
Run alone: python benchmarks/heart_truth.py [SEEDS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import heart_data as data
import numpy as np
from numpy.typing import NDArray

from sensors.beat import TimedBeat
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor

Times = NDArray[np.float64]

SETTLED_S = 60.0
OFF_SHARE, OFF_PER_MIN = 0.25, 2.0
SURE = 0.5


@dataclass(frozen=True)
class Temper:
    """A heart whose RR two waves swing, each as uneven as bodies make them; waves as (times a minute, ms)."""

    bpm: float = 75.0
    breath: tuple[float, float] = (15.0, 15.0)
    slow: tuple[float, float] = (6.0, 8.0)
    noise_ms: float = 5.0
    drift_bpm: float = 0.0
    seconds: float = 300.0

    def beats(self, seed: int) -> Times:
        """Moments of its beats, seconds."""
        rng = np.random.default_rng(seed)
        per_min, swing = np.array([self.breath, self.slow]).T
        phase, wander = rng.uniform(0.0, 6.28, 2), np.zeros(2)
        t = [0.3]
        while t[-1] < self.seconds:
            rr = 60_000.0 / (self.bpm + self.drift_bpm * t[-1] / self.seconds)
            rr += float(swing @ np.sin(phase)) + rng.normal(0.0, self.noise_ms)
            wander = 0.95 * wander + rng.normal(0.0, (0.01, 0.02)) * per_min
            phase = phase + 2.0 * np.pi * (per_min + wander) / 60.0 * rr / 1000.0
            t.append(t[-1] + rr / 1000.0)
        return np.array(t)


TEMPERS = {
    "quiet": Temper(breath=(15.0, 5.0), slow=(6.0, 4.0), noise_ms=3.0),
    "rest": Temper(),
    "lively": Temper(breath=(15.0, 35.0), slow=(6.0, 20.0), noise_ms=10.0),
    "fast": Temper(bpm=95.0, breath=(18.0, 8.0), slow=(6.0, 6.0), noise_ms=4.0),
    "slow": Temper(bpm=52.0, breath=(11.0, 30.0), slow=(6.0, 15.0), noise_ms=10.0),
    "drifting": Temper(bpm=62.0, drift_bpm=25.0),
}

Pattern = Callable[[Times, np.random.Generator], Times]


def early(t: Times, places: Iterable[int], share: float, rng: np.random.Generator) -> Times:
    """Beats at `places` early by about `share` of their interval; the pause after each makes up for it."""
    moved = t.copy()
    for k in places:
        if 3 < k < t.size - 3:
            moved[k] -= share * (t[k] - t[k - 1]) * (1.0 + rng.normal(0.0, 0.1))
    return moved


def every(beats: int, share: float) -> Pattern:
    return lambda t, rng: early(t, range(6, t.size, beats), share, rng)


def now_and_then(share: float) -> Pattern:
    return lambda t, rng: early(t, np.cumsum(rng.integers(4, 13, t.size)), share, rng)


def late_now_and_then(share: float) -> Pattern:
    """Late, and the next beat in its place again."""
    return now_and_then(-share)


def couplets(share: float) -> Pattern:
    """Two early beats running now and then, the second within a third as early."""

    def paired(t: Times, rng: np.random.Generator) -> Times:
        places = np.cumsum(rng.integers(5, 13, t.size))
        moved = early(t, places, share, rng)
        return early(moved, places + 1, share * rng.uniform(0.8, 1.3), rng)

    return paired


def alternans(share: float) -> Pattern:
    return lambda t, _: t + np.where(np.arange(t.size) % 2, 0.5 * share * float(np.median(np.diff(t))), 0.0)


def for_a_while(pattern: Pattern) -> Pattern:
    """Only in the third quarter of the recording."""

    def between(t: Times, rng: np.random.Generator) -> Times:
        inside = (t > 0.5 * t[-1]) & (t < 0.75 * t[-1])
        return np.where(inside, pattern(t, rng), t)

    return between


def faulty(pattern: Pattern) -> Pattern:
    """With one beat in a hundred missed, and one in a hundred split."""

    def spoilt(t: Times, rng: np.random.Generator) -> Times:
        t = pattern(t, rng)
        extra = 0.5 * (t[1:] + t[:-1])[rng.random(t.size - 1) < 0.01]
        return np.sort(np.concatenate([t[rng.random(t.size) > 0.01], extra]))

    return spoilt


PATTERNS: dict[str, Pattern] = {
    "none": lambda t, _: t,
    "none, 1 % missed, 1 % split": faulty(lambda t, _: t),
    **{f"alternating by {share:.0%}": alternans(share) for share in (0.02, 0.05, 0.10)},
    **{
        f"one of {n} early by {share:.0%}": every(n, share)
        for n in (3, 4, 5, 7, 9)
        for share in (0.05, 0.08, 0.15)
    },
    **{f"now and then early by {share:.0%}": now_and_then(share) for share in (0.05, 0.08)},
    **{f"now and then late by {share:.0%}": late_now_and_then(share) for share in (0.05, 0.08)},
    **{f"now and then two early by {share:.0%}": couplets(share) for share in (0.05, 0.08)},
    "alternating by 5%, 1 % missed, 1 % split": faulty(alternans(0.05)),
    "one of 5 early by 8%, 1 % missed, 1 % split": faulty(every(5, 0.08)),
    "one of 5 early by 8%, for a while": for_a_while(every(5, 0.08)),
}


def states(t: Times) -> list[HeartState]:
    """The state once a second."""
    monitor, found, due_s = HeartMonitor(), list[HeartState](), 1.0
    for before, now in pairwise(t):
        monitor.feed(TimedBeat(float(now), float(now), 1000.0 * float(now - before)))
        while now >= due_s:
            found.append(monitor.state(float(now)))
            due_s += 1.0
    return found


def tally(temper: Temper, pattern: Pattern, seed: int) -> NDArray[np.float64]:
    """Seconds looked at, and those in which: RMSSD shown, misled, breath believed, wrong, irregular."""
    true = temper.beats(seed)
    ends, rr = true[1:], 1000.0 * np.diff(true)
    counts = np.zeros(6)
    for state in states(pattern(true, np.random.default_rng(seed))):
        if state.t_s < SETTLED_S:
            continue
        sure = state.breath_confidence >= SURE and state.breath_per_min is not None
        misled = False
        if state.rmssd_ms is not None:
            steps = np.diff(rr[(ends > state.t_s - 121.0) & (ends < state.t_s - 1.0)])
            misled = abs(state.rmssd_ms / float(np.sqrt(np.mean(steps**2))) - 1.0) > OFF_SHARE
        wrong = sure and abs((state.breath_per_min or 0.0) - temper.breath[0]) > OFF_PER_MIN
        counts += [1.0, state.rmssd_ms is not None, misled, sure, wrong, state.irregular]
    return counts


def measure(seeds: int, tempers: Iterable[str] = tuple(TEMPERS)) -> list[dict[str, object]]:
    """One row a pattern, over all tempers."""
    rows: list[dict[str, object]] = []
    for name, pattern in PATTERNS.items():
        total = np.sum(
            [tally(TEMPERS[temper], pattern, k) for temper in tempers for k in range(seeds)], axis=0
        )
        shown, misled, sure, wrong, irregular = (100.0 * total[1:] / total[0]).tolist()
        rows.append({
            "pattern": name, "RMSSD shown %": shown, "misled %": misled, "breath sure %": sure,
            "wrong %": wrong, "irregular %": irregular,
        })  # fmt: skip
    return rows


if __name__ == "__main__":
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    data.show("beats out of place", figures)
    data.save("heart_truth", figures)
