"""Evenness: whether the breath has just begun to go with the guide's, by the chest or by the heart's swing.

Where a chest is heard, its own breaths are counted (engine.guide.in_a_row). From RR intervals alone: the
guide's rate is known, so sine and cosine of its phase are fitted to the last breaths, over what drifts and,
where the guide is quick enough to be told from them, the vessels' own waves (LOOP.md 4). Only *becoming* even
is answered to: what is usual is how even the breath has been at any rate near the guide's, so that a guide
that comes to a breath which was even before changes nothing. An uneven breath is nobody's fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import exp, isfinite

import numpy as np
from numpy.typing import NDArray

from engine.guide.in_a_row import InARow, kept_share

Array = NDArray[np.float64]

BREATHS, LONGEST_S = 6.0, 45.0
"""Guide breaths that are looked at, and seconds at most: a change is to be found within a minute."""

FEWEST_HALVES = 6
"""Half breaths of a chest from which its share is told: two breaths and a half, in which one that the guide
has led away from (engine.guide.events) comes half a breath apart from it. Own choice."""

CLIP_SHARE = 0.18
"""Intervals further from their median are brought this near: a false beat weighs little (LOOP.md 4)."""

WAVE_HZ, WAVES_FROM_PER_MIN = 0.1, 8.0
"""Waves of the vessels (Julien 2006), taken off where the guide breathes more quickly than this."""

TOLD_AFTER_S = 2.0
"""From a half breath until it is told, at most: samples of a chest come by the packet, and are smoothed."""

LOW, SPAN = 0.7, 0.15
"""Share of the swing from which a breath counts as even, and span to where it counts whole. Own choice: from
.55 on (LOOP.md 4) it is found some seconds sooner, and an uneven one passes for even thrice as often."""

NEAR = np.exp(np.linspace(-0.35, 0.35, 9))
"""Rates at which a breath may have been even before, as shares of the guide's. Own choice: six breaths tell
rates apart that differ by a sixth, and the swell is led and met within this."""

_RATES = np.concatenate(([1.0], NEAR))

USUAL_S = 180.0
"""Time constant with which an even breath becomes the usual one (LOOP.md 4)."""

MORE, WHOLE = 0.35, 0.8
"""How much more even than usual a breath has to be to have become so, and wholly so. Own choice: one that RR
show as even half the time comes and goes by half, and that is not answered."""

EVERY_S = 1.0
"""Between two looks (own choice)."""

_LEAST_FREE = 8
"""Intervals beyond the number of fitted terms, for a share to say anything (own choice)."""

_FLAT = 1e-9
"""Power beneath which a swing has nothing of its own beside drift and waves (own choice)."""


def breath_shares(t_s: Array, x: Array, phases: Array, waves: bool) -> Array | None:
    """(k,) shares of the variance of `x` that each breath explains: adjusted R squared; None of too few.

    t_s     (n,) seconds, ascending
    x       (n,) whatever swings with the breath
    phases  (k, n) of each breath at `t_s`, in turns; where it begins plays no part
    waves   take off the vessels' waves of 0.1 Hz first: for signals of the heart
    """
    if t_s.size < 2 or not (np.isfinite(t_s).all() and np.isfinite(x).all() and np.isfinite(phases).all()):
        return None
    at = (t_s - t_s.mean()) / max(float(np.ptp(t_s)), 1e-9)
    ground = [np.ones_like(at), at, at * at]
    if waves:
        ground += _turning(WAVE_HZ * t_s)
    free = t_s.size - len(ground) - 2
    if free < _LEAST_FREE:
        return None
    basis = np.linalg.qr(np.stack(ground, axis=1)).Q
    x = x - basis @ (basis.T @ x)
    without = float(x @ x)
    if without <= 1e-9 * t_s.size:
        return None
    sine, cosine = (each - (each @ basis) @ basis.T for each in _turning(phases))
    along = np.sum(sine * cosine, axis=1) / np.maximum(np.sum(sine * sine, axis=1), _FLAT * t_s.size)
    within = without - _explained(sine, x) - _explained(cosine - along[:, np.newaxis] * sine, x)
    return 1.0 - (within / free) / (without / (t_s.size - len(ground)))


def _turning(turns: Array) -> list[Array]:
    return [np.sin(2.0 * np.pi * turns), np.cos(2.0 * np.pi * turns)]


def _explained(directions: Array, x: Array) -> Array:
    """(k,) sums of squares of `x` (n,) along each of `directions` (k, n)."""
    length = np.sum(directions * directions, axis=1)
    return np.where(length > _FLAT * x.size, (directions @ x) ** 2 / np.maximum(length, _FLAT * x.size), 0.0)


class Evenness:
    """Follows the guide's phase through a sitting and lays beside it what chest and heart tell."""

    __slots__ = ("_in_a_row", "_looked_s", "_track", "_turns", "_usual", "_usual_s", "even", "share")

    def __init__(self) -> None:
        self.share: float | None = None
        """Share of the breath that goes with the guide, by the chest where it is heard, else by the heart's
        swing; None where it cannot be told."""
        self.even = 0.0
        """0 to 1: how far the breath has become even of late."""
        self._track: deque[tuple[float, float]] = deque()
        self._turns = 0.0
        self._usual = 0.0
        self._usual_s = 0.0
        self._looked_s = -EVERY_S
        self._in_a_row = InARow()

    def step(
        self,
        t_s: float,
        per_min: float,
        intervals: Sequence[tuple[float, float]],
        halves_s: Sequence[float] = (),
    ) -> float:
        """How even the breath has become at engine time `t_s`, never earlier than before.

        per_min    the guide's breath now
        intervals  when each RR interval ended, engine time in s, and ms, in order
        halves_s   half breaths of the chest, engine time in s, in order; none where no chest is heard
        """
        if self._track:
            self._turns += (t_s - self._track[-1][0]) * per_min / 60.0
        self._track.append((t_s, self._turns))
        while self._track[0][0] < t_s - LONGEST_S - 2.0:
            self._track.popleft()
        if t_s - self._looked_s >= EVERY_S:
            passed_s = min(t_s - self._looked_s, 2.0 * EVERY_S)
            self._look(t_s, per_min, intervals, passed_s)
            if halves_s:
                self._look_at_chest(t_s, per_min, passed_s, halves_s)
            self._looked_s = t_s
        return self.even

    def _look_at_chest(self, t_s: float, per_min: float, passed_s: float, halves_s: Sequence[float]) -> None:
        when, turns = np.array(self._track).T
        halves = np.array([at for at in halves_s if at >= when[0]])
        at_halves = np.asarray(np.interp(halves, when, turns), dtype=np.float64)
        even = self._in_a_row.even(passed_s, halves, at_halves, self._turns, TOLD_AFTER_S, per_min)
        self.even = self.even if even is None else even
        near = at_halves[halves >= t_s - _span_s(per_min)]
        if near.size >= FEWEST_HALVES:
            self.share = kept_share(near)

    def _look(
        self, t_s: float, per_min: float, intervals: Sequence[tuple[float, float]], passed_s: float
    ) -> None:
        self.share, best = self._shares(t_s, per_min, intervals)
        if self.share is None or best is None:
            self.even = 0.0
            return
        self._usual_s = min(self._usual_s + passed_s, USUAL_S)  # a plain mean at first
        self._usual += (_level(best) - self._usual) * (1.0 - exp(-passed_s / self._usual_s))
        more = _level(self.share) - self._usual
        self.even = min(max((more - MORE) / (WHOLE - MORE), 0.0), 1.0)

    def _shares(
        self, t_s: float, per_min: float, intervals: Sequence[tuple[float, float]]
    ) -> tuple[float | None, float | None]:
        """What goes with the guide, and the most that goes with any rate near its own."""
        span_s = _span_s(per_min)
        from_s = max(t_s - span_s, self._track[0][0])
        near = [(at, rr) for at, rr in intervals if at >= from_s and isfinite(rr)]
        if not near or near[-1][0] - near[0][0] < 0.8 * span_s:
            return None, None
        at, rr = np.array(near).T
        middle = float(np.median(rr))
        rr = np.clip(rr, (1.0 - CLIP_SHARE) * middle, (1.0 + CLIP_SHARE) * middle)
        when, turns = np.array(self._track).T
        phase = np.asarray(np.interp(at, when, turns), dtype=np.float64)
        waves = per_min > WAVES_FROM_PER_MIN
        shares = breath_shares(at, rr, _RATES[:, np.newaxis] * phase, waves)
        return (None, None) if shares is None else (float(shares[0]), float(shares.max()))


def _span_s(per_min: float) -> float:
    """Seconds looked at."""
    return min(BREATHS * 60.0 / max(per_min, 1.0), LONGEST_S)


def _level(share: float) -> float:
    return min(max((share - LOW) / SPAN, 0.0), 1.0)
