"""Times: the one reader of time columns, which finds out from the data what they count.

A column of beats is held against the sum of RR beside it, a column of samples against their spacing: the
unit is the one under which the two agree. Steps that fit no unit are never stretched or closed up: what is
missing stays a hole. Rows out of order are sorted, rows that stand twice are taken once, and where the clock
was set back or began the day anew, time runs on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.recordings.cells import moment, number
from sensors.recordings.plausible import counts

Array = npt.NDArray[np.float64]

UNITS_S = {
    "seconds": 1.0,
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
    "nanoseconds": 1e-9,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86_400.0,
}
"""What a column of numbers may count, in seconds, in order of preference."""
WRAPS_S = (86_400.0, 43_200.0, 3600.0)
"""Where a clock begins anew: at midnight, at noon without AM and PM, each hour; an hour also is what a clock
is set back by in autumn."""
WRAP_GAP_S = 120.0
"""Longest step across such a place that is believed. Own choice."""
BLOCK = 16
"""Beats whose RR are summed to be held against the column: no packet holds more."""
SAMPLE_BLOCK = 256
"""Samples over which their spacing is measured: two seconds, longer than any packet."""
SLOWEST, FASTEST = 0.75, 6.0
"""How many times as fast as the sum of RR a column may run: never slower; lost beats make it faster."""
NEAR_S = 0.03
"""Distance within which a step is the RR beside it. Own choice: times are often rounded to 10 ms."""
OWN = 0.6
"""Share of steps that must be so near for the column to hold the beats' own moments."""
EXPLAINED = 0.9
"""Share of steps that are either so near or longer, as where beats were lost."""
SAMPLED_HZ = (20.0, 5000.0)
"""Rates of sampling that there are."""
EVEN = 0.02
"""Spread of what a row number makes of RR, below which it counts samples. Own choice."""


@dataclass(frozen=True, slots=True)
class Times:
    """A column as read: numbers in an unknown unit, or moments in seconds. NaN where a cell tells none."""

    values: Array
    unit: str
    """A key of `UNITS_S`; empty where only the data can tell."""
    stamps: bool = False
    """Whether they are dates or clock times."""
    named: bool = True
    """Whether the column's name says that it is one of times."""

    @property
    def words(self) -> str:
        """The unit, said."""
        return "dates and clock times" if self.stamps else self.unit

    def taken(self, rows: npt.NDArray[np.intp]) -> Times:
        """The same column at other rows."""
        return Times(self.values[rows], self.unit, self.stamps, self.named)


@dataclass(frozen=True, slots=True)
class BeatClock:
    """Times of beats: which rows to take, in order, and their moments in seconds from any origin."""

    rows: npt.NDArray[np.intp]
    t_s: Array
    own: bool
    """Whether these are the beats' moments; otherwise they are when word of them came."""
    fit: float
    """Share of steps that the RR beside them explain, 0 to 1."""
    words: str


@dataclass(frozen=True, slots=True)
class SampleClock:
    """Times of samples: their rate, and where in the column (before which sample) how long a hole lies."""

    rows: npt.NDArray[np.intp]
    rate_hz: float
    holes: tuple[tuple[int, float], ...]
    words: str


def times_of(cells: list[str], unit: str = "", named: bool = True) -> Times | None:
    """A column of times, in the unit that its name says; None where most of its cells tell none."""
    values = [number(cell) for cell in cells]
    if 2 * sum(value == value for value in values) > len(values):
        return Times(np.array(values), unit, False, named)
    moments = [moment(cell) for cell in cells]
    told = [t for t, _ in moments if t == t]
    if 2 * len(told) <= len(moments) or len(told) < 2:
        return None
    return Times(np.array([t for t, _ in moments]), "seconds", True, named)


def beat_clock(times: Times, rr_s: Array) -> BeatClock | None:
    """The moments of the beats that end the intervals `rr_s` (n,), seconds, NaN where a row holds none.

    None where the column fits no unit of time: it counts rows, or something else.
    """
    usable = np.flatnonzero(np.isfinite(times.values) & np.isfinite(rr_s))
    t = times.values - (times.values[usable[0]] if usable.size else 0.0)
    if usable.size < 2 or 2 * usable.size < int(np.isfinite(rr_s).sum()) or _counts_rows(t[usable]):
        return None
    told_once = usable[_once(t[usable], rr_s[usable])]
    found = _beat_unit(t[told_once], rr_s[told_once], times) if told_once.size > 1 else None
    if found is None:
        return None
    unit_s, words = found
    rows = np.flatnonzero(np.isfinite(rr_s))
    t_s, rr = _filled(unit_s * t[rows], rr_s[rows]), rr_s[rows]
    once = _once(t_s, rr)
    if _share(t_s[once], rr[once])[0] >= OWN:
        rows, t_s, rr = rows[once], t_s[once], rr[once]
    order, t_s = _in_order(t_s, rr)
    rows, rr = rows[order], rr[order]
    end, longer_end = _share(t_s, rr)
    begin, longer_begin = _share(t_s, np.concatenate([rr[:1], rr[:-1]]))
    starts = begin > end
    near, longer = (begin, longer_begin) if starts else (end, longer_end)
    own = near >= OWN and near + longer >= EXPLAINED
    if not own and not times.named:
        return None
    # Some loggers write when the interval began.
    return BeatClock(rows, t_s + rr if own and starts else t_s, own, near + longer if own else 0.0, words)


def sample_clock(times: Times, rate_hz: float | None = None) -> SampleClock | None:
    """The rate and the holes of samples at `times`; None where no unit makes a rate from 20 to 5000 Hz.

    A column of sample numbers tells its holes where `rate_hz` is given.
    """
    rows = np.flatnonzero(np.isfinite(times.values))
    if rows.size < 3:
        return None
    t = times.values[rows] - times.values[rows[0]]
    if not (times.named or counts(t)):
        return None
    if _counts_rows(t) and times.unit != "milliseconds":
        if rate_hz is None:
            return None
        order, t_s = _in_order(t / rate_hz, np.full(t.size, 1.0 / rate_hz))
        return SampleClock(rows[order], rate_hz, _holes(t_s, 1.0 / rate_hz), "sample numbers")
    spacing = _spacing(t)
    units = ("seconds",) if times.stamps else tuple(dict.fromkeys([times.unit or "seconds", *UNITS_S]))
    unit = next((unit for unit in units if _samples(spacing * UNITS_S[unit])), None)
    if unit is None:
        return None
    unit_s = UNITS_S[unit]
    spacing_s = spacing * unit_s
    order, t_s = _in_order(unit_s * t, np.full(t.size, spacing_s))
    words = times.words if times.stamps else unit
    return SampleClock(rows[order], 1.0 / spacing_s, _holes(t_s, spacing_s), words)


def _spacing(t: Array) -> float:
    """Time from one sample to the next, whether each has its own stamp or a packet of them shares one."""
    ends = np.flatnonzero(np.diff(t) != 0.0)
    if ends.size < 3:
        return 0.0
    packet = float(np.median(np.diff(ends)))
    # What comes in packets comes late by a varying delay, against which only a long stretch helps.
    stretch = SAMPLE_BLOCK if packet < 2.0 else max(SAMPLE_BLOCK, t.size // 8)
    reach = max(1, min(round(stretch / packet), ends.size - 1))
    return float(np.median((t[ends[reach:]] - t[ends[:-reach]]) / (ends[reach:] - ends[:-reach])))


def _samples(spacing_s: float) -> bool:
    return spacing_s > 0.0 and SAMPLED_HZ[0] <= 1.0 / spacing_s <= SAMPLED_HZ[1]


def _counts_rows(t: Array) -> bool:
    """Whether the column is 0, 1, 2, ...: no heart and no clock keeps such time."""
    steps = np.diff(t)
    return t.size > 2 and int(np.count_nonzero(steps == 1.0)) > 0.98 * steps.size


def _beat_unit(t: Array, rr_s: Array, times: Times) -> tuple[float, str] | None:
    block = min(BLOCK, t.size - 1)
    sums = np.convolve(rr_s[1:], np.ones(block), mode="valid")
    ratios = (t[block:] - t[:-block]) / sums
    ratio = float(np.median(ratios))
    if ratio <= 0.0:
        return None
    for unit, unit_s in UNITS_S.items():
        if (not times.stamps or unit == "seconds") and SLOWEST <= ratio * unit_s <= FASTEST:
            return unit_s, times.words if times.stamps else unit
    steps = np.diff(t) / rr_s[1:]
    ratio = float(np.median(steps))
    close = np.abs(steps / ratio - 1.0) < EVEN if ratio > 0.0 else np.zeros(1)
    if not times.stamps and SAMPLED_HZ[0] <= ratio <= SAMPLED_HZ[1] and float(np.mean(close)) > OWN:
        rate_hz = round(ratio) if ratio > 50.0 else ratio
        return 1.0 / rate_hz, f"samples of {rate_hz:g} Hz"
    return None


def _filled(t_s: Array, rr_s: Array) -> Array:
    """Times where there is none, counted on from the beat before, or back from the first known."""
    out = t_s.copy()
    for i in range(1, out.size):
        if out[i] != out[i]:
            out[i] = out[i - 1] + rr_s[i]
    for i in range(out.size - 2, -1, -1):
        if out[i] != out[i]:
            out[i] = out[i + 1] - rr_s[i + 1]
    return out


def _once(t_s: Array, rr_s: Array) -> npt.NDArray[np.intp]:
    """Rows that do not say again what a row before has said."""
    told = list(dict.fromkeys(zip(t_s.tolist(), rr_s.tolist(), strict=True)))
    first = {pair: k for k, pair in reversed(list(enumerate(zip(t_s.tolist(), rr_s.tolist(), strict=True))))}
    return np.array([first[pair] for pair in told], dtype=np.intp)


def _share(t_s: Array, rr_s: Array) -> tuple[float, float]:
    """Shares of the steps that equal RR, and that are longer by a lost beat or more."""
    if t_s.size < 2:
        return 0.0, 0.0
    over, rr_s = np.diff(t_s) - rr_s[1:], rr_s[1:]
    near = np.abs(over) < np.minimum(NEAR_S, 0.3 * rr_s)
    return float(np.mean(near)), float(np.mean(over > 0.3 * rr_s))


def _in_order(t_s: Array, expected_s: Array) -> tuple[npt.NDArray[np.intp], Array]:
    """Rows in order of time and their times, ascending.

    Either rows lie out of order and are sorted, or the clock was set back and runs on by the step that was
    expected, or times alone changed places: whichever leaves the steps nearest to what was expected. Of
    equals, as where the clock began anew inside a hole, the one that makes no day of it.
    """
    same = np.arange(t_s.size)
    if not bool((np.diff(t_s) < 0.0).any()):
        return same, t_s
    steps = np.diff(t_s)
    moved = np.zeros(t_s.size)
    for i in np.flatnonzero(steps < -NEAR_S):
        anew = (step for step in (float(steps[i]) + wrap for wrap in WRAPS_S) if 0.0 <= step <= WRAP_GAP_S)
        moved[i + 1] = next(anew, float(expected_s[i + 1])) - steps[i]
    running = np.maximum.accumulate(t_s + np.cumsum(moved))
    order = np.argsort(t_s, kind="stable")
    readings = ((order, t_s[order]), (same, running), (same, t_s[order]))
    return min(readings, key=lambda reading: _off(reading[1], expected_s[reading[0]]))


def _off(t_s: Array, expected_s: Array) -> float:
    """How far the steps are from what was expected, in lost beats, none counted for more than one.

    Half a beat more where there is a step that a clock which begins anew would explain.
    """
    steps = np.diff(t_s)
    off = np.minimum(np.abs(steps - expected_s[1:]) / expected_s[1:], 1.0)
    return float(np.sum(off)) + 0.5 * bool(np.max(steps) > WRAP_GAP_S)


def _holes(t_s: Array, spacing_s: float) -> tuple[tuple[int, float], ...]:
    """Where samples are missing: before which one, and for how many seconds.

    Samples may be stamped one by one or a packet at a time, late by a varying delay. How late a stamp is
    rises for good where samples were lost.
    """
    ends = np.append(np.flatnonzero(np.diff(t_s) > 0.0), t_s.size - 1)
    if ends.size < 2:
        return ()
    packet_s = spacing_s * float(np.median(np.diff(ends)))
    single = packet_s < 1.5 * spacing_s
    least_s = max(2.5 * spacing_s, 0.02) if single else max(0.5 * packet_s, 0.1)
    late = t_s[ends] - spacing_s * (ends + 1)
    reach = 1 if single else 5
    holes: list[tuple[int, float]] = []
    for j in np.flatnonzero(np.diff(late) > least_s) + 1:
        jump_s = float(late[j : j + reach].min() - late[max(0, j - reach) : j].min())
        if jump_s > least_s and (not holes or int(ends[j - 1]) + 1 > holes[-1][0]):
            holes.append((int(ends[j - 1]) + 1, jump_s))
    return tuple(holes)
