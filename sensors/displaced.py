"""DisplacedBeats: whether so many beats are out of place, each too little to be marked, that figures mislead.

Two patterns escape a threshold on the single beat, and both make a variability that is none of the sinus
node. Beats may come out of place by turns, every second to eighth: that repeats to the beat, and lines stand
in the spectrum of the steps at multiples of the pattern's own frequency, where a breath has one. Or beats
come early now and then and a pause makes up for each: taken back to their place, one after another, they
leave a quieter rhythm. Both are measured by the same figure, the share of the squared steps that they made:
it tells how far RMSSD is off.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from statistics import median

import numpy as np
import numpy.typing as npt

WINDOW_STEPS, LEAST_STEPS = 62, 38
"""Steps from beat to beat looked at: three quarters of a minute at rest, and half a minute. Own choice."""
NEAR_BEATS, HALF_BEAT = 7, 0.6
"""Beats whose median is the usual interval, and the share of it below which an interval ends at no beat: it
is joined to the next. Own choice."""
EVERY_BEATS = 5
"""Beats between two looks."""
MISLEADING = 0.36
"""Share of the squared steps that makes RMSSD a quarter too high: 1 - 1 / 1.25^2."""
LEAST_STEP_MS = 4.0
"""Mean step that counts: below it patterns are made by the strap's resolution."""
PERIODS = range(2, 9)
"""Beats after which a pattern repeats. Own choice: rarer ones stand out one by one."""
ONE_LINE = 0.8
"""Share of the swing that one line has in a breath. Of early beats with their pause it is 0.3 to 0.72."""
IN_TURN = 0.5
"""Share of the squared steps that a pattern of two or three beats must have, and more in a shorter window: it
has but one line, and for half a minute a breath may keep step with the heart so strictly (own choice)."""
CERTAIN = 20.0
"""Power of a pattern's lines, and of those beside the greatest, over what noise leaves in one degree of
freedom. Own choice."""
STAND_OUT = 4.0
"""Standard deviations of the rhythm that is left by which every early beat stands out. Own choice."""
EARLY_LEAST = 0.02
"""How early a beat must be at least, relative to RR. Own choice: a quarter of what is marked alone."""
EARLY_BEATS, APART = 4, 4
"""Early beats that are many, and beats from one to the next: nearer ones are a fast breath, or come by turns.
Own choice."""
QUIETER = 0.2
"""Share of beats that are hardly off the rhythm around them: four times that is the first suspicion."""

NORMAL_MEDIAN = 0.6745
"""Median size of a normal variable in its standard deviations."""

Row = npt.NDArray[np.float64]


class DisplacedBeats:
    """Push intervals in order, in ms; `hole` where beats may be lost in between."""

    def __init__(self) -> None:
        self._rr: deque[float] = deque(maxlen=WINDOW_STEPS + 1)
        self._beats = 0
        self._held_ms = 0.0
        self._many = False

    @property
    def many(self) -> bool:
        """Whether beats are out of place by turns, or many early ones made up for."""
        return self._many

    def hole(self) -> None:
        """What comes next does not adjoin what was."""
        self._rr.clear()
        self._held_ms, self._many = 0.0, False

    def push(self, rr_ms: float) -> None:
        """Take in the interval that ends at the next beat."""
        rr_ms += self._held_ms
        self._held_ms = 0.0
        usual = median(islice(reversed(self._rr), NEAR_BEATS)) if self._rr else rr_ms
        if rr_ms < HALF_BEAT * usual:
            self._held_ms = rr_ms
            return
        # Where a beat was missed, what comes after keeps its turn all the same.
        beats = max(1, round(rr_ms / usual))
        self._rr.extend([rr_ms / beats] * min(beats, WINDOW_STEPS))
        self._beats += 1
        if self._beats % EVERY_BEATS == 0 and len(self._rr) > LEAST_STEPS:
            self._many = misleading(np.array(self._rr))


def misleading(rr_ms: Row) -> bool:
    """Whether displaced beats make RMSSD of the adjoining intervals `rr_ms` (n,) a quarter too high."""
    steps = np.diff(rr_ms)
    if float(steps @ steps) < LEAST_STEP_MS**2 * steps.size:
        return False
    if repeating_share(steps) > MISLEADING:
        return True
    early = early_share(rr_ms)
    # A rhythm that grows restless has late beats as well as early ones.
    return early > MISLEADING and early - early_share(2.0 * rr_ms.mean() - rr_ms) > MISLEADING


def repeating_share(steps: Row) -> float:
    """Share of the squared `steps` (n,) in a pattern that repeats to the beat and is no breath, 0 to 1."""
    total = float(steps @ steps)
    power = np.abs(steps @ _WAVES[: steps.size]) ** 2 * _DEGREES / steps.size
    most = 0.0
    for period, lines in _PATTERNS:
        repeats = power[lines]
        # What noise leaves in so many lines is no pattern.
        noise = max(total - float(repeats.sum()), 0.0) / max(steps.size - period, 1)
        repeats = np.maximum(repeats - noise * _DEGREES[lines], 0.0)
        whole, swing = float(repeats.sum()), repeats * _SWING[lines]
        if period > 3:
            greatest = int(np.argmax(swing))
            beside = whole - float(repeats[greatest])
            wave = float(swing[greatest]) > ONE_LINE * float(swing.sum()) or beside < CERTAIN * noise
        else:
            wave = whole * steps.size < IN_TURN * total * WINDOW_STEPS
        if not wave and whole > CERTAIN * noise:
            most = max(most, whole / total)
    return most


def early_share(rr_ms: Row) -> float:
    """Share of the squared steps that early beats made, 0 to 1; 0 where there are fewer than four.

    However many are taken back, each must stand out of the rhythm that is left then.
    """
    t = np.concatenate([[0.0], np.cumsum(rr_ms)])
    before, most, smallest = _squared_steps(t), 0.0, float("inf")
    early: list[int] = []
    least = EARLY_LEAST * float(np.median(rr_ms))
    off = _off(t)
    if -float(off.min()) < max(least, 4.0 * float(np.quantile(np.abs(off), QUIETER))):
        return 0.0
    while True:
        earliest = int(np.argmin(off))
        smallest = min(smallest, -float(off[earliest]))
        if smallest < least or any(abs(earliest - other) < APART for other in early):
            return most
        early.append(earliest)
        t[earliest + 2] -= off[earliest]
        off = _off(t)
        deviation = float(np.median(np.abs(off))) / NORMAL_MEDIAN
        if len(early) >= EARLY_BEATS and smallest > STAND_OUT * deviation:
            most = 1.0 - _squared_steps(t) / before


def _off(t_ms: Row) -> Row:
    """How late each beat is against the cubic through two on either side; a breath hardly leaves it."""
    return t_ms[2:-2] - (4.0 * (t_ms[1:-3] + t_ms[3:-1]) - t_ms[:-4] - t_ms[4:]) / 6.0


def _squared_steps(t_ms: Row) -> float:
    steps = np.diff(t_ms, 2)
    return float(steps @ steps)


_PER_BEAT = sorted({line / period for period in PERIODS for line in range(1, period // 2 + 1)})
_WAVES = np.exp(-2j * np.pi * np.outer(np.arange(WINDOW_STEPS), _PER_BEAT))
_DEGREES = np.where(np.array(_PER_BEAT) < 0.5, 2.0, 1.0)
_SWING = 1.0 / np.sin(np.pi * np.array(_PER_BEAT)) ** 2
"""From the power of steps to that of the intervals themselves, but for a factor."""
_PATTERNS = [
    (period, np.array([_PER_BEAT.index(line / period) for line in range(1, period // 2 + 1)]))
    for period in PERIODS
]
"""Every period with the lines that belong to it."""
