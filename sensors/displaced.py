"""DisplacedBeats: whether so many beats are out of place, each too little to be marked, that figures mislead.

Two patterns escape a threshold on the single beat, and both make a variability that is none of the sinus
node. Beats may come out of place by turns, every second to eighth: that repeats to the beat, and lines stand
in the spectrum of the steps at multiples of the pattern's own frequency, where a breath has one. Or beats
come early or late now and then, one or two running, and the rhythm goes on as if they had not: taken back to
their place, one after another, they leave a quieter rhythm. Both are measured by the same figure, the share
of the squared steps that they made: it tells how far RMSSD is off.

What RR alone cannot see: an early beat from the atria that sets the rhythm back, and a beat that the
ventricles take over where it would have come (fusion, MIT-BIH 213), for nothing is out of place there.
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
EVERY_BEATS = 8
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
STAND_OUT, STAND_OUT_RARE = 3.5, 4.5
"""Standard deviations of the rhythm that is left by which every early beat stands out, and every late one or
pair: these are rarer, and a lively heart has what looks like them. Own choice."""
DISPLACED_LEAST = 0.02
"""How far a beat must be out of place, relative to RR. Own choice: a quarter of what is marked alone."""
MANY, APART = 4, 4
"""Displaced beats that are many, and beats from one to the next: nearer ones are a fast breath, or come by
turns. Own choice."""
SET_BACK = 0.3
"""How far the beats on either side may be shifted against each other, relative to the displacement: where the
rhythm was set back, by 0.67; where a beat was only out of place, by nothing. Own choice."""
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
    mirrored = 2.0 * rr_ms.mean() - rr_ms
    for running, stand_out in ((1, STAND_OUT), (2, STAND_OUT_RARE)):
        early = displaced_share(rr_ms, running, stand_out)
        late = displaced_share(mirrored, running, STAND_OUT_RARE)
        # A rhythm that grows restless has as much of one as of the other.
        if max(early, late) > MISLEADING and abs(early - late) > MISLEADING:
            return True
    return False


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


def displaced_share(rr_ms: Row, running: int, stand_out: float) -> float:
    """Share of the squared steps that early beats made, `running` (1 or 2) of them at a time; 0 to 1.

    It is 0 where there are fewer than four. However many are taken back, each must stand out of the rhythm
    that is left then, and that must go on as if they had not been.
    """
    t = np.concatenate([[0.0], np.cumsum(rr_ms)])
    before, most, smallest = _squared_steps(t), 0.0, float("inf")
    taken: list[tuple[int, float]] = []
    least = DISPLACED_LEAST * float(np.median(rr_ms))
    off = _off(t)
    untouched = np.ones(off.size, dtype=np.bool_)
    earliness = _earliness(t, running)
    if float(earliness.max()) < max(least, 4.0 * float(np.quantile(np.abs(off), QUIETER))):
        return 0.0
    while True:
        at = int(np.argmax(earliness))
        smallest = min(smallest, float(earliness[at]))
        if smallest < least or any(abs(at - other) < APART + running - 1 for other, _ in taken):
            return most
        taken.append((at, float(earliness[at])))
        _take_back(t, at, running)
        off, earliness = _off(t), _earliness(t, running)
        untouched[at : at + running] = False  # what was taken back lies upon the cubic
        deviation = float(np.median(np.abs(off[untouched]))) / NORMAL_MEDIAN
        if len(taken) >= MANY and smallest > stand_out * deviation and _goes_on(off, taken, running):
            most = 1.0 - _squared_steps(t) / before


def _goes_on(off: Row, taken: list[tuple[int, float]], running: int) -> bool:
    """Whether the beats around those taken back lie as if these had always been in their place."""
    shifts = [
        (off[at + running] - off[at - 1]) / size for at, size in taken if 1 <= at < off.size - running
    ]
    return not shifts or abs(float(np.median(shifts))) < SET_BACK


def _earliness(t_ms: Row, running: int) -> Row:
    """How early each beat is, from the third on, or the less early one of each pair."""
    return -_off(t_ms) if running == 1 else np.minimum(*_pairs_early(t_ms))


def _take_back(t_ms: Row, at: int, running: int) -> None:
    if running == 1:
        t_ms[at + 2] -= _off(t_ms)[at]
    else:
        t_ms[at + 2 : at + 4] += [early[at] for early in _pairs_early(t_ms)]


def _off(t_ms: Row) -> Row:
    """How late each beat is against the cubic through two on either side; a breath hardly leaves it."""
    return t_ms[2:-2] - (4.0 * (t_ms[1:-3] + t_ms[3:-1]) - t_ms[:-4] - t_ms[4:]) / 6.0


def _pairs_early(t_ms: Row) -> tuple[Row, Row]:
    """How early the first and the second of two beats are against the cubic through two on either side."""
    a, b, first, second, c, d = (t_ms[k : t_ms.size - 5 + k] for k in range(6))
    return -0.3 * a + b + 0.5 * c - 0.2 * d - first, -0.2 * a + 0.5 * b + c - 0.3 * d - second


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
