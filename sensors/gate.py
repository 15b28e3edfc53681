"""RateGate: the causal gate behind the live rate, steady under artefacts, quick after a true change."""

from __future__ import annotations

from collections import deque
from statistics import median

RR_MIN_MS = 300.0
"""200 beats a minute (SCIENCE.md A7)."""
RR_MAX_MS = 2200.0
"""27 beats a minute; trained sleepers pass 1.5 s (FIELD.md 7)."""
NEIGHBOURS = 9
"""Intervals in the running median (SCIENCE.md A7)."""
TOLERANCE = 0.25
"""Relative distance from the running median that passes (SCIENCE.md A7)."""
WINDOW_S = 15.0
"""Span of the median that becomes the rate (SCIENCE.md A5)."""
TAU_S = 20.0
"""Time constant of the smoothing after it (SCIENCE.md A5)."""
FIRST_BEATS = 5
"""Passed beats before a rate is shown: a median of five is not moved by one bad interval, nor by two."""
HOLE_S = 10.0
"""Silence after which the old rate says nothing about the new one (SCIENCE.md A7, COAST)."""
BEHIND_BPM = 2.0
"""How far the smoothed rate may stay behind the median, which a breath hardly moves more. Own choice."""
RECENT_S = 7.5
"""Span of a second, quicker median that counts while the first is left behind: half of it."""
TREND_S = 60.0
"""Span of the slope."""
TREND_FROM_S = 30.0
"""Rate history before a slope is given. Own choice: half the span."""


class RateGate:
    """Smoothed heart rate out of RR intervals as they come; knows nothing of what comes later.

    The running median is taken over everything within range, passed or not: a true quick change
    carries it along within five beats, so the gate cannot lock itself shut.
    """

    def __init__(self) -> None:
        self._near: deque[float] = deque(maxlen=NEIGHBOURS)
        self._passed: deque[tuple[float, float]] = deque()
        self._rate: float | None = None
        self._since_s = 0.0
        self._last_s: float | None = None
        self._history: deque[tuple[float, float]] = deque()
        self._sums = [0.0] * 5

    def observe(self, t_s: float, rr_ms: float) -> bool:
        """Take in the interval that ended at `t_s`; True when it passed the gate."""
        if not RR_MIN_MS <= rr_ms <= RR_MAX_MS:
            return False
        if self._last_s is not None and t_s - self._last_s > HOLE_S:
            self._passed.clear()
            self._near.clear()
            self._rate = None
        self._near.append(rr_ms)
        middle = median(self._near)
        passed = abs(rr_ms - middle) < TOLERANCE * middle
        if passed:
            self._passed.append((t_s, rr_ms))
            self._follow(t_s)
            self._last_s = t_s
        return passed

    def rate_bpm(self, now_s: float) -> float | None:
        """Smoothed rate, beats a minute; None before five beats and after ten seconds of silence."""
        if self._last_s is None or now_s - self._last_s > HOLE_S:
            return None
        return self._rate

    def observe_rate(self, t_s: float, bpm: float) -> None:
        """Take in a rate from a sensor that sends no RR intervals (optical armbands), or no longer any."""
        if 60_000.0 / RR_MAX_MS <= bpm <= 60_000.0 / RR_MIN_MS:
            if self._passed:
                # The sensor has smoothed it already: it need not be led there from the old one.
                self._passed.clear()
                self._near.clear()
                self._rate = None
            self._smooth(t_s, bpm, bpm)
            self._last_s = t_s

    def trend_bpm_per_min(self) -> float | None:
        """Least-squares slope of the smoothed rate over the last minute; None before half a minute."""
        if len(self._history) < 3 or self._history[-1][0] - self._history[0][0] < TREND_FROM_S:
            return None
        n, t, rate, tt, t_rate = self._sums
        return 60.0 * (t_rate - t * rate / n) / (tt - t * t / n)

    def _follow(self, t_s: float) -> None:
        while self._passed[0][0] < t_s - WINDOW_S:
            self._passed.popleft()
        if len(self._passed) >= FIRST_BEATS:
            recent = [rr for beat_s, rr in self._passed if beat_s > t_s - RECENT_S]
            self._smooth(t_s, 60_000.0 / median(rr for _, rr in self._passed), 60_000.0 / median(recent))

    def _smooth(self, t_s: float, bpm: float, recent_bpm: float) -> None:
        last_s = self._history[-1][0] if self._history else None
        if self._rate is None or last_s is None or t_s - last_s > HOLE_S:
            self._rate, self._since_s = bpm, t_s
            self._history.clear()
            self._sums = [0.0] * 5
        else:
            # A plain mean at first, so that the first value does not linger for twenty seconds.
            tau_s = min(TAU_S, max(t_s - self._since_s, 2.0))
            gain = min(1.0, max(0.0, t_s - last_s) / tau_s)
            self._rate += gain * (bpm - self._rate)
            behind = bpm - self._rate
            if abs(behind) > BEHIND_BPM:
                # A ramp: both medians lie on one side, and the quicker one farther out.
                side = 1.0 if behind > 0.0 else -1.0
                self._rate = side * max(side * bpm, side * recent_bpm) - side * BEHIND_BPM
        self._history.append((t_s, self._rate))
        self._count(t_s, self._rate, 1.0)
        while self._history[0][0] < t_s - TREND_S:
            self._count(*self._history.popleft(), -1.0)

    def _count(self, t_s: float, rate: float, sign: float) -> None:
        """Keep the sums of the slope: n, t, rate, t^2, t rate; times count from the last hole."""
        t = t_s - self._since_s
        for i, term in enumerate((1.0, t, rate, t * t, t * rate)):
            self._sums[i] += sign * term
