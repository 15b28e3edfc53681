"""RMSSD and SDNN that never look across a hole or a mark, and are withheld when too much is missing.

Everything is kept as running sums, one row a beat: a figure over any stretch is the difference of two
rows, so asking every second costs next to nothing and a day is read in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
ORIGIN_MS = 800.0
"""Taken off every interval before it is squared, so that sums over days keep their precision."""

Row = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class IntervalSums:
    """Figures over a stretch of beats."""

    beats: int
    marked: int
    """Beats marked as artefacts, or lying in an irregular stretch."""
    good: int
    """Intervals that may be used."""
    clean_s: float
    """Their sum, seconds."""
    squares_ms2: float
    """Sum of their squared distances from `ORIGIN_MS`."""
    pairs: int
    """Good intervals that adjoin a good interval before them."""
    steps_ms2: float
    """Sum of the squared differences of those pairs."""

    @property
    def marked_share(self) -> float:
        """0 to 1; 0 without beats."""
        return self.marked / self.beats if self.beats else 0.0

    @property
    def trusted(self) -> bool:
        """Whether no more than 5 % of the beats are marked."""
        return self.beats > 0 and self.marked_share <= CORRECTED_MAX

    @property
    def mean_rr_ms(self) -> float | None:
        """Mean of the good intervals; None without any."""
        return 1000.0 * self.clean_s / self.good if self.good else None

    @property
    def rmssd_ms(self) -> float | None:
        """Root mean square of successive differences; None where no two good intervals adjoin."""
        return math.sqrt(max(self.steps_ms2, 0.0) / self.pairs) if self.pairs else None

    @property
    def sdnn_ms(self) -> float | None:
        """Standard deviation of the good intervals, n - 1 in the denominator; None below two."""
        if self.good < 2:
            return None
        off_ms = 1000.0 * self.clean_s - self.good * ORIGIN_MS
        return math.sqrt(max(self.squares_ms2 - off_ms * off_ms / self.good, 0.0) / (self.good - 1))


class IntervalWindow:
    """The judged intervals of the last minutes, and sums over everything since the start."""

    def __init__(self) -> None:
        self._t = np.zeros(CAPACITY)
        self._rr = np.zeros(CAPACITY)
        self._good = np.zeros(CAPACITY, dtype=np.bool_)
        self._sums = np.zeros((CAPACITY + 1, 7))
        self._n = 0
        self._began_s = 0.0

    def add(self, t_s: float, rr_ms: float | None, verdict: Verdict, irregular: bool = False) -> None:
        """Take in a judged beat; one in an irregular stretch counts as marked."""
        if self._n == CAPACITY:
            self._drop()
        i = self._n
        if self._sums[i, 0] == 0.0:
            self._began_s = t_s
        good = verdict.rr_good and rr_ms is not None
        marked = irregular or verdict.label not in (Label.NORMAL, Label.GAP)
        rr = rr_ms if rr_ms is not None and good else ORIGIN_MS
        off = rr - ORIGIN_MS
        pair = good and i > 0 and bool(self._good[i - 1]) and verdict.label is Label.NORMAL
        step = rr - float(self._rr[i - 1]) if pair else 0.0
        self._t[i], self._rr[i], self._good[i] = t_s, rr, good
        self._sums[i + 1] = self._sums[i] + (
            1.0, marked, good, 0.001 * rr * good, off * off, pair, step * step
        )  # fmt: skip
        self._n += 1

    def whole(self) -> IntervalSums:
        """Everything since the start."""
        return _stretch(self._sums[self._n])

    def since(self, after_s: float) -> IntervalSums:
        """The beats later than `after_s`, at most some twenty minutes back."""
        return _stretch(self._sums[self._n] - self._sums[self._index(after_s)])

    def good_intervals(self, now_s: float, window_s: float) -> tuple[Row, Row]:
        """End times in seconds and lengths in ms, each (n,), of the good intervals of the window."""
        cut = slice(self._index(now_s - window_s), self._index(now_s))
        good = self._good[cut]
        return self._t[cut][good], self._rr[cut][good]

    def rmssd_ms(self, now_s: float) -> float | None:
        """RMSSD of the last 120 s, from 30 s of good intervals on; None while not earned."""
        stretch = self.since(now_s - RMSSD_WINDOW_S)
        return stretch.rmssd_ms if stretch.trusted and stretch.clean_s >= RMSSD_FROM_S else None

    def sdnn_ms(self, now_s: float) -> float | None:
        """SDNN of the last 300 s, from 120 s of good intervals on; None while not earned."""
        stretch = self.since(now_s - SDNN_WINDOW_S)
        return stretch.sdnn_ms if stretch.trusted and stretch.clean_s >= SDNN_FROM_S else None

    def quality(self, now_s: float, window_s: float) -> float:
        """Share of the window, or of the time since the first beat, covered by good intervals, 0 to 1."""
        if self._n == 0:
            return 0.0
        span_s = min(window_s, max(now_s - self._began_s, 10.0))
        return min(1.0, self.since(now_s - window_s).clean_s / span_s)

    def _index(self, t_s: float) -> int:
        """How many of the beats kept are not later than `t_s`."""
        return int(self._t[: self._n].searchsorted(t_s, side="right"))

    def _drop(self) -> None:
        kept = CAPACITY // 2
        for column in (self._t, self._rr, self._good):
            column[:kept] = column[-kept:].copy()
        self._sums[: kept + 1] = self._sums[-kept - 1 :].copy()
        self._n = kept


def _stretch(row: Row) -> IntervalSums:
    beats, marked, good, clean_s, squares, pairs, steps = row.tolist()
    return IntervalSums(round(beats), round(marked), round(good), clean_s, squares, round(pairs), steps)
