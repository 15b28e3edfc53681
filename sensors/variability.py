"""RMSSD and SDNN that never look across a hole or a mark, and are withheld when too much is missing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sensors.artefacts import Label, Verdict

RMSSD_FROM_S = 30.0
"""Clean beats needed for RMSSD (SCIENCE.md A5)."""
RMSSD_WINDOW_S = 120.0
"""Span of RMSSD: agrees with 4-5 min at r = .986 and still follows a sitting (Munoz 2015, SCIENCE.md A5)."""
SDNN_FROM_S = 120.0
"""Clean beats needed for SDNN (SCIENCE.md A5)."""
SDNN_WINDOW_S = 300.0
"""Span of SDNN: the standard short-term five minutes (Task Force 1996, Circulation 93:1043)."""
CORRECTED_MAX = 0.05
"""Share of marked beats above which a window is no longer trusted (SCIENCE.md A5)."""
CAPACITY = 4096
"""Beats kept: five minutes at 200 a minute, four times over, so that room is made rarely."""


def rmssd_ms(rr_ms: npt.NDArray[np.float64], linked: npt.NDArray[np.bool_]) -> float | None:
    """Root mean square of successive differences, milliseconds.

    `rr_ms` (n,) holds good intervals only; `linked` (n,) says of each that the one before it in the
    array is also the one before it in time. None where no two good intervals adjoin.
    """
    differences = np.diff(rr_ms)[linked[1:]]
    if differences.size == 0:
        return None
    return float(np.sqrt(np.mean(differences * differences)))


def sdnn_ms(rr_ms: npt.NDArray[np.float64]) -> float | None:
    """Standard deviation of good intervals, milliseconds, n - 1 in the denominator; None below two."""
    if rr_ms.size < 2:
        return None
    return float(np.std(rr_ms, ddof=1))


class IntervalWindow:
    """The judged intervals of the last five minutes, in columns that figures are cut out of."""

    def __init__(self) -> None:
        self._t = np.zeros(CAPACITY)
        self._rr = np.zeros(CAPACITY)
        self._good = np.zeros(CAPACITY, dtype=np.bool_)
        self._marked = np.zeros(CAPACITY, dtype=np.bool_)
        self._linked = np.zeros(CAPACITY, dtype=np.bool_)
        self._n = 0

    def add(self, t_s: float, rr_ms: float | None, verdict: Verdict, irregular: bool = False) -> None:
        """Take in a judged beat; one in an irregular stretch counts as marked."""
        if self._n == CAPACITY:
            self._drop(t_s - SDNN_WINDOW_S)
        i = self._n
        self._t[i] = t_s
        self._rr[i] = rr_ms or 0.0
        self._good[i] = verdict.rr_good
        self._marked[i] = irregular or verdict.label not in (Label.NORMAL, Label.GAP)
        self._linked[i] = i > 0 and self._good[i - 1] and verdict.label is Label.NORMAL
        self._n += 1

    def marked_share(self, now_s: float, window_s: float) -> float:
        """Share of the window's beats that are marked, 0 to 1."""
        marked = self._marked[self._cut(now_s - window_s)]
        return float(marked.mean()) if marked.size else 0.0

    def good_intervals(
        self, now_s: float, window_s: float
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """End times in seconds and lengths in ms, each (n,), of the good intervals of the window."""
        cut = self._cut(now_s - window_s, now_s)
        good = self._good[cut]
        return self._t[cut][good], self._rr[cut][good]

    def rmssd_ms(self, now_s: float) -> float | None:
        """RMSSD of the last 120 s, from 30 s of good intervals on; None while not earned."""
        cut = self._cut(now_s - RMSSD_WINDOW_S)
        if not self._earned(cut, RMSSD_FROM_S):
            return None
        good = self._good[cut]
        return rmssd_ms(self._rr[cut][good], self._linked[cut][good])

    def sdnn_ms(self, now_s: float) -> float | None:
        """SDNN of the last 300 s, from 120 s of good intervals on; None while not earned."""
        cut = self._cut(now_s - SDNN_WINDOW_S)
        if not self._earned(cut, SDNN_FROM_S):
            return None
        return sdnn_ms(self._rr[cut][self._good[cut]])

    def quality(self, now_s: float, window_s: float) -> float:
        """Share of the window, or of the time since the first beat, covered by good intervals."""
        if self._n == 0:
            return 0.0
        t, rr = self.good_intervals(now_s, window_s)
        if t.size == 0:
            return 0.0
        span_s = min(window_s, max(now_s - float(self._t[0]), 10.0))
        return min(1.0, float(rr.sum()) / 1000.0 / span_s)

    def _earned(self, cut: slice, from_s: float) -> bool:
        beats = self._n - cut.start
        clean_ms = float(self._rr[cut] @ self._good[cut])
        return clean_ms >= 1000.0 * from_s and int(self._marked[cut].sum()) <= CORRECTED_MAX * beats

    def _cut(self, after_s: float, until_s: float | None = None) -> slice:
        t = self._t[: self._n]
        first = int(t.searchsorted(after_s, side="right"))
        return slice(first, self._n if until_s is None else int(t.searchsorted(until_s, side="right")))

    def _drop(self, before_s: float) -> None:
        keep = self._cut(before_s)
        kept = min(self._n - keep.start, CAPACITY // 2)
        for column in (self._t, self._rr, self._good, self._marked, self._linked):
            column[:kept] = column[self._n - kept : self._n]
        self._n = kept
