"""Beats out of intervals and, where they are given, times: lost beats stay holes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sensors.beat import BadPacket, TimedBeat
from sensors.beat_times import BeatTimes
from sensors.recordings.plausible import why_no_heart
from sensors.recordings.recording import Recording, RecordingError
from sensors.recordings.times import BeatClock, Times, beat_clock

Array = npt.NDArray[np.float64]

RR_LEAST_MS, RR_MOST_MS = 100.0, 10_000.0
"""Outside lies dirt (firmware underflow, 13 minutes between two beats), not a heart."""
SILENCE_MS = 900_000.0
"""Longest interval that is taken for time without beats; a longer one is no time at all. Own choice."""
MOST_INTERVALS = 500_000
"""Four days of beats. Own choice: no sitting is longer; read in six seconds."""
UNITS_MS = {"milliseconds": 1.0, "seconds": 1e3, "microseconds": 1e-3, "nanoseconds": 1e-6}
"""What RR may be written in, in ms."""
FILLERS_MS = (65_535.0, 65_534.0)
"""What fills the slots of a packet that hold no interval (FIT: 0xFFFF)."""
FILLER_SHARE = 0.2
"""Share of lines that must be the same impossible number for it to be a filler. Own choice."""


@dataclass(frozen=True, slots=True)
class Series:
    """Intervals as they stand in a file: values in one unit, NaN for a line that held none; a row each."""

    values: Array
    rows: npt.NDArray[np.intp]
    """The row of the file that each value stands in."""
    times: list[Times] = field(default_factory=list[Times])
    """Columns that may be their times, one value a row, the likeliest first."""
    app: str = ""
    """Whose format it is, where that is known."""


def recording_of(series: Series, name: str) -> Recording:
    """The beats of a series. Raises RecordingError where no heart can have made it."""
    rr_ms, rows, unit, twice = _clean(series)
    good = (rr_ms >= RR_LEAST_MS) & (rr_ms <= RR_MOST_MS)
    why = why_no_heart(rr_ms[(rr_ms > 0.0) & (rr_ms <= SILENCE_MS)])
    if why is not None:
        raise RecordingError(f"Recording '{name}': {why}.")
    if not good.any():
        raise RecordingError(
            f"Recording '{name}' holds no RR interval from 100 to 10000 ms: write one a line, with a "
            "point for decimals, or name the column with ?column=NAME."
        )
    if rr_ms.size > MOST_INTERVALS:
        raise RecordingError(f"Recording '{name}' has more than {MOST_INTERVALS:,} beats: cut it into parts.")
    clock, ratio_rows = _clock(series, rr_ms, good, rows)
    said = [f"RR in {unit}"]
    if clock is None:
        beats, bad = _summed(rr_ms, good)
        named = any(times.named for times in series.times)
        said.append("its times fit no clock" if named else "no times, the sum of RR instead")
    else:
        beats, bad = _timed(rr_ms, good, clock, ratio_rows)
        said.append(f"times in {clock.words}")
    if twice:
        said.append("every line twice, read once")
    words = "; ".join([series.app, *said] if series.app else said)
    return Recording(name, "rr", tuple(beats), tuple(bad), words)


def _clean(series: Series) -> tuple[Array, npt.NDArray[np.intp], str, bool]:
    """Values in ms without fillers, their rows, the unit found out, and whether every line stood twice."""
    values, rows = series.values, series.rows
    present = values[np.isfinite(values) & (values > 0.0)]
    unit = "milliseconds"
    if present.size:
        # Fillers outnumber the beats at times, so the unit is that under which most values are RR.
        within = {u: _within(present, ms) for u, ms in UNITS_MS.items()}
        unit = max(within, key=lambda u: (within[u], u == "milliseconds"))
    rr_ms = values * UNITS_MS[unit]
    filler = np.isin(np.round(rr_ms), FILLERS_MS)
    odd = rr_ms[np.isfinite(rr_ms) & ((rr_ms < RR_LEAST_MS) | (rr_ms > RR_MOST_MS))]
    if odd.size > FILLER_SHARE * rr_ms.size:
        kinds, counts = np.unique(odd, return_counts=True)
        filler |= np.isin(rr_ms, kinds[counts > FILLER_SHARE * rr_ms.size])
    rr_ms, rows = rr_ms[~filler], rows[~filler]
    twice = not series.times and rr_ms.size >= 20 and rr_ms.size % 2 == 0 and bool(
        (rr_ms[::2] == rr_ms[1::2]).all() and np.unique(rr_ms).size > 5
    )  # fmt: skip
    return (rr_ms[::2], rows[::2], unit, True) if twice else (rr_ms, rows, unit, False)


def _within(values: Array, unit_ms: float) -> int:
    """How many of `values` a heart may make, if they are in this unit."""
    return int(np.count_nonzero((values * unit_ms >= 200.0) & (values * unit_ms <= 5000.0)))


def _clock(
    series: Series, rr_ms: Array, good: npt.NDArray[np.bool_], rows: npt.NDArray[np.intp]
) -> tuple[BeatClock | None, npt.NDArray[np.intp]]:
    """The best of the columns of times, and the places of the good intervals it speaks of."""
    places = np.flatnonzero(good)
    found = (beat_clock(times.taken(rows[places]), rr_ms[places] / 1000.0) for times in series.times)
    clocks = [clock for clock in found if clock is not None]
    return max(clocks, key=lambda clock: clock.fit, default=None), places


def _summed(rr_ms: Array, good: npt.NDArray[np.bool_]) -> tuple[list[TimedBeat], list[BadPacket]]:
    """Beats at the sums of RR; what is no interval counts for its length, or for a typical one."""
    beats: list[TimedBeat] = []
    bad: list[BadPacket] = []
    typical_s = float(np.median(rr_ms[good])) / 1000.0
    t_s = 0.0
    for value, fine in zip(rr_ms.tolist(), good.tolist(), strict=True):
        t_s += value / 1000.0 if 0.0 <= value <= SILENCE_MS else typical_s
        if fine:
            beats.append(TimedBeat(t_s, t_s, value))
        else:
            bad.append(_dirt(t_s, value))
    return beats, bad


def _timed(
    rr_ms: Array, good: npt.NDArray[np.bool_], clock: BeatClock, places: npt.NDArray[np.intp]
) -> tuple[list[TimedBeat], list[BadPacket]]:
    """Beats at their own times or, where those are times of reception, rebuilt from them.

    They begin at once, whatever the clock said.
    """
    rr = rr_ms[places][clock.rows]
    t_s = clock.t_s - clock.t_s[0] + rr[0] / 1000.0
    beats: list[TimedBeat] = []
    if clock.own:
        beats = [TimedBeat(t, t, v) for t, v in zip(t_s.tolist(), rr.tolist(), strict=True)]
    else:
        ruler = BeatTimes()
        for arrival_s, value in zip(t_s.tolist(), rr.tolist(), strict=True):
            (placed,) = ruler.place(arrival_s, [value / 1000.0])
            beats.append(TimedBeat(arrival_s, placed.t_s, None if placed.after_hole else value))
    at_s = dict(zip(places[clock.rows].tolist(), t_s.tolist(), strict=True))
    bad: list[BadPacket] = []
    last_s = 0.0
    for k, value in enumerate(rr_ms.tolist()):
        last_s = at_s.get(k, last_s)
        if not good[k]:
            bad.append(_dirt(last_s, value))
    return beats, bad


def _dirt(at_s: float, value: float) -> BadPacket:
    """What stood where an interval should; its text is not kept, for it may hold a name."""
    why = "not a number" if value != value else f"{value:g} ms is no RR interval"
    return BadPacket(at_s, b"", why)
