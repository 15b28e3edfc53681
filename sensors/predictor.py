"""BeatPredictor: when the next beats will fall, told in engine time although every beat is heard late.

The phase of the heart is the last beat heard; its speed from there on is an autoregression of the
RR intervals on the twelve before, which carries the swing of the breath forward. The coefficients are
learnt while listening (weighted recursive least squares with forgetting), from those of an average
resting heart on, and an outlier weighs little.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.beat_times import PlacedBeat
from sensors.gate import RR_MAX_MS, RR_MIN_MS

LOCK_BEATS = 5
"""Intervals in rhythm before anything is predicted (issue 3)."""
GIVE_UP_S = 8.0
"""Silence after which a prediction would be a fiction. Own choice: eight beats at 60 a minute."""
MISFITS = 3
"""Intervals out of rhythm in a row after which the rhythm itself is taken to be new. Own choice."""
ORDER = 12
"""Intervals looked back upon: a slow breath. Own choice: fewer lose the breath, more learn too slowly."""
AVERAGE_HEART = np.array([0.93, -0.14, 0.12, -0.06, -0.13, 0.01, 0.04, 0.05, 0.01, 0.01, 0.0, 0.07])
"""Autoregression of RR about its mean, fitted over 31 resting recordings of the evaluation data."""
TRUST = 3.0
"""Weight of that average, in innovation variances. Own choice."""
MEMORY_BEATS = 50.0
"""Beats in which what was learnt loses half its weight. Own choice."""
LEVEL_BEATS = 40
"""Beats of the running mean. Own choice."""
FIT = 0.25
"""Distance from the expected interval, or a multiple of it, within which a beat is in rhythm."""
START_VARIANCE_MS2, LEAST_VARIANCE_MS2 = 400.0, 4.0
"""Innovation variance before anything is known, and its floor (the strap's resolution)."""
HIT_S = 0.080
"""A beat counts as foretold when it falls this near: wider flams are heard as two. Own choice."""
WAITING_BEATS = 256
"""Beats kept until somebody asks for a prediction."""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExpectedBeat:
    """A beat to come, or one that fell and is not heard yet.

    `confidence`, 0 to 1, is the chance that it falls within 80 ms of `t_s`.
    """

    t_s: float
    confidence: float


class BeatPredictor:
    """Phase model of the heart, carried forward from the last beat heard.

    Beats are only noted when they come; the model is brought up to date when it is asked, so that a
    recording that nobody plays along to costs nothing.
    """

    def __init__(self) -> None:
        self._waiting: deque[PlacedBeat] = deque(maxlen=WAITING_BEATS)
        self._last_s: float | None = None
        self._level = 0.0
        self._seen = 0
        self._locked = 0
        self._misfits = 0
        self._pending_ms = 0.0
        self._recent: deque[float] = deque([0.0] * ORDER, maxlen=ORDER)
        self._gram: Vector = np.zeros((ORDER, ORDER))
        self._cross: Vector = np.zeros(ORDER)
        self._coefficients: Vector = AVERAGE_HEART
        self._variance = START_VARIANCE_MS2

    def observe(self, beat: PlacedBeat) -> None:
        """Take in a beat as soon as it is known, in order."""
        self._waiting.append(beat)

    def expect(self, now_s: float, until_s: float) -> list[ExpectedBeat]:
        """Beats expected in `now_s` <= t < `until_s`; empty before lock and after giving up."""
        while self._waiting:
            self._learn(self._waiting.popleft())
        if self._last_s is None or self._locked < LOCK_BEATS or now_s - self._last_s > GIVE_UP_S:
            return []
        beats: list[ExpectedBeat] = []
        history = list(self._recent)
        t_s, sway, spread = self._last_s, 0.0, 0.0
        while True:
            ahead = self._ahead(history)
            history = [ahead, *history[:-1]]
            rr_ms = min(max(self._level + ahead, RR_MIN_MS), RR_MAX_MS)
            t_s += rr_ms / 1000.0
            # An error in one interval is carried into the next by the first coefficient.
            sway = 1.0 + float(self._coefficients[0]) * min(sway, 4.0)
            spread += sway * sway * self._variance
            if t_s >= until_s or t_s - self._last_s > GIVE_UP_S:
                return beats
            if t_s >= now_s:
                beats.append(ExpectedBeat(t_s, math.erf(1000.0 * HIT_S / math.sqrt(2.0 * spread))))

    def _ahead(self, history: list[float]) -> float:
        """The next interval about the mean, ms."""
        return float(self._coefficients @ np.array(history))

    def _learn(self, beat: PlacedBeat) -> None:
        if beat.after_hole:
            self._relock()
        last_s, rr_ms = self._last_s, beat.rr_ms
        if last_s is None or rr_ms is None or self._seen == 0:
            self._last_s = beat.t_s
            if rr_ms is not None and RR_MIN_MS <= rr_ms <= RR_MAX_MS:
                self._take(rr_ms)
            return
        # An early beat may be none: it waits for the next, which shows whether the rhythm went on.
        self._pending_ms += rr_ms
        expected_ms = max(self._level + self._ahead(list(self._recent)), RR_MIN_MS)
        steps = round(self._pending_ms / expected_ms)
        if steps >= 1 and abs(self._pending_ms - steps * expected_ms) < FIT * expected_ms and steps <= 4:
            for _ in range(steps):
                self._take(self._pending_ms / steps)
            self._misfits, self._pending_ms, self._last_s = 0, 0.0, beat.t_s
            return
        self._misfits += 1
        if self._misfits >= MISFITS or self._locked < LOCK_BEATS:
            self._relock()
            self._last_s = beat.t_s
            if RR_MIN_MS <= rr_ms <= RR_MAX_MS:
                self._take(rr_ms)

    def _relock(self) -> None:
        """A new rhythm: the phase and the level are unknown, what was learnt of the swing is kept."""
        self._seen = self._locked = self._misfits = 0
        self._pending_ms = 0.0
        self._recent.extendleft([0.0] * ORDER)

    def _take(self, rr_ms: float) -> None:
        self._locked += 1
        self._seen += 1
        if self._seen <= 3:
            before = self._level if self._seen > 1 else 0.0
            self._level = before + (rr_ms - before) / self._seen
            self._recent.appendleft(rr_ms - self._level)
            return
        x, y = np.array(self._recent), rr_ms - self._level
        error = y - float(self._coefficients @ x)
        weight = 1.0 / (self._variance + math.sqrt(self._variance) * abs(error))
        fade = 0.5 ** (1.0 / MEMORY_BEATS)
        self._gram = fade * self._gram + weight * np.outer(x, x)
        self._cross = fade * self._cross + weight * y * x
        self._variance += 0.03 * (min(error * error, 9.0 * self._variance) - self._variance)
        self._variance = max(self._variance, LEAST_VARIANCE_MS2)
        gram, cross = self._gram + TRUST * np.eye(ORDER), self._cross + TRUST * AVERAGE_HEART
        self._coefficients = np.linalg.solve(gram, cross).astype(np.float64)
        shift = (rr_ms - self._level) / min(self._seen, LEVEL_BEATS)
        self._level += shift
        self._recent.appendleft(y)
        self._recent = deque((value - shift for value in self._recent), maxlen=ORDER)
